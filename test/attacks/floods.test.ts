// Attacks by number: rows F11 to F19 of the table.
import { expect } from 'vitest';
import { FrameParser } from '../../src/frame/index.ts';
import { BINARY, CONTINUATION, closeFrame, frame, PING, PONG, TEXT } from '../websocket/raw-peer.ts';
import { Attacker } from './attacker.ts';
import { isServed } from './honest.ts';
import { attack, KIB, MIB, suffer } from './row.ts';
import { isRefused, isTaken, type Offence, summary } from './verdict.ts';
import { buildVictim, Victim } from './victim.ts';

buildVictim();

/** The default of `maxFragments`. */
const MAX_FRAGMENTS = 65_536;

/** `bytes`, so many times. */
const repeated = (bytes: Buffer, count: number): Buffer => Buffer.alloc(bytes.length * count, bytes);

/** A message of so many fragments of `size` bytes each; not finished unless asked. */
function fragments(count: number, size: number, isFinished = false): Buffer {
  const payload = Buffer.alloc(size, 'x');
  const middle = repeated(frame(CONTINUATION, payload, { fin: false }), count - (isFinished ? 2 : 1));
  const end = isFinished ? frame(CONTINUATION, payload) : Buffer.alloc(0);
  return Buffer.concat([frame(TEXT, payload, { fin: false }), middle, end]);
}

attack('F11', {
  victim: { server: { messageTimeout: 1_000 } },
  bound: 16 * MIB,
  async run(victim) {
    await isRefused(victim, [
      ['one too many, of one byte', fragments(MAX_FRAGMENTS + 1, 1), 1008],
      ['one too many, empty', fragments(MAX_FRAGMENTS + 1, 0), 1008],
    ]);
    // And one that is never finished, though it keeps all other limits.
    const attacker = await Attacker.open(victim);
    attacker.send(fragments(3, 1));
    expect(await attacker.closeCode()).toBe(1008);
  },
  control: [
    'as many as may be are taken, and without a limit one more',
    async () => {
      const most = `Text ${MAX_FRAGMENTS}`;
      await isTaken({}, [['the most', fragments(MAX_FRAGMENTS, 1, true), [most]]]);
      const more = fragments(MAX_FRAGMENTS + 1, 1, true);
      await isTaken({ server: { maxFragments: 0 } }, [['one more', more, [`Text ${MAX_FRAGMENTS + 1}`]]]);
    },
  ],
});

const HOARDERS = 60;
/** What a peer sends is held once, in a buffer that grows by doubling: never more than four times that. */
const HOARD_BOUND = HOARDERS * MAX_FRAGMENTS * 4 + 16 * MIB;

async function hoard(victim: Victim, connections: number): Promise<Attacker[]> {
  const message = fragments(MAX_FRAGMENTS - 1, 1);
  const attackers: Attacker[] = [];
  for (let count = 0; count < connections; count++) {
    const attacker = await Attacker.open(victim);
    attackers.push(attacker);
    // The Pong says that all of it has been read.
    attacker.send(message, frame(PING));
    await attacker.expect(PONG);
  }
  return attackers;
}

attack('F12', {
  bound: HOARD_BOUND,
  async run(victim) {
    const attackers = await hoard(victim, HOARDERS);
    await isServed(victim);
    for (const attacker of attackers) attacker.reset();
  },
  control: [
    '`ws`, which keeps the fragments one by one, is seen to pass the bound for a connection',
    async () => {
      const victim = await Victim.start({ library: 'ws', server: { maxFragments: 0 } });
      const { growth } = await suffer(victim, async () => {
        for (const attacker of await hoard(victim, 10)) attacker.reset();
      });
      expect(growth / 10).toBeGreaterThan(HOARD_BOUND / HOARDERS);
    },
  ],
});

attack('F13', {
  bound: 16 * MIB,
  async run(victim) {
    const flood = repeated(frame(CONTINUATION, '', { fin: false }), 1_000_000);
    const offence: Offence = ['a million', Buffer.concat([frame(TEXT, '', { fin: false }), flood]), 1008];
    await Promise.all([isRefused(victim, [offence]), isServedAlways(victim, 3)]);
  },
  control: [
    'without a limit all of them are taken',
    async () => {
      const flood = fragments(1_000_000, 0, true);
      await isTaken({ server: { maxFragments: 0 } }, [['a million', flood, ['Text 0']]]);
    },
  ],
});

async function isServedAlways(victim: Victim, times: number): Promise<void> {
  for (let count = 0; count < times; count++) await isServed(victim);
}

/** As long as a Ping may be. */
const LONG_PING = frame(PING, Buffer.alloc(125, 'p'));

attack('F14', {
  bound: 16 * MIB,
  async run(victim) {
    const attacker = await Attacker.open(victim);
    const count = 100_000;
    attacker.socket.write(repeated(LONG_PING, count));
    attacker.send(frame(PING, 'last'));
    let pongs = 0;
    let bytesOut = 0;
    for (;;) {
      const { opcode, payload } = await attacker.expect(PONG);
      expect(opcode).toBe(PONG);
      pongs++;
      bytesOut += 2 + payload.length;
      if (payload.equals(Buffer.from('last'))) break;
    }
    // RFC 6455 §5.5.3: the latest is always answered; each is, at most once.
    expect(pongs).toBeLessThanOrEqual(count + 1);
    expect(bytesOut).toBeLessThanOrEqual(LONG_PING.length * count + 10);
    await attacker.leave();
  },
  control: [
    'a few are answered one by one',
    () => isTaken({}, [['three', repeated(LONG_PING, 3), ['Pong 125', 'Pong 125', 'Pong 125']]]),
  ],
});

/** More than the kernel takes on both sides of a connection. */
const MUCH = 32 * MIB;
/** The answers to one read of 64 KiB may have left together before the kernel said no. */
const OUTBOUND = 128 * KIB;

/** Sends Pings and reads nothing, until the victim reads no more or has had all of them. */
async function floodUnread(victim: Victim): Promise<number> {
  const attacker = await Attacker.open(victim);
  attacker.socket.pause();
  let most = 0;
  const piece = repeated(LONG_PING, Math.floor(MIB / LONG_PING.length));
  for (let sent = 0; sent < MUCH; sent += piece.length) {
    await new Promise((resolve) => attacker.socket.write(piece, resolve));
    most = Math.max(most, (await victim.report()).buffered);
  }
  attacker.reset();
  return most;
}

attack('F15', {
  bound: 16 * MIB,
  async run(victim) {
    expect(await floodUnread(victim)).toBeLessThanOrEqual(OUTBOUND);
  },
  control: [
    '`ws`, told not to count them, is seen to queue Pongs without end',
    async () => {
      const victim = await Victim.start({ library: 'ws', server: { maxPendingAutoPongs: 0 } });
      expect(await floodUnread(victim)).toBeGreaterThan(OUTBOUND * 10);
    },
  ],
});

attack('F16', {
  bound: 16 * MIB,
  async run(victim) {
    const attacker = await Attacker.open(victim);
    attacker.socket.write(repeated(frame(PONG, 'nobody asked'), 200_000));
    attacker.send(frame(TEXT, 'still here'));
    // Nothing but the echo comes back.
    expect(summary(await attacker.next())).toBe('Text 10');
    expect(attacker.frames).toEqual([]);
    await attacker.leave();
  },
  control: [
    'a Ping among them is answered',
    () => isTaken({}, [['a ping', Buffer.concat([frame(PONG), frame(PING, 'x'), frame(PONG)]), ['Pong 1']]]),
  ],
});

attack('F17', {
  bound: 8 * MIB,
  async run(victim) {
    const behind: [string, Buffer][] = [
      ['text', frame(TEXT, 'x')],
      ['a ping', frame(PING, 'x')],
      ['a second Close', closeFrame(3000)],
      ['an offence', frame(15, 'x')],
      ['a megabyte', frame(BINARY, Buffer.alloc(1_000_000))],
    ];
    for (const [name, bytes] of behind) {
      const attacker = await Attacker.open(victim);
      attacker.send(closeFrame(4001), bytes);
      const frames = await attacker.rest();
      attacker.socket.end();
      expect([name, frames.map(summary)]).toEqual([name, ['Close 4001']]);
    }
    const { closed, violations } = await victim.until(({ clients }) => clients === 0);
    expect(closed[4001]).toBe(behind.length);
    expect(violations).toEqual({});
  },
  control: [
    'the same in front of the Close are answered',
    () =>
      isTaken({}, [
        [
          'text and a ping',
          Buffer.concat([frame(TEXT, 'x'), frame(PING), closeFrame(4001)]),
          ['Text 1', 'Pong 0', 'Close 4001'],
        ],
      ]),
  ],
});

/** A mebibyte of the shortest frames there are. */
const SHORTEST = frame(BINARY);
const IN_A_MEBIBYTE = Math.floor(MIB / SHORTEST.length);

attack('F18', {
  victim: { behaviour: 'swallow' },
  bound: 24 * MIB,
  async run(victim) {
    const attacker = await Attacker.open(victim);
    attacker.socket.write(repeated(SHORTEST, IN_A_MEBIBYTE));
    await isServed(victim);
    await victim.until(({ messages }) => messages >= IN_A_MEBIBYTE);
    await attacker.leave();
    // The kernel cuts what it hands over; the parser does not need it to.
    expect(framesIn(repeated(SHORTEST, IN_A_MEBIBYTE))).toBe(IN_A_MEBIBYTE);
  },
  control: [
    'a parser that calls itself for each frame is seen to run out of stack',
    async () => {
      const recursive = (left: number): number => (left === 0 ? 0 : 1 + recursive(left - 1));
      expect(() => recursive(IN_A_MEBIBYTE)).toThrow(RangeError);
    },
  ],
});

/** How many frames the parser finds in one chunk. */
function framesIn(chunk: Buffer): number {
  let count = 0;
  const sink = {
    onFrame: () => ++count > 0,
    onFrameHeader: () => true,
    onFramePart: () => true,
    onViolation: () => {},
  };
  new FrameParser(sink, { masked: true, rsv1: false }).push(chunk);
  return count;
}

/** As many as a peer may send in a second, and at once. */
const RATE = 1_000;
const FLOOD = 3 * RATE;

attack('F19', {
  victim: { server: { maxMessageRate: RATE } },
  bound: 16 * MIB,
  async run(victim) {
    const before = await victim.report();
    const attackers = await Attacker.crowd(victim, 10);
    for (const attacker of attackers) attacker.socket.write(repeated(frame(TEXT, 'x'), FLOOD));
    // While they are held back, others are served; and not one of their messages is lost in the end.
    await isServedAlways(victim, 3);
    for (const attacker of attackers) {
      for (let count = 0; count < FLOOD; count++) await attacker.expect(TEXT);
      await attacker.leave();
    }
    const honest = 3;
    expect((await victim.report()).messages - before.messages).toBe(attackers.length * FLOOD + honest);
    // And a server that would rather be rid of them is.
    const strict = await Victim.start({ server: { maxMessageRate: RATE, fastProducer: 'close' } });
    const attacker = await Attacker.open(strict);
    attacker.socket.write(repeated(frame(TEXT, 'x'), FLOOD));
    expect(await attacker.closeCode()).toBe(1008);
    expect((await strict.report()).messages).toBeLessThan(FLOOD);
  },
  control: [
    'without a rate nobody is closed for the same',
    async () => {
      const victim = await Victim.start({ server: { fastProducer: 'close' } });
      const attacker = await Attacker.open(victim);
      attacker.socket.write(repeated(frame(TEXT, 'x'), FLOOD));
      for (let count = 0; count < FLOOD; count++) await attacker.expect(TEXT);
      await attacker.leave();
    },
  ],
});
