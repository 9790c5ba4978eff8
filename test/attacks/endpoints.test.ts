// Attacks on event streams and long polls: rows S4 and S5 of the table.
import { expect } from 'vitest';
import { Caller } from './caller.ts';
import { isServed } from './honest.ts';
import { attack, KIB, MIB } from './row.ts';
import { buildVictim, Victim } from './victim.ts';
import type { EndpointOptions, VictimOptions } from './victim-report.ts';

buildVictim();

const serving = (endpoints: EndpointOptions): VictimOptions => ({ library: 'node:http', endpoints });

/** The default of `maxBufferedAmount`, and the event that passes it. */
const MARK = 4 * MIB;
const EVENT = 64 * KIB;
/** What the kernel takes on both sides of a connection, and as much again. */
const MUCH = 32 * MIB;

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const post = (fields: string, body = ''): string => `POST /publish HTTP/1.1\r\nHost: a\r\n${fields}\r\n\r\n${body}`;

/** A client that asks and then reads nothing, when the victim has it. */
async function ask(victim: Victim, wire: string): Promise<Caller> {
  const { clients } = await victim.report();
  const caller = await Caller.dial(victim);
  caller.socket.pause();
  caller.send(wire);
  await victim.until((report) => report.clients > clients);
  return caller;
}

/** Sends to all streams until there is none, or so much has been sent; tells how much waited at the most. */
async function pushMuch(victim: Victim): Promise<number> {
  let most = 0;
  for (let sent = 0; sent < MUCH; sent += 16 * EVENT) {
    const { buffered, clients } = await victim.ask({ ask: 'push', size: EVENT, times: 16 });
    most = Math.max(most, buffered);
    if (clients === 0) break;
  }
  return most;
}

const CONNECTIONS = 20;
const POLLS_EACH = 500;
const ROUNDS = 10;

attack('S4', {
  victim: serving({ polls: { writeTimeout: 1_000, maxBatchSize: MUCH } }),
  // The answer to the poll is there twice, as the message and as the body.
  bound: 4 * MUCH,
  async run(victim) {
    const reader = await ask(victim, get('/stream'));
    expect(await pushMuch(victim)).toBeLessThanOrEqual(MARK + EVENT + KIB);
    expect((await victim.report()).clients).toBe(0);
    await reader.leave();

    const { descriptors } = await victim.report();
    const poller = await ask(victim, get('/poll'));
    await victim.ask({ ask: 'push', size: MUCH / 2, times: 1 });
    // It has not been told to leave: the victim's patience is over.
    await victim.until((report) => report.descriptors <= descriptors);
    await poller.leave();

    const { requests } = await victim.report();
    const crowd = await Caller.crowd(victim, CONNECTIONS);
    for (let round = 1; round <= ROUNDS; round++) {
      for (const caller of crowd) caller.send(get('/poll?session=__proto__').repeat(POLLS_EACH));
      const sent = round * CONNECTIONS * POLLS_EACH;
      const { clients } = await victim.until((report) => report.requests >= requests + sent);
      expect(clients).toBe(1);
    }
    await isServed(victim);
    for (const caller of crowd) await caller.leave();
  },
  control: [
    'without the limits the same events wait, and all polls are held',
    async () => {
      const victim = await Victim.start(serving({ streams: { maxBufferedAmount: 0 }, isCareless: false }));
      const reader = await ask(victim, get('/stream'));
      expect(await pushMuch(victim)).toBeGreaterThan(4 * MARK);
      await reader.leave();
      const careless = await Victim.start(serving({ isCareless: true }));
      const poller = await Caller.dial(careless);
      poller.send(get('/poll?session=__proto__').repeat(POLLS_EACH));
      await careless.until(({ clients }) => clients === POLLS_EACH);
      await poller.leave();
    },
  ],
});

const BROKEN_OFF: readonly (readonly [string, string, number])[] = [
  ['before the head is whole', 'GET /stream HTTP/1.1\r\nHost:', 0],
  ['with a stream that has begun', get('/stream'), 1],
  ['with a second response behind it', get('/stream').repeat(2), 2],
  ['with a poll that is held', get('/poll?session=a'), 1],
  ['with a poll that has replaced another', get('/poll?session=a').repeat(2), 1],
  ['in the middle of a body', post('Content-Length: 100', 'half'), 0],
  ['in the middle of a chunk', post('Transfer-Encoding: chunked', '64\r\nhalf'), 0],
  ['with a body that is refused, and goes on', post('Content-Length: 100000', 'too much'), 0],
];
const TIMES = 25;

const BAD_POSTS = [
  post('Connection: close\r\nContent-Length: 2', '\xc3\x28'),
  post('Connection: close\r\nContent-Length: 11', '01234567890'),
  post('Connection: close\r\nContent-Encoding: gzip\r\nContent-Length: 1', 'x'),
];
const POSTS = 10_000;
const POSTS_AT_ONCE = 100;

attack('S5', {
  victim: serving({ bodies: { maxBodySize: 10 } }),
  bound: 64 * MIB,
  async run(victim) {
    for (const [, wire, clients] of BROKEN_OFF) {
      for (const way of ['resetAndDestroy', 'destroy'] as const) {
        const crowd = await Caller.crowd(victim, TIMES);
        for (const caller of crowd) caller.send(wire);
        // All polls of one session are one.
        const least = wire.includes('/poll') ? 1 : clients * TIMES;
        await victim.until((report) => report.clients >= least);
        for (const caller of crowd) caller.socket[way]();
        await victim.until((report) => report.clients === 0);
      }
    }
    // In the middle of a write, and while a drain is waited for.
    for (const path of ['/stream', '/poll']) {
      const caller = await ask(victim, get(path));
      await victim.ask({ ask: 'push', size: 3 * MIB, times: 1 });
      caller.socket.resetAndDestroy();
      await victim.until((report) => report.clients === 0 && report.buffered === 0);
    }
    for (let count = 0; count < POSTS; count += POSTS_AT_ONCE) {
      const statuses = await Promise.all(
        Array.from({ length: POSTS_AT_ONCE }, (_, index) =>
          Caller.status(victim, BAD_POSTS[index % BAD_POSTS.length] as string),
        ),
      );
      expect(new Set(statuses)).toEqual(new Set([400, 413, 415]));
    }
  },
  control: [
    'of responses whose end nobody hears, all are still there',
    async () => {
      const victim = await Victim.start(serving({ isCareless: true }));
      const crowd = await Caller.crowd(victim, TIMES);
      for (const caller of crowd) caller.send(get('/stream'));
      await victim.until(({ clients }) => clients === TIMES);
      const { descriptors } = await victim.report();
      for (const caller of crowd) caller.socket.resetAndDestroy();
      const { clients } = await victim.until((report) => report.descriptors <= descriptors - TIMES);
      expect(clients).toBe(TIMES);
    },
  ],
});
