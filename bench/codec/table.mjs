// The contests of the codec as a table of Markdown.
// @ts-check
import { significant } from '../table.mjs';

/**
 * @param {import('../codec.mjs').CodecRecord} record
 * @returns {string} Markdown
 */
export function codecTables({ machine, contests }) {
  const lines = contests.flatMap(({ title, findings }) =>
    findings.map(({ name, mean, fastest, margin, checked, timed }) => {
      const figures = [significant(mean), significant(fastest), `± ${margin.toFixed(1)} %`];
      return `| ${title} | ${name} | ${figures.join(' | ')} | ${checked} | ${timed.toLocaleString('en-GB')} |`;
    }),
  );
  const { cpu, cores, runtimes, date, load } = machine;
  return [
    '| contest | contestant | ns a message | fastest sample | margin | checked | timed |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: |',
    ...lines,
    '',
    `- ${cpu}, ${cores} cores; ${runtimes.join(', ')}; ${date}; load average ${load.toFixed(1)}`,
  ].join('\n');
}
