// Section 7: the closing handshake (RFC 6455 §5.5.1, §7).
import { type Case, expectAnswers, expectCloseAnswer, expectFailure, type Outcome, PATIENCE, text } from '../case.ts';
import { CLOSE, CONTINUATION, type Peer, PING, TEXT } from '../peer.ts';

const SECTION = 'RFC 6455 §5.5.1, §7';
const PROTOCOL_ERROR = [1002];
const HELLO = 'Hello World!';

const body = (code: number, reason: string | Buffer = ''): Buffer =>
  Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]);

/** Our Close, and behind it something that must not be answered. */
function afterClose(id: string, title: string, send: (peer: Peer) => Promise<void>): Case {
  return {
    id,
    title,
    section: SECTION,
    run: async (peer) => {
      await send(peer);
      return expectCloseAnswer(peer, [1000]);
    },
  };
}

/** A Close frame with this body, which may be answered by one of these codes. */
function closeWith(id: string, title: string, payload: Buffer, codes: readonly number[]): Case {
  return {
    id,
    title,
    section: SECTION,
    run: async (peer) => {
      await peer.send({ opcode: CLOSE, payload });
      return expectCloseAnswer(peer, codes);
    },
  };
}

const behaviour: Case[] = [
  {
    id: '7.1.1',
    title: 'a message comes back, then a Close is answered',
    section: SECTION,
    run: async (peer) => {
      await peer.send({ opcode: TEXT, payload: HELLO });
      return expectAnswers(peer, [text(HELLO)]);
    },
  },
  afterClose('7.1.2', 'of two Closes one is answered', async (peer) => {
    await peer.close(1000);
    await peer.close(1000);
  }),
  afterClose('7.1.3', 'a Ping behind a Close is not answered', async (peer) => {
    await peer.close(1000);
    await peer.send({ opcode: PING });
  }),
  afterClose('7.1.4', 'nor is a message', async (peer) => {
    await peer.close(1000);
    await peer.send({ opcode: TEXT, payload: HELLO });
  }),
  afterClose('7.1.5', 'nor a message that a Close interrupts', async (peer) => {
    await peer.send({ opcode: TEXT, fin: false, payload: 'fragment1' });
    await peer.close(1000);
    await peer.send({ opcode: CONTINUATION, payload: 'fragment2' });
  }),
  {
    id: '7.1.6',
    title: 'a large message, a small one, a Close and a Ping at once: the Close is answered',
    section: SECTION,
    run: async (peer): Promise<Outcome> => {
      const large = Buffer.alloc(262_144, '*');
      await peer.send({ opcode: TEXT, payload: large });
      await peer.send({ opcode: TEXT, payload: HELLO });
      await peer.close(1000);
      await peer.send({ opcode: PING });
      const end = await peer.ended(PATIENCE);
      const echoed = peer.events.length === 2;
      if (end.fault !== undefined) return { verdict: 'FAILED', remark: end.fault };
      if (end.code !== 1000) return { verdict: 'FAILED', remark: `answered by ${end.code ?? 'no Close frame'}` };
      // Both are right: to answer what came before, or to answer the Close at once.
      return echoed
        ? { verdict: 'OK', remark: '' }
        : { verdict: 'INFORMATIONAL', remark: `${peer.events.length} echoes` };
    },
  },
];

const lengths: Case[] = [
  closeWith('7.3.1', 'a Close without a body', Buffer.alloc(0), [1005, 1000]),
  {
    id: '7.3.2',
    title: 'a Close with a body of one byte fails the connection',
    section: SECTION,
    run: async (peer) => {
      await peer.send({ opcode: CLOSE, payload: 'a' });
      return expectFailure(peer, PROTOCOL_ERROR);
    },
  },
  closeWith('7.3.3', 'a Close with a code', body(1000), [1000]),
  closeWith('7.3.4', 'a Close with a code and a reason', body(1000, HELLO), [1000]),
  closeWith('7.3.5', 'a Close with the longest reason there can be', body(1000, '*'.repeat(123)), [1000]),
  {
    id: '7.3.6',
    title: 'a Close with a reason of 124 bytes fails the connection',
    section: SECTION,
    run: async (peer) => {
      await peer.send({ opcode: CLOSE, payload: body(1000, '*'.repeat(124)) });
      return expectFailure(peer, PROTOCOL_ERROR);
    },
  },
  {
    id: '7.5.1',
    title: 'a reason that is not UTF-8 fails the connection',
    section: SECTION,
    run: async (peer) => {
      const reason = Buffer.concat([Buffer.from('κόσμε'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('edited')]);
      await peer.send({ opcode: CLOSE, payload: body(1000, reason) });
      return expectFailure(peer, [1007]);
    },
  },
];

const VALID_CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
const INVALID_CODES = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999];
const UNDEFINED_CODES = [5000, 65_535];

const codes: Case[] = [
  ...VALID_CODES.map((code, index) =>
    closeWith(`7.7.${index + 1}`, `close code ${code} is answered`, body(code), [code, 1000]),
  ),
  ...INVALID_CODES.map((code, index) => ({
    id: `7.9.${index + 1}`,
    title: `close code ${code} fails the connection`,
    section: 'RFC 6455 §7.4',
    run: async (peer: Peer) => {
      await peer.send({ opcode: CLOSE, payload: body(code) });
      return expectFailure(peer, PROTOCOL_ERROR);
    },
  })),
  ...UNDEFINED_CODES.map((code, index) => ({
    id: `7.13.${index + 1}`,
    title: `close code ${code}, of which no RFC says anything`,
    section: 'RFC 6455 §7.4.2',
    run: async (peer: Peer): Promise<Outcome> => {
      await peer.send({ opcode: CLOSE, payload: body(code) });
      const end = await peer.ended(PATIENCE);
      if (end.fault !== undefined) return { verdict: 'FAILED', remark: end.fault };
      if (end.code === 1002) return { verdict: 'OK', remark: '' };
      return { verdict: 'INFORMATIONAL', remark: `answered by ${end.code ?? 'no Close frame'}` };
    },
  })),
];

export const closing: readonly Case[] = [...behaviour, ...lengths, ...codes];
