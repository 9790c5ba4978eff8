// Attacks by compressed messages: rows D1 to D6 and D8 of the table. D7 turns them round: client-deflate.test.ts.
import { expect } from 'vitest';
import { BINARY, CONTINUATION, frame, PING, TEXT } from '../websocket/raw-peer.ts';
import { Attacker, type Opening } from './attacker.ts';
import { BOMB, BOMB_BOUND, CORRUPT, compressed, deflated, EXPLODED, FINAL, REFERENCE, TAIL } from './deflated.ts';
import { isServed } from './honest.ts';
import { attack, MIB, suffer } from './row.ts';
import { isRefused, isTaken, summary } from './verdict.ts';
import { buildVictim, Victim } from './victim.ts';

buildVictim();

const OFFER: Opening = { lines: ['Sec-WebSocket-Extensions: permessage-deflate'] };
const DEFLATES = { server: { perMessageDeflate: true } };

/** Compresses nothing itself. */
const ANSWERS_PLAINLY = { server: { perMessageDeflate: { threshold: 2 * MIB } } };

attack('D1', {
  victim: DEFLATES,
  bound: BOMB_BOUND,
  async run(victim) {
    expect(BOMB.length).toBeLessThan(17_000);
    await isRefused(victim, [['a bomb', compressed(BOMB), 1009]], OFFER);
  },
  control: [
    'without a limit the same message is seen to take more',
    async () => {
      const victim = await Victim.start({ server: { perMessageDeflate: true, maxPayload: 0 }, behaviour: 'swallow' });
      const { growth } = await suffer(victim, async () => {
        const attacker = await Attacker.open(victim, OFFER);
        attacker.send(compressed(BOMB));
        await victim.until(({ messageBytes }) => messageBytes >= EXPLODED);
        await attacker.leave();
      });
      expect(growth).toBeGreaterThan(BOMB_BOUND);
    },
  ],
});

/** `payload` as a message of so many fragments. */
function cut(payload: Buffer, count: number): Buffer {
  const size = Math.ceil(payload.length / count);
  return Buffer.concat(
    Array.from({ length: count }, (_, index) => {
      const first = index === 0;
      const options = { rsv1: first, fin: index === count - 1 };
      return frame(first ? BINARY : CONTINUATION, payload.subarray(index * size, (index + 1) * size), options);
    }),
  );
}

attack('D2', {
  victim: DEFLATES,
  bound: BOMB_BOUND,
  run: (victim) => isRefused(victim, [['a bomb', cut(BOMB, 100), 1009]], OFFER),
  control: [
    'a message that stays below the limit is taken in a hundred fragments',
    () => isTaken(ANSWERS_PLAINLY, [['a mebibyte', cut(deflated(Buffer.alloc(MIB)), 100), [`Binary ${MIB}`]]], OFFER),
  ],
});

const CROWD = 1_000;

const crowd = (victim: Victim): Promise<Attacker[]> => Attacker.crowd(victim, CROWD, OFFER);

attack('D3', {
  victim: DEFLATES,
  // A connection takes some KiB for itself. What a bomb took before it was found out is garbage, of which V8 lets some
  // lie; a gibibyte it is not.
  bound: CROWD * 16_384 + 128 * MIB,
  async run(victim) {
    const attackers = await crowd(victim);
    for (const attacker of attackers) attacker.send(compressed(BOMB));
    await isServed(victim);
    const codes = await Promise.all(attackers.map((attacker) => attacker.closeCode()));
    expect(new Set(codes)).toEqual(new Set([1009]));
  },
  control: [
    'as many messages below the limit are all answered',
    async () => {
      const victim = await Victim.start(DEFLATES);
      const attackers = await crowd(victim);
      for (const attacker of attackers) attacker.send(compressed(deflated(Buffer.alloc(100_000))));
      const echoes = await Promise.all(attackers.map(async (attacker) => (await attacker.next())?.rsv1));
      expect(new Set(echoes)).toEqual(new Set([true]));
      for (const attacker of attackers) attacker.reset();
    },
  ],
});

attack('D4', {
  victim: DEFLATES,
  bound: BOMB_BOUND,
  async run(victim) {
    const whole = deflated(Buffer.from('cut short, cut short, cut short'));
    await isRefused(
      victim,
      [
        ['a block type that is none', compressed(CORRUPT), 1007],
        ['a distance that points before the start', compressed(Buffer.from([0x02, 0x62, 0x00])), 1007],
        ['a stored block whose lengths disagree', compressed(Buffer.from([0x00, 0x05, 0x00, 0x05, 0x00])), 1007],
        ['with the tail that step 2 of RFC 7692 §7.2.1 takes off', compressed(Buffer.concat([whole, TAIL])), 1007],
        ['cut short', compressed(whole.subarray(0, -3)), 1007],
        ['text that is not UTF-8 once inflated', compressed(deflated(Buffer.from([0xff])), TEXT), 1007],
      ],
      OFFER,
    );
  },
  control: [
    'an empty message in either spelling, and the one of the RFC, are taken',
    () =>
      isTaken(
        DEFLATES,
        [
          ['the byte 0', compressed(Buffer.from([0])), ['Binary 0']],
          ['no byte', compressed(Buffer.alloc(0)), ['Binary 0']],
          ['RFC 7692 §7.2.3.1', compressed(Buffer.from('f248cdc9c90700', 'hex'), TEXT), ['Text 5']],
        ],
        OFFER,
      ),
  ],
});

/** With context takeover on the client's side: what it sends may refer to what it has sent. */
const REMEMBERS = { server: { perMessageDeflate: { clientNoContextTakeover: false } } };

attack('D5', {
  victim: REMEMBERS,
  bound: BOMB_BOUND,
  async run(victim) {
    const attacker = await Attacker.open(victim, OFFER);
    const answers: string[] = [];
    // Behind a final block the window must still be found.
    for (const payload of [FINAL, REFERENCE, deflated(Buffer.from('World')), FINAL, deflated(Buffer.from('end'))]) {
      attacker.send(compressed(payload, TEXT));
      const echo = await attacker.next();
      answers.push(echo?.rsv1 === true ? 'compressed' : String(echo?.payload));
    }
    expect(answers).toEqual(['Hello', 'Hello', 'World', 'Hello', 'end']);
    await attacker.leave();
  },
  control: [
    'a window that was not kept is seen: the reference into it is refused',
    async () => {
      const victim = await Victim.start(DEFLATES);
      await isRefused(
        victim,
        [['a reference', Buffer.concat([compressed(FINAL, TEXT), compressed(REFERENCE, TEXT)]), 1007]],
        OFFER,
      );
    },
  ],
});

/** Offers, and what the answer must hold; `undefined`: an answer without the extension. */
const OFFERS: readonly (readonly [string, string | undefined])[] = [
  ['permessage-deflate; server_max_window_bits=7', undefined],
  ['permessage-deflate; server_max_window_bits=8', 'server_max_window_bits=8'],
  ['permessage-deflate; server_max_window_bits=9', 'server_max_window_bits=9'],
  ['permessage-deflate; server_max_window_bits=15', 'server_max_window_bits=15'],
  ['permessage-deflate; server_max_window_bits=16', undefined],
  ['permessage-deflate; server_max_window_bits=08', undefined],
  ['permessage-deflate; server_max_window_bits=+9', undefined],
  ['permessage-deflate; server_max_window_bits=9.0', undefined],
  ['permessage-deflate; server_max_window_bits', undefined],
  ['permessage-deflate; server_max_window_bits="10"', 'server_max_window_bits=10'],
  ['permessage-deflate; server_max_window_bits=10; server_max_window_bits=10', undefined],
  ['permessage-deflate; server_no_context_takeover=1', undefined],
  ['permessage-deflate; client_max_window_bits=7', undefined],
  ['permessage-deflate; __proto__', undefined],
  ['permessage-deflate; constructor=1', undefined],
  ['x-webkit-deflate-frame, permessage-deflate', 'permessage-deflate'],
  ['permessage-deflate; nothing=1, permessage-deflate; server_max_window_bits=11', 'server_max_window_bits=11'],
];

attack('D6', {
  victim: DEFLATES,
  bound: BOMB_BOUND,
  async run(victim) {
    for (const [offer, expected] of OFFERS) {
      const attacker = await Attacker.open(victim, { lines: [`Sec-WebSocket-Extensions: ${offer}`] });
      const answer = /^Sec-WebSocket-Extensions: (.*)$/m.exec(attacker.head)?.[1];
      if (expected === undefined) expect([offer, answer]).toEqual([offer, undefined]);
      else expect([offer, answer]).toEqual([offer, expect.stringContaining(expected)]);
      // Whatever was agreed, the connection carries messages.
      attacker.send(frame(TEXT, 'x'), frame(PING));
      expect([offer, summary(await attacker.next()), summary(await attacker.next())]).toEqual([
        offer,
        'Text 1',
        'Pong 0',
      ]);
      await attacker.leave();
    }
    const hundred = Array.from({ length: 100 }, () => 'permessage-deflate; unknown').join(', ');
    await expect(Attacker.open(victim, { lines: [`Sec-WebSocket-Extensions: ${hundred}`] })).rejects.toThrow(' 400 ');
  },
  control: [
    'the plain offer is accepted, and a server that does not compress declines it',
    async () => {
      const accepts = await Attacker.open(await Victim.start(DEFLATES), OFFER);
      expect(accepts.head).toContain('Sec-WebSocket-Extensions: permessage-deflate');
      const declines = await Attacker.open(await Victim.start({}), OFFER);
      expect(declines.head).not.toContain('Sec-WebSocket-Extensions');
    },
  ],
});

const SECRET = 'token=5f1c2b9e7a';
/** Long enough to be compressed, and the same each time. */
const AROUND = Array.from({ length: 300 }, (_, index) => String.fromCharCode(97 + ((index * index) % 26))).join('');

/** How much shorter an echo is that holds the secret right than one that holds it wrong, behind one that had it. */
async function leak(victim: Victim): Promise<number> {
  const lengths: number[] = [];
  for (const guess of [SECRET, SECRET.toUpperCase()]) {
    const attacker = await Attacker.open(victim, OFFER);
    for (const text of [SECRET + AROUND, `${guess}${AROUND.toUpperCase()}`]) {
      attacker.send(frame(TEXT, text));
      const echo = await attacker.next();
      expect(echo?.rsv1).toBe(true);
      if (!text.endsWith(AROUND)) lengths.push(echo?.payload.length as number);
    }
    await attacker.leave();
  }
  const [right, wrong] = lengths as [number, number];
  return wrong - right;
}

attack('D8', {
  victim: { server: { perMessageDeflate: { threshold: 0 } } },
  bound: BOMB_BOUND,
  async run(victim) {
    // The default forgets each message: what came before cannot be guessed by the length of what comes next.
    expect(await leak(victim)).toBe(0);
  },
  control: [
    'with context takeover the right guess is seen to be shorter',
    async () => {
      const server = { perMessageDeflate: { threshold: 0, serverNoContextTakeover: false } };
      expect(await leak(await Victim.start({ server }))).toBeGreaterThan(5);
    },
  ],
});
