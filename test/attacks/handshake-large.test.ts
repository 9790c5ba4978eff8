// Attacks on the opening handshake by size: rows H4 and H5 of the table.
import { once } from 'node:events';
import { expect } from 'vitest';
import { GOOD_FIELDS, requestText } from '../handshake/openings.ts';
import { openingRequest } from '../server/raw-client.ts';
import { Caller } from './caller.ts';
import { isServed } from './honest.ts';
import { attack, KIB, MIB, type Outcome, suffer } from './row.ts';
import { buildVictim, Victim } from './victim.ts';

buildVictim();

/** The default of `maxHeaderSize`, and of `maxHeadersCount`. */
const MAX_HEADER_SIZE = 16 * KIB;
const MAX_HEADERS_COUNT = 100;
/** What one attacker sends: many times what the server may keep of it. */
const LINE_VOLUME = 32 * MIB;
const FIELDS_VOLUME = 6 * MIB;
const NO_LIMITS = { maxHeaderSize: 2 ** 30, maxHeadersCount: 2 ** 30, handshakeTimeout: 60_000 };

/**
 * Sends `start`, and then `more` again and again as fast as the connection takes it, until the victim ends it or `volume`
 * has been sent. Resolves with the status of the answer; 0 for none.
 */
async function pour(victim: Victim, start: string, more: string, volume = LINE_VOLUME): Promise<number> {
  const caller = await Caller.dial(victim, { isStubborn: true });
  const { socket } = caller;
  const chunk = Buffer.from(more.repeat(Math.ceil((64 * KIB) / more.length)));
  caller.send(start);
  for (let sent = 0; sent < volume && !caller.isEnded; sent += chunk.length) {
    if (!socket.write(chunk)) await Promise.race([once(socket, 'drain'), caller.ended]);
  }
  await caller.leave();
  return caller.status;
}

/** What a victim without limits suffers from the same. */
async function poured(start: string, more: string, volume: number): Promise<Outcome> {
  const victim = await Victim.start({ server: NO_LIMITS });
  return suffer(victim, async () => {
    expect(await pour(victim, start, more, volume)).toBe(0);
  });
}

/** A request whose head has exactly so many octets, one line of it very long. */
function requestOf(size: number): string {
  const bare = openingRequest(['X: ']);
  return openingRequest([`X: ${'y'.repeat(size - bare.length)}`]);
}

/** Clients that send all but the end of a head. */
const HOLDERS = 200;
/** Node reads into so many octets, whatever comes. */
const READ = 64 * KIB;
const H4_BOUND = HOLDERS * (MAX_HEADER_SIZE + READ) + 12 * MIB;

attack('H4', {
  bound: H4_BOUND,
  async run(victim) {
    // The last octet that fits is not the end: one more, and none can come that would make it legal.
    expect(await Caller.status(victim, requestOf(MAX_HEADER_SIZE + 1).slice(0, MAX_HEADER_SIZE))).toBe(431);
    expect(await Caller.status(victim, `GET /${'x'.repeat(MAX_HEADER_SIZE)}`)).toBe(414);
    expect(await pour(victim, 'GET / HTTP/1.1\r\nX: ', 'y')).toBe(431);
    expect(await pour(victim, 'GET /', 'x')).toBe(414);
    // RFC 9112 §3: a method longer than any that there is.
    expect(await pour(victim, 'G', 'E')).toBe(501);
    // CVE-2026-54277: the limit is that of the line and not of a segment.
    const slow = await Caller.dial(victim);
    slow.send(`GET /${'x'.repeat(MAX_HEADER_SIZE - 200)}`);
    for (let count = 0; count < 200 && !slow.isEnded; count++) {
      slow.send('x');
      await new Promise((resolve) => setImmediate(resolve));
    }
    await slow.ended;
    expect(slow.status).toBe(414);
    // As much as a head may have, and no end: what is held is the limit for each, whoever sends it.
    const holders = await Caller.crowd(victim, HOLDERS);
    for (const holder of holders) holder.send(requestOf(MAX_HEADER_SIZE + 1).slice(0, MAX_HEADER_SIZE - 1));
    await isServed(victim);
    for (const holder of holders) holder.send('y');
    for (const { ended } of holders) await ended;
    expect(new Set(holders.map(({ status }) => status))).toEqual(new Set([431]));
  },
  control: [
    'a head of the longest size is accepted, and without a limit the same line fills the memory',
    async () => {
      const victim = await Victim.start();
      expect(await Caller.status(victim, requestOf(MAX_HEADER_SIZE))).toBe(101);
      const { growth } = await poured('GET / HTTP/1.1\r\nX: ', 'y', LINE_VOLUME);
      expect(growth).toBeGreaterThan(H4_BOUND);
    },
  ],
});

/** A request with so many fields, those of the handshake before the others or behind them. */
function fieldsOf(count: number, isHandshakeFirst: boolean): string {
  const others = Array.from({ length: count - GOOD_FIELDS.length / 2 }, () => ['a', 'b']).flat();
  return requestText(isHandshakeFirst ? [...GOOD_FIELDS, ...others] : [...others, ...GOOD_FIELDS]);
}

const H5_BOUND = 16 * MIB;

attack('H5', {
  bound: H5_BOUND,
  async run(victim) {
    const { opened } = await victim.report();
    for (const count of [MAX_HEADERS_COUNT + 1, 1_000, 10_000]) {
      expect(await Caller.status(victim, fieldsOf(count, true)), `${count} fields`).toBe(431);
      expect(await Caller.status(victim, fieldsOf(count, false)), `${count} fields`).toBe(431);
    }
    // Before the end: the first octet of a name too many is enough.
    const lines = 'a: b\r\n'.repeat(MAX_HEADERS_COUNT);
    expect(await Caller.status(victim, `GET / HTTP/1.1\r\n${lines}a`)).toBe(431);
    expect(await pour(victim, 'GET / HTTP/1.1\r\n', 'a: b\r\n')).toBe(431);
    expect((await victim.report()).opened).toBe(opened);
  },
  control: [
    'as many as are allowed are accepted; without a limit 10,000 are, and endless ones fill the memory',
    async () => {
      const victim = await Victim.start();
      expect(await Caller.status(victim, fieldsOf(MAX_HEADERS_COUNT, true))).toBe(101);
      expect(await Caller.status(victim, fieldsOf(MAX_HEADERS_COUNT, false))).toBe(101);
      const unprotected = await Victim.start({ server: NO_LIMITS });
      expect(await Caller.status(unprotected, fieldsOf(10_000, true))).toBe(101);
      const { growth } = await poured('GET / HTTP/1.1\r\n', 'a: b\r\n', FIELDS_VOLUME);
      expect(growth).toBeGreaterThan(H5_BOUND);
    },
  ],
});
