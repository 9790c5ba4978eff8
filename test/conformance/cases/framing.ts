// Sections 1 to 4: framing, Ping and Pong, reserved bits, opcodes (RFC 6455 §5.2, §5.5, §5.6).
import { binary, type Case, expectAnswers, expectFailure, pong, text } from '../case.ts';
import { BINARY, CLOSE, type Peer, PING, PONG, TEXT } from '../peer.ts';

const FAIL = [1002];
const HELLO = 'Hello, world!';

/** 1.1 and 1.2: every length at which the header changes. The last comes in writes of 997 bytes. */
const LENGTHS: readonly (readonly [length: number, chop: number])[] = [
  [0, 0],
  [125, 0],
  [126, 0],
  [127, 0],
  [128, 0],
  [65_535, 0],
  [65_536, 0],
  [65_536, 997],
];

const echoes: Case[] = [TEXT, BINARY].flatMap((opcode) =>
  LENGTHS.map(([length, chop], index) => ({
    id: `1.${opcode}.${index + 1}`,
    title: `a ${opcode === TEXT ? 'text' : 'binary'} message of ${length} bytes${chop ? ` in writes of ${chop}` : ''} comes back`,
    section: 'RFC 6455 §5.2, §5.6',
    run: async (peer) => {
      const payload = Buffer.alloc(length, opcode === TEXT ? '*' : 0xfe);
      await peer.send({ opcode, payload }, chop);
      return expectAnswers(peer, [opcode === TEXT ? text(payload) : binary(payload)]);
    },
  })),
);

const TEN = Array.from({ length: 10 }, (_, index) => `payload-${index}`);

/** A case about Pings: what is sent, and the Pongs that have to come. */
function ping(
  id: string,
  title: string,
  send: (peer: Peer) => Promise<void>,
  answers: readonly (string | Buffer)[],
): Case {
  return {
    id,
    title,
    section: 'RFC 6455 §5.5.2, §5.5.3',
    run: async (peer) => {
      await send(peer);
      return expectAnswers(peer, answers.map(pong));
    },
  };
}

const BINARY_PING = Buffer.from([0x00, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0x00, 0xff]);
const LONGEST_PING = Buffer.alloc(125, 0xfe);

const pings: Case[] = [
  ping('2.1', 'a Ping without payload is answered', (peer) => peer.send({ opcode: PING }), ['']),
  ping('2.2', 'a Ping with text is answered by the same', (peer) => peer.send({ opcode: PING, payload: HELLO }), [
    HELLO,
  ]),
  ping('2.3', 'a Ping with bytes that are no UTF-8 too', (peer) => peer.send({ opcode: PING, payload: BINARY_PING }), [
    BINARY_PING,
  ]),
  ping('2.4', 'a Ping of 125 bytes too', (peer) => peer.send({ opcode: PING, payload: LONGEST_PING }), [LONGEST_PING]),
  {
    id: '2.5',
    title: 'a Ping of 126 bytes fails the connection',
    section: 'RFC 6455 §5.5',
    run: async (peer) => {
      await peer.send({ opcode: PING, payload: Buffer.alloc(126, 0xfe) });
      return expectFailure(peer, FAIL);
    },
  },
  ping('2.6', 'a Ping that comes byte by byte', (peer) => peer.send({ opcode: PING, payload: LONGEST_PING }, 1), [
    LONGEST_PING,
  ]),
  ping('2.7', 'a Pong nobody asked for is ignored', (peer) => peer.send({ opcode: PONG }), []),
  ping('2.8', 'also with payload', (peer) => peer.send({ opcode: PONG, payload: 'unsolicited' }), []),
  ping(
    '2.9',
    'also before a Ping, which is answered',
    async (peer) => {
      await peer.send({ opcode: PONG, payload: 'unsolicited' });
      await peer.send({ opcode: PING, payload: 'ping' });
    },
    ['ping'],
  ),
  ping(
    '2.10',
    'ten Pings are answered in their order',
    async (peer) => {
      for (const payload of TEN) await peer.send({ opcode: PING, payload });
    },
    TEN,
  ),
  ping(
    '2.11',
    'also byte by byte',
    async (peer) => {
      for (const payload of TEN) await peer.send({ opcode: PING, payload }, 1);
    },
    TEN,
  ),
];

/** A message that is right, then a frame that is wrong, then a Ping that must not be answered. */
function wrongAfterRight(id: string, title: string, section: string, opcode: number, rsv: number, chop: number): Case {
  return {
    id,
    title,
    section,
    run: async (peer) => {
      await peer.send({ opcode: TEXT, payload: HELLO }, chop);
      await peer.send({ opcode, rsv, payload: opcode === TEXT || opcode === 4 || opcode === 6 ? HELLO : '' }, chop);
      await peer.send({ opcode: PING }, chop);
      return expectFailure(peer, FAIL, [text(HELLO)], true);
    },
  };
}

/** One frame that is wrong. */
function wrong(id: string, title: string, section: string, frame: Parameters<Peer['send']>[0]): Case {
  return {
    id,
    title,
    section,
    run: async (peer) => {
      await peer.send(frame);
      return expectFailure(peer, FAIL);
    },
  };
}

const RSV = 'RFC 6455 §5.2';

const reservedBits: Case[] = [
  wrong('3.1', 'text with RSV3 fails the connection', RSV, { opcode: TEXT, rsv: 1, payload: HELLO }),
  wrongAfterRight('3.2', 'text with RSV2, behind a right message', RSV, TEXT, 2, 0),
  wrongAfterRight('3.3', 'text with RSV2 and RSV3', RSV, TEXT, 3, 0),
  wrongAfterRight('3.4', 'text with RSV1, byte by byte', RSV, TEXT, 4, 1),
  wrong('3.5', 'binary with RSV1 and RSV3', RSV, { opcode: BINARY, rsv: 5, payload: Buffer.alloc(8, 0xff) }),
  wrong('3.6', 'a Ping with RSV1 and RSV2', RSV, { opcode: PING, rsv: 6, payload: HELLO }),
  wrong('3.7', 'a Close with all three', RSV, { opcode: CLOSE, rsv: 7 }),
];

/** 4.1 for the reserved opcodes 3 to 7, 4.2 for 11 to 15: twice alone, then behind a right message. */
const opcodes: Case[] = [3, 11].flatMap((first, group) =>
  [0, 1, 2, 3, 4].map((index) => {
    const opcode = first + index;
    const id = `4.${group + 1}.${index + 1}`;
    const title = `opcode ${opcode} fails the connection`;
    if (index < 2) return wrong(id, title, RSV, { opcode, payload: index === 1 ? 'reserved' : '' });
    return wrongAfterRight(id, `${title}, behind a right message`, RSV, opcode, 0, index === 4 ? 1 : 0);
  }),
);

export const framing: readonly Case[] = [...echoes, ...pings, ...reservedBits, ...opcodes];
