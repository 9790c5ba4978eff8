// What "flat" means, and whether a soak was. Pure: it is given a record and answers with one line for each thing that was
// held against a bound, passed or not.
import type { SoakRecord } from './run.ts';
import type { Rest, SettledSample } from './samples.ts';

/** One thing that was held against a bound. */
export interface Check {
  readonly name: string;
  readonly passed: boolean;
  /** What was found, and what was allowed. */
  readonly finding: string;
}

const MEBIBYTE = 1_048_576;

/** Growth that is allowed from the middle third to the last: the larger of a part of the former and an amount. */
interface Allowance {
  readonly share: number;
  readonly amount: number;
}

/** Something that must not grow. */
interface Series {
  readonly name: string;
  readonly of: (sample: SettledSample) => number;
  readonly allowed: Allowance;
  readonly unit: string;
  /** What one `unit` is in the numbers of the samples. */
  readonly scale: number;
}

const bytes = { unit: 'MiB', scale: MEBIBYTE };
const things = { unit: '', scale: 1 };

/** After a full collection each, while the guests come and go. */
const SERIES: readonly Series[] = [
  { name: 'heap', of: ({ heapUsed }) => heapUsed, allowed: { share: 0.05, amount: MEBIBYTE }, ...bytes },
  {
    // What waits for guests that do not read comes and goes with them, and has a limit of its own.
    name: 'array buffers, without what is owed to slow readers',
    of: ({ arrayBuffers, owed }) => arrayBuffers - owed,
    allowed: { share: 0.1, amount: 4 * MEBIBYTE },
    ...bytes,
  },
  { name: 'RSS', of: ({ rss }) => rss, allowed: { share: 0.05, amount: 16 * MEBIBYTE }, ...bytes },
  {
    name: 'descriptors beyond those of clients',
    of: ({ descriptors = 0, clients }) => descriptors - clients,
    allowed: { share: 0.1, amount: 20 },
    ...things,
  },
  {
    name: 'WebSockets in memory beyond the clients',
    of: ({ opened, collected, clients }) => opened - collected - clients,
    allowed: { share: 0.1, amount: 20 },
    ...things,
  },
  {
    name: 'deadlines beyond the clients',
    of: ({ clock, clients }) => clock - clients,
    allowed: { share: 0.1, amount: 20 },
    ...things,
  },
];

/** Judged in soaks of some length only: a neighbour on the same machine can keep a short one waiting for all its time. */
const LOOP_DELAY: Series = {
  name: 'median delay of the event loop',
  of: ({ p50 }) => p50,
  allowed: { share: 0.5, amount: 10 },
  unit: 'ms',
  scale: 1,
};
const MINUTES_FOR_DELAY = 5;

/** Samples that each third must have. */
const LEAST_SAMPLES = 3;

/** Beyond the figures before: what the collector has not got to, and what is made once. */
const HEAP_AFTERWARDS = 2 * MEBIBYTE;
const BUFFERS_AFTERWARDS = MEBIBYTE;
/** WebSockets that a register or a cache of the engine may still name. */
const UNCOLLECTED = 2;

/** Holds a record against everything that was promised. */
export function judge(record: SoakRecord): Check[] {
  return [...judgeGuests(record), ...judgeTrends(record), ...judgeAfterwards(record.before, record.after)];
}

// ---- nothing was lost

function judgeGuests({ guests }: SoakRecord): Check[] {
  const { said, heard, abandoned, failures, complaints, lives, overheard, pongs } = guests;
  const missing = said - heard - abandoned;
  return [
    check('no guest had reason to complain', failures === 0, [`${failures} complaints`, ...complaints].join('\n    ')),
    check(
      'every message came back, byte for byte',
      missing === 0 && heard > 0,
      `${heard} of ${said}; ${abandoned} were not waited for by guests that broke off`,
    ),
    check('rooms and Pongs were heard', overheard > 0 && pongs > 0, `${overheard} deliveries, ${pongs} Pongs`),
    check('every kind of life was lived', Object.keys(lives).length === 16, `${Object.keys(lives).length} of 16 kinds`),
  ];
}

// ---- flat while guests come and go

function judgeTrends({ settled, minutes }: SoakRecord): Check[] {
  const third = Math.floor(settled.length / 3);
  const enough = third >= LEAST_SAMPLES;
  const checks = [check('there are samples enough', enough, `${third} in each third, at least ${LEAST_SAMPLES}`)];
  if (!enough) return checks;
  const series = minutes >= MINUTES_FOR_DELAY ? [...SERIES, LOOP_DELAY] : SERIES;
  return [...checks, ...series.map((one) => judgeTrend(one, settled))];
}

/**
 * Two estimates of the growth from the middle third to the last, both of which must be within what is allowed: the
 * difference of their medians, and the slope over both (Theil and Sen's: the median of the slopes of all pairs, which single
 * outliers do not move) times the length of a third. The first third is for settling in.
 */
export function judgeTrend({ name, of, allowed, unit, scale }: Series, samples: readonly SettledSample[]): Check {
  const third = Math.floor(samples.length / 3);
  const latter = samples.slice(samples.length - 2 * third);
  const points = latter.map((sample) => ({ at: sample.at, value: of(sample) }));
  const middle = median(points.slice(0, third).map(({ value }) => value));
  const last = median(points.slice(third).map(({ value }) => value));
  const duration = (latter.at(-1) as SettledSample).at - (latter[0] as SettledSample).at;
  const trend = (slopeOf(points) * duration) / 2;
  const limit = Math.max(allowed.share * Math.abs(middle), allowed.amount);
  const figure = (value: number): string => `${round(value / scale)}${unit && ` ${unit}`}`;
  const signed = (value: number): string => `${value < 0 ? '' : '+'}${figure(value)}`;
  return check(
    `flat: ${name}`,
    last - middle <= limit && trend <= limit,
    `${figure(middle)} → ${figure(last)} (${signed(last - middle)}; by the slope ${signed(trend)}), allowed ${signed(limit)}`,
  );
}

// ---- as it was before

function judgeAfterwards(before: Rest, after: Rest): Check[] {
  const same = (name: string, was: number | undefined, is: number | undefined): Check =>
    check(`afterwards: ${name}`, is === was, `${is ?? 'not counted here'}, before ${was ?? 'not counted here'}`);
  const within = (name: string, was: number, is: number, bound: number): Check =>
    check(
      `afterwards: ${name}`,
      is - was <= bound,
      `${round(is / MEBIBYTE)} MiB, before ${round(was / MEBIBYTE)} MiB, allowed +${round(bound / MEBIBYTE)} MiB`,
    );
  const uncollected = after.opened - after.collected;
  return [
    same('clients', 0, after.clients),
    same('WebSockets that were closed', after.opened, after.closed),
    same('sockets', before.sockets, after.sockets),
    same('descriptors', before.descriptors, after.descriptors),
    same('deadlines', before.clock, after.clock),
    same('rooms', before.rooms, after.rooms),
    check(
      'afterwards: WebSockets in memory',
      uncollected <= UNCOLLECTED,
      `${uncollected} of ${after.opened}, allowed ${UNCOLLECTED}`,
    ),
    within('heap', before.heapUsed, after.heapUsed, HEAP_AFTERWARDS),
    within('array buffers', before.arrayBuffers, after.arrayBuffers, BUFFERS_AFTERWARDS),
  ];
}

function check(name: string, passed: boolean, finding: string): Check {
  return { name, passed, finding };
}

function slopeOf(points: readonly { at: number; value: number }[]): number {
  const slopes: number[] = [];
  for (const [index, first] of points.entries()) {
    for (const second of points.slice(index + 1)) {
      if (second.at > first.at) slopes.push((second.value - first.value) / (second.at - first.at));
    }
  }
  return median(slopes);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] as number) + (sorted[Math.ceil(middle)] as number)) / 2;
}

function round(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 1 });
}
