// Attacks by the header of one frame, and by bytes that are not what they must be: rows F1 to F10 of the table.
import { expect } from 'vitest';
import { Connection } from '../../src/connection/index.ts';
import { BINARY, CLOSE, CONTINUATION, closeFrame, frame, PING, PONG, TEXT } from '../websocket/raw-peer.ts';
import { Attacker } from './attacker.ts';
import { bytesHeldBy } from './memory.ts';
import { attack, KIB, MIB } from './row.ts';
import { isRefused, isTaken, type Offence } from './verdict.ts';
import { buildVictim } from './victim.ts';

buildVictim();

/** Header bits. */
const RSV = [0x40, 0x20, 0x10] as const;
const FIN = 0x80;

/** A masked frame under the key 0 with these first two bytes. */
const raw = (first: number, second: number, ...rest: number[]): Buffer =>
  Buffer.from([first, second | 0x80, ...rest, 0, 0, 0, 0]);

const DRIPPED = 128 * KIB;

attack('F1', {
  bound: 16 * MIB,
  async run(victim) {
    const attacker = await Attacker.open(victim);
    const bytes = frame(BINARY, Buffer.alloc(DRIPPED, 7));
    for (const byte of bytes) {
      if (!attacker.socket.write(Buffer.from([byte])))
        await new Promise((resolve) => attacker.socket.once('drain', resolve));
    }
    expect((await attacker.next())?.payload.equals(Buffer.alloc(DRIPPED, 7))).toBe(true);
    await attacker.leave();
    // The kernel puts segments together again; what a connection keeps of single bytes shows only without it.
    const held = bytesHeldBy(1_000_000, connectionThatWaits, (connection, byte) => connection.receive(byte));
    expect(held).toBeLessThan(4 * MIB);
  },
  control: [
    'a receiver that keeps the pieces is seen to hold more than four times the payload',
    async () => {
      const held = bytesHeldBy(
        1_000_000,
        () => [] as Buffer[],
        (pieces, byte) => pieces.push(byte),
      );
      expect(held).toBeGreaterThan(4 * MIB);
    },
  ],
});

/** A connection that has been told that a mebibyte follows. */
function connectionThatWaits(): Connection {
  const nothing = (): void => {};
  const host = {
    onMessage: nothing,
    onPing: nothing,
    onPong: nothing,
    onClose: nothing,
    onComplete: nothing,
    onFail: nothing,
    onInflationEnd: nothing,
  };
  const outbox = { blocked: false } as never;
  const options = {
    isServer: true,
    maxPayload: MIB,
    maxFragments: 1,
    validateText: true,
    autoPong: true,
    oneAtATime: false,
    threshold: 0,
    nextMaskingKey: undefined,
    messageRate: undefined,
    fastProducer: 'pause' as const,
  };
  const connection = new Connection(host, outbox, options, undefined);
  connection.receive(Attacker.header(BINARY, BigInt(MIB)));
  return connection;
}

attack('F2', {
  bound: 8 * MIB,
  victim: { server: { perMessageDeflate: true } },
  async run(victim) {
    const offences: Offence[] = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => [
      `opcode ${opcode}`,
      frame(opcode, 'x'),
      1002,
    ]);
    for (const bit of RSV) {
      for (const opcode of [TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG]) {
        // What was begun is only begun for the continuation.
        const start = opcode === CONTINUATION ? frame(TEXT, 'x', { fin: false }) : Buffer.alloc(0);
        const offence = raw(FIN | bit | opcode, 0);
        offences.push([`RSV ${bit} on opcode ${opcode}`, Buffer.concat([start, offence]), 1002]);
      }
    }
    const before = await victim.report();
    await isRefused(victim, offences);
    // Nobody offered permessage-deflate: no zlib is made for RSV1.
    expect((await victim.report()).zlib).toBe(before.zlib);
    const agreed = { lines: ['Sec-WebSocket-Extensions: permessage-deflate'] };
    const withDeflate = offences.filter(([name]) => !/^RSV 64 on opcode [12]$/.test(name));
    await isRefused(victim, withDeflate, agreed);
  },
  control: [
    'the opcodes and bits that are defined are taken',
    () =>
      isTaken(
        { server: { perMessageDeflate: true } },
        [
          ['text', frame(TEXT, 'x'), ['Text 1']],
          ['binary', frame(BINARY, 'x'), ['Binary 1']],
          ['a ping', frame(PING, 'x'), ['Pong 1']],
          ['a pong, and text', Buffer.concat([frame(PONG), frame(TEXT, 'x')]), ['Text 1']],
          ['RSV1 with the extension', frame(TEXT, Buffer.from([0xaa, 0x00, 0x00]), { rsv1: true }), ['Text 1']],
        ],
        { lines: ['Sec-WebSocket-Extensions: permessage-deflate'] },
      ),
  ],
});

attack('F3', {
  bound: 8 * MIB,
  run: (victim) =>
    isRefused(victim, [
      ['text', frame(TEXT, 'x', { masked: false }), 1002],
      ['empty', frame(BINARY, '', { masked: false }), 1002],
      ['a ping', frame(PING, '', { masked: false }), 1002],
      ['a close', frame(CLOSE, '', { masked: false }), 1002],
      ['behind a good one', Buffer.concat([frame(PONG, 'x'), frame(TEXT, 'x', { masked: false })]), 1002],
    ]),
  control: ['the same frames with a mask are taken', () => isTaken({}, [['text', frame(TEXT, 'x'), ['Text 1']]])],
});

attack('F4', {
  bound: 8 * MIB,
  async run(victim) {
    const attacker = await Attacker.open(victim);
    for (const size of [0, 1, 125, 126, 65_536]) {
      const payload = Buffer.alloc(size, 'z');
      attacker.send(Attacker.shortestHeader(TEXT, size), payload);
      const echo = await attacker.next();
      expect([echo?.opcode, echo?.payload.equals(payload)]).toEqual([TEXT, true]);
    }
    await attacker.leave();
  },
  control: [
    'under another key the same bytes are not the same text, and no UTF-8',
    async () => {
      const key = [0x80, 0x80, 0x80, 0x80];
      const text = Buffer.concat([Buffer.from([0x81, 0x84, ...key]), Buffer.from('zzzz')]);
      await isTaken({}, [['a key of ones', text, ['Close 1007']]]);
    },
  ],
});

attack('F5', {
  bound: 8 * MIB,
  run: (victim) =>
    isRefused(victim, [
      ...[0, 1, 124, 125].map((size): Offence => [`16 bits for ${size}`, raw(0x82, 126, 0, size), 1002]),
      ...[0, 125, 126, 65_535].map(
        (size): Offence => [`64 bits for ${size}`, Attacker.header(BINARY, BigInt(size)), 1002],
      ),
      ['16 bits for 5 of a continuation', Buffer.concat([frame(TEXT, '', { fin: false }), raw(0x80, 126, 0, 5)]), 1002],
    ]),
  control: [
    '`ws` is seen to take them, and ours to take the shortest',
    async () => {
      await isTaken({ library: 'ws' }, [
        ['16 bits for 1', Buffer.concat([raw(0x82, 126, 0, 1), Buffer.from('x')]), ['Binary 1']],
      ]);
      await isTaken(
        {},
        [125, 126, 65_535, 65_536].map((size) => [`${size}`, frame(BINARY, Buffer.alloc(size)), [`Binary ${size}`]]),
      );
    },
  ],
});

attack('F6', {
  bound: 8 * MIB,
  run: (victim) =>
    // The header alone: the verdict does not wait for a byte of the payload.
    isRefused(
      victim,
      (
        [
          [1n << 63n, 1002],
          [(1n << 64n) - 1n, 1002],
          [(1n << 63n) - 1n, 1009],
          [1n << 53n, 1009],
          [(1n << 53n) - 1n, 1009],
          [1n << 31n, 1009],
          [BigInt(MIB) + 1n, 1009],
        ] as const
      ).map(([length, code]): Offence => [`${length}`, Attacker.header(BINARY, length), code]),
    ),
  control: [
    'the longest message that is allowed is taken',
    () => isTaken({}, [['a mebibyte', frame(BINARY, Buffer.alloc(MIB)), [`Binary ${MIB}`]]]),
  ],
});

attack('F7', {
  bound: 8 * MIB,
  run: (victim) =>
    isRefused(
      victim,
      [CLOSE, PING, PONG].flatMap((opcode): Offence[] => [
        [`opcode ${opcode} with 126 bytes`, raw(FIN | opcode, 126, 0, 126), 1002],
        [`opcode ${opcode} with 65,536 bytes`, Attacker.header(opcode, 65_536n), 1002],
        [`opcode ${opcode} without FIN`, frame(opcode, '', { fin: false }), 1002],
        ['a Close of one byte', frame(CLOSE, 'x'), 1002],
      ]),
    ),
  control: [
    'control frames of 125 bytes are taken',
    () =>
      isTaken({}, [
        ['ping', frame(PING, Buffer.alloc(125)), ['Pong 125']],
        ['close', closeFrame(1000, 'r'.repeat(123)), ['Close 1000']],
        ['an empty close', closeFrame(), ['Close undefined']],
      ]),
  ],
});

attack('F8', {
  bound: 8 * MIB,
  run: (victim) =>
    isRefused(
      victim,
      [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 9999, 65_535].map(
        (code): Offence => [`${code}`, closeFrame(code), 1002],
      ),
    ),
  control: [
    'the codes that may be used are sent back',
    () =>
      isTaken(
        {},
        [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999].map((code) => [
          `${code}`,
          closeFrame(code),
          [`Close ${code}`],
        ]),
      ),
  ],
});

/** U+1F600 without its last byte, and with a byte that cannot follow. */
const CUT = Buffer.from([0xf0, 0x9f, 0x98]);
const BAD = Buffer.from([0xf0, 0x9f, 0x41]);

attack('F9', {
  bound: 8 * MIB,
  async run(victim) {
    await isRefused(victim, [
      ['a bad byte', frame(TEXT, BAD), 1007],
      ['cut short by FIN', frame(TEXT, CUT), 1007],
      ['a surrogate', frame(TEXT, Buffer.from([0xed, 0xa0, 0x80])), 1007],
      ['an overlong slash', frame(TEXT, Buffer.from([0xc0, 0xaf])), 1007],
      ['above U+10FFFF', frame(TEXT, Buffer.from([0xf4, 0x90, 0x80, 0x80])), 1007],
      ['a close reason', frame(CLOSE, Buffer.concat([Buffer.from([0x03, 0xe8]), BAD])), 1007],
      // Nothing tells yet that the message ends: the verdict comes at the bad byte.
      ['a fragment, never finished', frame(TEXT, BAD, { fin: false }), 1007],
      ['half a frame', frame(TEXT, Buffer.concat([BAD, Buffer.alloc(100, 'x')])).subarray(0, 10), 1007],
      [
        'over two fragments, with a ping between them',
        Buffer.concat([
          frame(TEXT, CUT.subarray(0, 2), { fin: false }),
          frame(PING),
          frame(CONTINUATION, Buffer.from([0x41]), { fin: false }),
        ]),
        1007,
      ],
    ]);
  },
  control: [
    'the same characters whole are taken, however they are cut',
    () =>
      isTaken({}, [
        ['in one', frame(TEXT, '😀'), ['Text 4']],
        [
          'cut in the middle',
          Buffer.concat([frame(TEXT, CUT, { fin: false }), frame(PING), frame(CONTINUATION, Buffer.from([0x80]))]),
          ['Pong 0', 'Text 4'],
        ],
        ['as binary', frame(BINARY, BAD), ['Binary 3']],
      ]),
  ],
});

attack('F10', {
  bound: 8 * MIB,
  run: (victim) => {
    const first = frame(TEXT, 'a', { fin: false });
    return isRefused(victim, [
      ['a continuation of nothing', frame(CONTINUATION, 'a'), 1002],
      ['a continuation of nothing, not final', frame(CONTINUATION, 'a', { fin: false }), 1002],
      ['text inside text', Buffer.concat([first, frame(TEXT, 'b')]), 1002],
      ['binary inside text', Buffer.concat([first, frame(BINARY, 'b', { fin: false })]), 1002],
      [
        'a continuation behind the end',
        Buffer.concat([first, frame(CONTINUATION, 'b'), frame(CONTINUATION, 'c')]),
        1002,
      ],
    ]);
  },
  control: [
    'fragments in their order are taken, also an empty first one and a ping between them',
    () =>
      isTaken({}, [
        [
          'three',
          Buffer.concat([
            frame(TEXT, '', { fin: false }),
            frame(PING),
            frame(CONTINUATION, 'b', { fin: false }),
            frame(CONTINUATION, 'c'),
          ]),
          ['Pong 0', 'Text 2'],
        ],
      ]),
  ],
});
