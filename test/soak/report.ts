// A soak in words: the line of progress, the verdict, and the table for a page.
import type { Machine } from '../../bench/machine.mjs';
import type { CrowdProgress } from './hall.ts';
import type { SoakRecord } from './run.ts';
import type { Rest, Sample, SettledSample } from './samples.ts';
import type { Check } from './verdict.ts';

const MEBIBYTE = 1_048_576;

const number = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 0 });
const mebibytes = (value: number): string =>
  (value / MEBIBYTE).toLocaleString('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const milliseconds = (value: number): string => value.toLocaleString('en', { maximumSignificantDigits: 2 });

/** How it goes, in one line. */
export function progressLine(phase: string, sample: Sample, guests: CrowdProgress): string {
  return [
    `${phase.padEnd(9)} ${String(Math.round(sample.at)).padStart(4)} s`,
    `${number(sample.clients)} clients`,
    `${number(sample.descriptors ?? 0)} descriptors`,
    `RSS ${mebibytes(sample.rss)} MiB`,
    `${number(guests.heard)} echoes`,
    `${number(guests.failures)} wrong`,
  ].join(', ');
}

/** Every check, and the end of it. */
export function verdictText(checks: readonly Check[]): string {
  const lines = checks.map(({ name, passed, finding }) => `${passed ? 'ok    ' : 'FAILED'} ${name}: ${finding}`);
  const failed = checks.filter(({ passed }) => !passed).length;
  return [...lines, failed === 0 ? `flat: ${checks.length} checks passed` : `NOT FLAT: ${failed} checks failed`].join(
    '\n',
  );
}

/** For docs/soak.md. */
export function figures(record: SoakRecord, checks: readonly Check[], machine: Machine): string {
  const { connections, minutes, seed, plan } = record;
  return [
    `\`npm run soak -- --connections ${connections} --minutes ${minutes} --seed ${seed} --life ${plan.life / 1_000}\`:`,
    '',
    table(record),
    '',
    ...checks.map(({ name, passed, finding }) => `- ${passed ? '' : '**failed** '}${name}: ${finding}`),
    '',
    livesLine(record),
    '',
    `- ${machine.cpu}, ${machine.cores} cores, ${number(machine.memory / 1024 ** 3)} GiB, ${machine.system}; ${machine.runtimes.join(', ')}; ${machine.date}; load average at the end ${machine.load.toFixed(1)}`,
    '',
  ].join('\n');
}

function table({ before, settled, after }: SoakRecord): string {
  const third = Math.floor(settled.length / 3);
  const columns: [string, readonly SettledSample[]][] = [
    ['before', [before]],
    ['first third', settled.slice(0, settled.length - 2 * third)],
    ['middle third', settled.slice(settled.length - 2 * third, settled.length - third)],
    ['last third', settled.slice(settled.length - third)],
    ['afterwards', [after]],
  ];
  const row = (name: string, cell: (samples: readonly SettledSample[]) => string): string =>
    `| ${[name, ...columns.map(([, samples]) => cell(samples))].join(' | ')} |`;
  const of = (value: (sample: SettledSample) => number, write: (value: number) => string) => {
    return (samples: readonly SettledSample[]): string =>
      samples.length === 0 ? '–' : write(middle(samples.map(value)));
  };
  const whileThere = (write: (samples: readonly SettledSample[]) => string) => {
    return (samples: readonly SettledSample[]): string => (samples.some(isRest) ? '–' : write(samples));
  };
  return [
    `| median | ${columns.map(([name]) => name).join(' | ')} |`,
    `| --- |${' ---: |'.repeat(columns.length)}`,
    row(
      'connections',
      of(({ clients }) => clients, number),
    ),
    row(
      'descriptors',
      of(({ descriptors = 0 }) => descriptors, number),
    ),
    row(
      'RSS, MiB',
      of(({ rss }) => rss, mebibytes),
    ),
    row(
      'heap used, MiB',
      of(({ heapUsed }) => heapUsed, mebibytes),
    ),
    row(
      'external, MiB',
      of(({ external }) => external, mebibytes),
    ),
    row(
      'of that array buffers, MiB',
      of(({ arrayBuffers }) => arrayBuffers, mebibytes),
    ),
    row(
      'of that owed to slow readers, MiB',
      of(({ owed }) => owed, mebibytes),
    ),
    row(
      'WebSockets in memory',
      of(({ opened, collected }) => opened - collected, number),
    ),
    row(
      'deadlines',
      of(({ clock }) => clock, number),
    ),
    row('loop delay p50, ms', whileThere(of(({ p50 }) => p50, milliseconds))),
    row('loop delay p99, ms', whileThere(of(({ p99 }) => p99, milliseconds))),
    row(
      'loop delay, longest, ms',
      whileThere((samples) => milliseconds(Math.max(...samples.map(({ max }) => max)))),
    ),
  ].join('\n');
}

function isRest(sample: SettledSample): sample is Rest {
  return 'sockets' in sample;
}

function livesLine({ guests, after, samples }: SoakRecord): string {
  const lives = Object.entries(guests.lives).sort(([, a], [, b]) => b - a);
  const [first, last] = [samples[0], samples.at(-1)];
  const cpu = first && last ? (last.cpu - first.cpu) / 1e4 / (last.at - first.at) : 0;
  return [
    `- ${number(lives.reduce((sum, [, count]) => sum + count, 0))} lives: ${lives.map(([life, count]) => `${life} ${number(count)}`).join(', ')}`,
    `- ${number(after.opened)} WebSockets; ${number(after.received)} messages received and ${number(after.sent)} sent; ${number(guests.bytes / MEBIBYTE)} MiB checked; closed with ${Object.entries(
      after.codes,
    )
      .map(([code, count]) => `${code} ${number(count)}`)
      .join(', ')}; CPU of the server ${number(cpu)} % of a core`,
  ].join('\n');
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}
