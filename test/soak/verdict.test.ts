// What counts as flat, on figures made for it: noise passes, and each thing that grows or stays behind fails alone.
import { describe, expect, test } from 'vitest';
import { Chance } from './chance.ts';
import { planOf } from './options.ts';
import { picture } from './picture.ts';
import { figures, verdictText } from './report.ts';
import type { SoakRecord } from './run.ts';
import type { Rest, SettledSample } from './samples.ts';
import { judge } from './verdict.ts';

const MEBIBYTE = 1_048_576;
const SAMPLES = 48;

const rest: Rest = {
  at: 0,
  rss: 70 * MEBIBYTE,
  heapUsed: 8 * MEBIBYTE,
  external: 3 * MEBIBYTE,
  arrayBuffers: MEBIBYTE,
  cpu: 0,
  owed: 0,
  clients: 0,
  clock: 0,
  opened: 500,
  closed: 500,
  collected: 500,
  received: 0,
  sent: 0,
  codes: { 1000: 500 },
  descriptors: 21,
  p50: 0,
  p99: 0,
  max: 0,
  sockets: 0,
  rooms: 0,
};

const clients = 5_000;
const { sockets: _sockets, rooms: _rooms, ...nobody } = rest;
const crowd: SettledSample = {
  ...nobody,
  rss: 200 * MEBIBYTE,
  heapUsed: 40 * MEBIBYTE,
  arrayBuffers: 20 * MEBIBYTE,
  owed: 15 * MEBIBYTE,
  clients,
  clock: clients,
  descriptors: clients + 60,
  opened: 5_500,
  p50: 2,
  p99: 20,
  max: 50,
};

const LIVES = Object.fromEntries(Array.from({ length: 16 }, (_, kind) => [`life ${kind}`, 10]));

/** A soak in which all was well; `change` says what was not, by sample and the part of the time that had gone. */
function record(change: (sample: SettledSample, part: number) => Partial<SettledSample> = () => ({})): SoakRecord {
  const chance = new Chance(1);
  const noise = (value: number, share: number): number => value * (1 + share * (chance.next() - 0.5));
  const settled = Array.from({ length: SAMPLES }, (_, index) => {
    const sample = {
      ...crowd,
      at: 120 + index * 10,
      rss: noise(crowd.rss, 0.06),
      heapUsed: noise(crowd.heapUsed, 0.04),
      arrayBuffers: noise(crowd.arrayBuffers, 0.05),
      p50: noise(crowd.p50, 1),
    };
    return { ...sample, ...change(sample, index / SAMPLES) };
  });
  return {
    connections: clients,
    minutes: 10,
    seed: 1,
    fault: undefined,
    plan: planOf(10),
    before: rest,
    after: { ...rest, at: 605, opened: 50_000, closed: 50_000, collected: 50_000 },
    samples: settled,
    settled,
    arrived: 120,
    left: 600,
    guests: {
      lives: LIVES,
      said: 1_000,
      heard: 900,
      abandoned: 100,
      overheard: 500,
      bytes: 1e6,
      pongs: 50,
      present: 0,
      failures: 0,
      complaints: [],
    },
  };
}

const failedOf = (soaked: SoakRecord): string[] =>
  judge(soaked)
    .filter(({ passed }) => !passed)
    .map(({ name }) => name);

test('noise around a level is flat', () => {
  expect(failedOf(record())).toEqual([]);
});

test('less than before is flat, too', () => {
  const shrinking = record(({ heapUsed, rss }, part) => ({
    heapUsed: heapUsed * (1 - part / 2),
    rss: rss * (1 - part / 2),
  }));
  expect(failedOf(shrinking)).toEqual([]);
});

test('growth in the first third is settling in', () => {
  expect(failedOf(record(({ heapUsed }, part) => ({ heapUsed: heapUsed * Math.min(1, part * 3) })))).toEqual([]);
});

describe('growth through the latter two thirds is found', () => {
  const names = {
    heap: ({ heapUsed }, part) => ({ heapUsed: heapUsed + part * 8 * MEBIBYTE }),
    RSS: ({ rss }, part) => ({ rss: rss + part * 64 * MEBIBYTE }),
    'array buffers, without what is owed to slow readers': ({ arrayBuffers }, part) => ({
      arrayBuffers: arrayBuffers + part * 16 * MEBIBYTE,
    }),
    'descriptors beyond those of clients': (_, part) => ({ descriptors: clients + 60 + Math.round(part * 120) }),
    'WebSockets in memory beyond the clients': (_, part) => ({ opened: 5_500 + Math.round(part * 100) }),
    'deadlines beyond the clients': (_, part) => ({ clock: clients + Math.round(part * 1_000) }),
    'median delay of the event loop': ({ p50 }, part) => ({ p50: p50 + part * 50 }),
  } as const satisfies Record<string, Parameters<typeof record>[0]>;

  test.each(Object.keys(names) as (keyof typeof names)[])('%s', (name) => {
    expect(failedOf(record(names[name]))).toEqual([`flat: ${name}`]);
  });

  test('but not what is owed to slow readers: that has a limit of its own', () => {
    const owed = record(({ owed, arrayBuffers }, part) => ({
      owed: owed + part * 50 * MEBIBYTE,
      arrayBuffers: arrayBuffers + part * 50 * MEBIBYTE,
    }));
    expect(failedOf(owed)).toEqual([]);
  });
});

test('a step between the thirds is found', () => {
  expect(failedOf(record(({ heapUsed }, part) => ({ heapUsed: heapUsed + (part > 0.7 ? 8 * MEBIBYTE : 0) })))).toEqual([
    'flat: heap',
  ]);
});

test('one sample far off is no trend', () => {
  expect(failedOf(record(({ rss }, part) => ({ rss: part > 0.97 ? rss * 5 : rss })))).toEqual([]);
});

test('too few samples prove nothing', () => {
  const soaked = record();
  expect(failedOf({ ...soaked, settled: soaked.settled.slice(0, 8) })).toEqual(['there are samples enough']);
});

describe('afterwards, what is left is found', () => {
  test.each<[string, Partial<Rest>]>([
    ['clients', { clients: 1 }],
    ['WebSockets that were closed', { closed: 49_999 }],
    ['sockets', { sockets: 1 }],
    ['descriptors', { descriptors: 22 }],
    ['deadlines', { clock: 1 }],
    ['rooms', { rooms: 1 }],
    ['WebSockets in memory', { collected: 49_997 }],
    ['heap', { heapUsed: rest.heapUsed + 2.1 * MEBIBYTE }],
    ['array buffers', { arrayBuffers: rest.arrayBuffers + 1.1 * MEBIBYTE }],
  ])('%s', (name, change) => {
    const soaked = record();
    expect(failedOf({ ...soaked, after: { ...soaked.after, ...change } })).toEqual([`afterwards: ${name}`]);
  });
});

describe('of the guests', () => {
  test.each<[string, Partial<SoakRecord['guests']>]>([
    ['no guest had reason to complain', { failures: 1, complaints: ['what was wrong'] }],
    ['every message came back, byte for byte', { heard: 899 }],
    ['rooms and Pongs were heard', { overheard: 0 }],
    ['every kind of life was lived', { lives: { one: 1 } }],
  ])('%s, or it fails', (name, change) => {
    const soaked = record();
    expect(failedOf({ ...soaked, guests: { ...soaked.guests, ...change } })).toEqual([name]);
  });
});

describe('what is told of it', () => {
  const machine = {
    cpu: 'a processor',
    cores: 2,
    memory: 8 * 1024 ** 3,
    system: 'Linux',
    runtimes: ['Node v20'],
    date: 'today',
    load: 1,
  };

  test('ends with the verdict', () => {
    expect(verdictText(judge(record()))).toMatch(/\nflat: \d+ checks passed$/);
    expect(verdictText(judge(record((_, part) => ({ clock: part * 1e6 }))))).toMatch(/\nNOT FLAT: 1 checks failed$/);
  });

  test('has a row for every figure', () => {
    const text = figures(record(), judge(record()), machine);
    expect(text).toMatch(/^\| RSS, MiB \| 70\.0 \| \d+\.\d \| \d+\.\d \| \d+\.\d \| 70\.0 \|$/m);
    expect(text).toMatch(/^\| loop delay p99, ms \| – \| 20 \| 20 \| 20 \| – \|$/m);
  });

  test.each(['light', 'dark'] as const)('is drawn with its axes and units (%s)', (look) => {
    const svg = picture(record(), look);
    expect(svg).toMatch(/^<svg [^>]*role="img"><title>.*5000 guests/);
    const malformed = svg.match(/<[^>]*>/g)?.filter((tag) => !/^<\/?[a-zA-Z]+(?: [\w:-]+="[^"<]*")*\s*\/?>$/.test(tag));
    expect(malformed?.filter((tag) => !tag.startsWith('<![CDATA['))).toEqual([]);
    for (const word of ['RSS', 'MiB', 'connections', 'descriptors', 'p99', 'ms late', 'minutes', 'last third']) {
      expect(svg).toContain(`>${word}<`);
    }
  });
});
