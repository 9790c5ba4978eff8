// Clients that have not proved who they are: rows A1 and A2 of the table.
import { expect } from 'vitest';
import { openingRequest } from '../server/raw-client.ts';
import { BINARY, CLOSE, CONTINUATION, closeFrame, closeOf, frame, PING, PONG, TEXT } from '../websocket/raw-peer.ts';
import { Attacker } from './attacker.ts';
import { Caller } from './caller.ts';
import { isServed } from './honest.ts';
import { attack, KIB, MIB, suffer } from './row.ts';
import { buildVictim, Victim } from './victim.ts';
import { EXPIRED_TOKEN, TOKEN } from './victim-report.ts';

buildVictim();

/** Close code of who is not believed: for applications, RFC 6455 §7.4.2. */
const UNAUTHENTICATED = 4001;
const TOKEN_FRAME = frame(TEXT, TOKEN);
/** More than a first message may have, and less than a message may. */
const LONG = Buffer.alloc(4 * KIB + 1, 0x61);

/** A name, what is said before, instead of or behind the authentication, and the code that must answer it. */
type Case = readonly [name: string, bytes: Buffer, code: number];

const UNBELIEVED: readonly Case[] = [
  ['a text', frame(TEXT, '{"join":"room"}'), UNAUTHENTICATED],
  ['a binary message', frame(BINARY, 'join'), UNAUTHENTICATED],
  ['nothing', frame(TEXT, ''), UNAUTHENTICATED],
  [
    'a message in fragments',
    Buffer.concat([frame(TEXT, 'a', { fin: false }), frame(CONTINUATION, 'b')]),
    UNAUTHENTICATED,
  ],
  ['the token but one letter', frame(TEXT, TOKEN.slice(0, -1)), UNAUTHENTICATED],
  ['the token and one letter', frame(TEXT, `${TOKEN} `), UNAUTHENTICATED],
  ['a token that was right once', frame(TEXT, EXPIRED_TOKEN), UNAUTHENTICATED],
  // A wrong message is the only one: the right token behind it comes too late.
  [
    'the token as the second message',
    Buffer.concat([frame(TEXT, 'join'), TOKEN_FRAME, frame(TEXT, 'x')]),
    UNAUTHENTICATED,
  ],
  ['a long message', frame(BINARY, LONG), 1009],
  ['the header of a long message', frame(BINARY, LONG).subarray(0, 8), 1009],
  ['a frame that is wrong', frame(3, TOKEN), 1002],
  ['a Close', closeFrame(1000), 1000],
];

/** The code of the victim's Close, which is answered as it should be. */
async function verdict(attacker: Attacker): Promise<number | undefined> {
  let code: number | undefined;
  for (let next = await attacker.next(); next !== undefined; next = await attacker.next()) {
    if (next.opcode !== CLOSE) continue;
    code = closeOf(next).code;
    attacker.send(closeFrame(1000));
  }
  attacker.socket.end();
  return code;
}

/** Milliseconds to prove who one is, and between two frames of a client that would like to have more. */
const LIMIT = 500;
const TRICKLE = 20;

/** Sends Pings and fragments, one after the other, until the victim has had enough. Tells the code. */
async function stall(victim: Victim): Promise<number | undefined> {
  const attacker = await Attacker.open(victim);
  attacker.send(frame(TEXT, '', { fin: false }));
  const timer = setInterval(() => attacker.send(frame(PING), frame(CONTINUATION, '', { fin: false })), TRICKLE);
  const code = await verdict(attacker);
  clearInterval(timer);
  return code;
}

attack('A1', {
  victim: { behaviour: 'authenticate', authenticationTimeout: LIMIT },
  bound: 16 * MIB,
  async run(victim) {
    const before = await victim.report();
    for (const [name, bytes, code] of UNBELIEVED) {
      const attacker = await Attacker.open(victim);
      attacker.send(bytes);
      expect([name, await verdict(attacker)]).toEqual([name, code]);
    }
    // No Ping and no fragment puts the end off.
    expect(await stall(victim)).toBe(UNAUTHENTICATED);
    const silent = await Attacker.open(victim);
    expect(await verdict(silent)).toBe(UNAUTHENTICATED);
    // Not a byte of all this has reached the application.
    const { messages, authenticated } = await victim.report();
    expect({ messages, authenticated }).toEqual({ messages: before.messages, authenticated: before.authenticated });
  },
  control: [
    'behind the token messages are delivered in order, also the token said again, and long ones; without one everything is',
    async () => {
      const victim = await Victim.start({ behaviour: 'authenticate' });
      await suffer(victim, async () => {
        const attacker = await Attacker.open(victim, { behind: Buffer.concat([TOKEN_FRAME, frame(TEXT, 'one')]) });
        attacker.send(frame(PING, 'two'), TOKEN_FRAME, frame(BINARY, LONG), closeFrame(1000));
        const frames = await attacker.rest();
        const told = frames.map(({ opcode, payload }) => [opcode, opcode === CLOSE ? '' : payload.toString()]);
        expect(told).toEqual(expect.arrayContaining([[PONG, 'two']]));
        expect(told.filter(([opcode]) => opcode !== PONG)).toEqual([
          [TEXT, 'one'],
          [TEXT, TOKEN],
          [BINARY, LONG.toString()],
          [CLOSE, ''],
        ]);
        attacker.socket.end();
      });
      const open = await Victim.start();
      const attacker = await Attacker.open(open);
      for (const [, bytes] of UNBELIEVED.slice(0, 3)) attacker.send(bytes);
      await open.until(({ messages }) => messages === 3);
      await attacker.leave();
    },
  ],
});

/** Wrong tokens in all, from one address, at most so many at once. */
const WRONG = 10_000;
const AT_ONCE = 50;
/** Failures that an address may have; there is no more in this hour. */
const FAILURES = { limit: 20, interval: 3_600_000 };
const GUESSER = '127.0.0.2';

interface Guessed {
  readonly heard: number;
  readonly refused: number;
}

/** Tries one token after the other, `count` in all; tells how many the victim has heard, and how many of 429 there were. */
async function guess(victim: Victim, count: number): Promise<Guessed> {
  let heard = 0;
  let refused = 0;
  for (let start = 0; start < count; start += AT_ONCE) {
    const callers = await Caller.crowd(victim, AT_ONCE, { from: GUESSER });
    for (const [index, caller] of callers.entries()) {
      caller.send(
        Buffer.concat([Buffer.from(openingRequest()), frame(TEXT, `${TOKEN}${start + index}`), closeFrame(1000)]),
      );
    }
    for (const { ended } of callers) await ended;
    for (const { status, frames } of callers) {
      if (status === 429) refused++;
      else if (frames.some((last) => last.opcode === CLOSE && closeOf(last).code === UNAUTHENTICATED)) heard++;
    }
  }
  return { heard, refused };
}

attack('A2', {
  victim: { behaviour: 'authenticate', server: { maxFailedAuthenticationsPerIp: FAILURES } },
  bound: 48 * MIB,
  async run(victim) {
    const { heard, refused } = await guess(victim, WRONG);
    expect(heard + refused).toBe(WRONG);
    // Those that were open already when the others failed are heard too.
    expect(heard).toBeLessThanOrEqual(FAILURES.limit + AT_ONCE);
    expect(heard).toBeGreaterThanOrEqual(FAILURES.limit);
    // Of everybody else nobody is kept out.
    await isServed(victim);
  },
  control: [
    'without the limit every token is heard',
    async () => {
      const victim = await Victim.start({ behaviour: 'authenticate' });
      await suffer(victim, async () => {
        expect(await guess(victim, 300)).toEqual({ heard: 300, refused: 0 });
      });
    },
  ],
});
