// What a run was like, for a terminal and for docs/chaos.md.
import type { Machine } from '../../bench/machine.mjs';
import type { Finding, Verdict } from './checker.ts';
import type { Measures, Quantiles } from './measures.ts';
import { FAULTS, type FaultName } from './nemesis.ts';
import type { Options } from './options.ts';

/** Everything there is to say of a run. */
export interface Report {
  readonly options: Options;
  readonly verdict: Verdict;
  readonly measures: Measures;
  readonly machine: Machine;
}

const number = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 1 });

/** The counts, each in a line. */
function countsOf({ counts }: Verdict): [name: string, count: string][] {
  const byTransport = Object.entries(counts.deliveredBy).map(([transport, count]) => `${transport} ${number(count)}`);
  const faults = Object.values(counts.faults).reduce((sum, count) => sum + count, 0);
  return [
    ['published', number(counts.published)],
    ['acknowledged', number(counts.acknowledged)],
    ['refused, and nothing appended', number(counts.refused)],
    ['given up without an answer', number(counts.unknown)],
    ['delivered', `${number(counts.delivered)} (${byTransport.join(', ')})`],
    ['connections of subscribers', number(counts.connections)],
    ['gaps announced', number(counts.gapsAnnounced)],
    ['answered, and lost with a log, before anybody heard', number(counts.lostWithTheLog)],
    ['ids that meant two events, of a log that went back and ended', number(counts.reusedIds)],
    ['duplicates', number(counts.duplicates)],
    ['out of order', number(counts.outOfOrder)],
    ['phantoms', number(counts.phantoms)],
    ['lost silently', number(counts.lostSilently)],
    ['faults', number(faults)],
  ];
}

/** The counts, the findings with their evidence, and the end of it. */
export function verdictText({ verdict, measures }: Pick<Report, 'verdict' | 'measures'>): string {
  const { all } = measures.recovery;
  const breaches = Object.entries(verdict.breaches);
  return [
    ...countsOf(verdict).map(([name, count]) => `${name}: ${count}`),
    `answer to a publish: ${quantilesText(measures.publishing)}`,
    `recovery: ${all === undefined ? 'nothing to recover from' : quantilesText(all)}`,
    ...verdict.findings.map(findingText),
    breaches.length === 0
      ? 'KEPT: everything that was promised'
      : `BROKEN: ${breaches.map(([breach, count]) => `${breach} ${count}`).join(', ')}`,
  ].join('\n');
}

function findingText({ breach, text, evidence }: Finding): string {
  return [`${breach}: ${text}`, ...evidence.map((entry) => `    ${JSON.stringify(entry)}`)].join('\n');
}

function quantilesText({ p50, p99, max }: Quantiles): string {
  return `p50 ${number(p50)} ms, p99 ${number(p99)} ms, longest ${number(max)} ms`;
}

/** For docs/chaos.md. */
export function figures({ options, verdict, measures, machine }: Report): string {
  const { minutes, seed, rooms, fsync } = options;
  const breaches = Object.entries(verdict.breaches);
  const faults = Object.entries(verdict.counts.faults).map(([name, count]) => {
    const { p50, p99 } = measures.recovery[name] ?? { p50: Number.NaN, p99: Number.NaN };
    const cell = (value: number): string => (Number.isNaN(value) ? '–' : number(value));
    return `| \`${name}\` | ${FAULTS[name as FaultName].what} | ${count} | ${cell(p50)} | ${cell(p99)} |`;
  });
  return [
    `\`npm run chaos -- --minutes ${minutes} --seed ${seed} --rooms ${rooms} --fsync ${fsync}\`: ${
      breaches.length === 0
        ? 'kept'
        : `**broken**, ${breaches.map(([breach, count]) => `${breach} ${count}`).join(', ')}`
    }.`,
    '',
    '| | |',
    '| --- | --- |',
    ...countsOf(verdict).map(([name, count]) => `| ${name} | ${count} |`),
    `| answer to a publish | ${quantilesText(measures.publishing)} |`,
    '',
    '| fault | what is done | times | recovery p50, ms | p99, ms |',
    '| --- | --- | ---: | ---: | ---: |',
    ...faults.sort(),
    '',
    `${machine.cpu}, ${machine.cores} cores, ${number(machine.memory / 1024 ** 3)} GiB, ${machine.system}; ${machine.runtimes.join(', ')}; ${machine.date}; load average at the end ${machine.load.toFixed(1)}.`,
    '',
  ].join('\n');
}
