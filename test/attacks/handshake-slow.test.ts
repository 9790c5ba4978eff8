// Attacks on the opening handshake by time, and by the work that a request makes: rows H1, H2, H3 and H12 of the table.
import { expect } from 'vitest';
import { HeadProgress, RequestHeadParser } from '../../src/handshake/index.ts';
import { GOOD_FIELDS, judge, requestText } from '../handshake/openings.ts';
import { openingRequest } from '../server/raw-client.ts';
import { Caller } from './caller.ts';
import { growthOf, LINEAR } from './effort.ts';
import { isServed } from './honest.ts';
import { attack, KIB, MIB, suffer } from './row.ts';
import { buildVictim, Victim } from './victim.ts';

buildVictim();

/** Milliseconds from one byte of a trickle to the next. A whole request takes more than three seconds. */
const TRICKLE = 20;
/** Milliseconds that a request may take: a third of that. */
const LIMIT = { handshakeTimeout: 1_000 };
const NO_LIMIT = { handshakeTimeout: 0 };

/** What became of clients that trickle: what each was answered, and how much of its request it had sent by then. */
interface Trickled {
  readonly statuses: Set<number>;
  readonly least: number;
  readonly most: number;
}

/** Sends the same request on many connections, each from its first moment on, a byte at a time, until it is answered. */
async function trickle(victim: Victim, count: number): Promise<Trickled> {
  const request = openingRequest();
  const sent = new Map<Caller, number>();
  const timer = setInterval(() => {
    for (const [caller, at] of sent) {
      if (at === request.length || caller.isEnded) continue;
      caller.send(request[at] as string);
      sent.set(caller, at + 1);
    }
  }, TRICKLE);
  while (sent.size < count) {
    for (const caller of await Caller.crowd(victim, Math.min(200, count - sent.size))) sent.set(caller, 0);
  }
  await isServed(victim);
  for (const [caller] of sent) await caller.answered();
  clearInterval(timer);
  await isServed(victim);
  const statuses = new Set([...sent].map(([{ status }]) => status));
  for (const [caller] of sent) await caller.leave();
  return { statuses, least: Math.min(...sent.values()), most: Math.max(...sent.values()) };
}

const WHOLE = openingRequest().length;

attack('H1', {
  victim: { server: LIMIT },
  bound: 1_000 * 24 * KIB,
  async run(victim) {
    const { statuses, least, most } = await trickle(victim, 1_000);
    expect(statuses).toEqual(new Set([408]));
    // Nobody was idle, and nobody came to the end.
    expect(least).toBeGreaterThan(0);
    expect(most).toBeLessThan(WHOLE);
  },
  control: [
    'where the opening handshake has no time limit, all of them get in',
    async () => {
      const victim = await Victim.start({ server: NO_LIMIT });
      await suffer(victim, async () => {
        expect(await trickle(victim, 100)).toEqual({ statuses: new Set([101]), least: WHOLE, most: WHOLE });
      });
    },
  ],
});

attack('H2', {
  victim: { server: LIMIT },
  // 2,000 and not more: the attacker needs as many descriptors as the server.
  bound: 2_000 * 16 * KIB,
  async run(victim) {
    const callers = await Caller.crowd(victim, 2_000);
    await isServed(victim);
    for (const { ended } of callers) await ended;
    expect(new Set(callers.map(({ status }) => status))).toEqual(new Set([408]));
  },
  control: [
    'where the opening handshake has no time limit, they keep their descriptors for longer than that',
    async () => {
      const victim = await Victim.start({ server: NO_LIMIT });
      await suffer(victim, async () => {
        const callers = await Caller.crowd(victim, 200);
        // Takes three times as long as the limit above.
        await trickle(victim, 1);
        expect(callers.filter(({ isEnded }) => isEnded)).toEqual([]);
        expect((await victim.report()).descriptors).toBeGreaterThan(200);
        for (const caller of callers) await caller.leave();
      });
    },
  ],
});

/** A request whose head has so many octets. */
function requestOf(size: number, lines: readonly string[] = []): string {
  const bare = openingRequest([...lines, 'X: ']);
  return openingRequest([...lines, `X: ${'y'.repeat(size - bare.length)}`]);
}

const LARGE_HEAD = { maxHeaderSize: MIB };
const SMALL_REQUEST = 2 * KIB;

/** Reads a head of so many octets, each in a chunk of its own. */
function readInBytes(size: number): void {
  const bytes = Buffer.from(requestOf(size));
  const parser = new RequestHeadParser(LARGE_HEAD);
  for (let at = 0; at < size - 1; at++) parser.push(bytes.subarray(at, at + 1));
  expect(parser.push(bytes.subarray(size - 1))).toBe(HeadProgress.Complete);
}

/** The same by a reader that begins anew with each chunk, as some have; chunks of 16 octets are small enough to tell. */
function readAnew(size: number): void {
  const bytes = Buffer.from(requestOf(size));
  let seen = Buffer.alloc(0);
  for (let at = 0; at < size; at += 16) {
    seen = Buffer.concat([seen, bytes.subarray(at, at + 16)]);
    new RequestHeadParser(LARGE_HEAD).push(seen);
  }
}

attack('H3', {
  bound: 16 * MIB,
  async run(victim) {
    const caller = await Caller.dial(victim);
    // The kernel puts some of them together again; the parser below gets every one alone.
    for (const byte of requestOf(8 * KIB)) {
      caller.send(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await caller.answered();
    expect(caller.status).toBe(101);
    await caller.leave();
    expect(growthOf(readInBytes, SMALL_REQUEST)).toBeLessThan(LINEAR);
  },
  control: [
    'a reader that begins anew with every chunk is found out',
    async () => {
      expect(growthOf(readAnew, SMALL_REQUEST)).toBeGreaterThan(LINEAR);
    },
  ],
});

/** What has made readers of lists slow, in so many octets. */
const SLOW_LISTS: readonly [name: string, (size: number) => string][] = [
  ['spaces in a token', (size) => `b${' '.repeat(size)}x`],
  ['spaces and tabs before a comma', (size) => `b${' \t'.repeat(size / 2)},`],
  ['commas', (size) => `b${','.repeat(size)}`],
  ['commas and spaces', (size) => `b${' , '.repeat(size / 3)}x y`],
  ['semicolons', (size) => `b${';'.repeat(size)}`],
  ['parameters', (size) => `b${';c'.repeat(size / 2)}`],
  ['elements', (size) => Array.from({ length: size / 5 }, (_, index) => index.toString(36).padStart(4, 'a')).join()],
  ['a quoted string that does not end', (size) => `b; c="${'\\d'.repeat(size / 2)}`],
  ['a quoted string of quoted pairs', (size) => `b; c="${'\\d'.repeat(size / 2)}"`],
  ['an equals sign and spaces', (size) => `b; c=${' '.repeat(size)}"`],
  ['one token', (size) => 'b'.repeat(size)],
];
const LISTS = ['Sec-WebSocket-Protocol', 'Sec-WebSocket-Extensions', 'Connection', 'Upgrade'];
/** Eight times as much is near the limit of a head. */
const SMALL_LIST = 1.75 * KIB;

attack('H12', {
  victim: { server: { perMessageDeflate: true } },
  bound: 16 * MIB,
  async run(victim) {
    for (const field of LISTS) {
      for (const [name, list] of SLOW_LISTS) {
        const status = await Caller.status(victim, requestText([...GOOD_FIELDS, field, list(8 * KIB)]));
        expect([101, 400], `${field}: ${name}`).toContain(status);
        const work = (size: number): void => void judge([requestText([...GOOD_FIELDS, field, list(size)])]);
        expect(growthOf(work, SMALL_LIST), `${field}: ${name}`).toBeLessThan(LINEAR);
      }
    }
  },
  control: [
    'a regular expression that was in use once is found out',
    async () => {
      const [, list] = SLOW_LISTS[0] as (typeof SLOW_LISTS)[number];
      // CVE-2021-32640.
      expect(growthOf((size) => list(size).split(/ *, */), SMALL_LIST)).toBeGreaterThan(LINEAR);
    },
  ],
});
