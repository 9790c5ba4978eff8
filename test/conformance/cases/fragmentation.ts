// Sections 5 and 10: fragments, and what may stand between them (RFC 6455 §5.4).
import { binary, type Case, expectAnswers, expectFailure, MOMENT, type Outcome, pong, text } from '../case.ts';
import { BINARY, CONTINUATION, type Peer, PING, PONG, TEXT } from '../peer.ts';
import type { OutgoingFrame } from '../wire.ts';

const FAIL = [1002];
const SECTION = 'RFC 6455 §5.4';
const WHOLE = text('fragment1fragment2');

const first: OutgoingFrame = { opcode: TEXT, fin: false, payload: 'fragment1' };
const last: OutgoingFrame = { opcode: CONTINUATION, payload: 'fragment2' };
const ping: OutgoingFrame = { opcode: PING, payload: 'ping payload' };
const stray = (fin: boolean): OutgoingFrame => ({ opcode: CONTINUATION, fin, payload: 'non-continuation payload' });
const after: OutgoingFrame = { opcode: TEXT, payload: 'Hello, world!' };

/** Frames in a row; each in a write of its own, all in one, or byte by byte. */
function frames(
  id: string,
  title: string,
  list: readonly OutgoingFrame[],
  chop: number,
  judge: (peer: Peer) => Promise<Outcome>,
): Case {
  return {
    id,
    title,
    section: SECTION,
    run: async (peer) => {
      for (const frame of list) await peer.send(frame, chop);
      return judge(peer);
    },
  };
}

const fails = (peer: Peer): Promise<Outcome> => expectFailure(peer, FAIL);
const echoes = (peer: Peer): Promise<Outcome> => expectAnswers(peer, [WHOLE]);
const pongThenEcho = (peer: Peer): Promise<Outcome> => expectAnswers(peer, [pong('ping payload'), WHOLE]);

/** The same three times: in writes of whole frames, in writes of 4 bytes, byte by byte. */
function threeWays(
  start: number,
  title: string,
  list: readonly OutgoingFrame[],
  judge: (peer: Peer) => Promise<Outcome>,
): Case[] {
  return [
    frames(`5.${start}`, title, list, 0, judge),
    frames(`5.${start + 1}`, `${title}, in writes of 4 bytes`, list, 4, judge),
    frames(`5.${start + 2}`, `${title}, byte by byte`, list, 1, judge),
  ];
}

const fiveWithPings =
  (pause: boolean) =>
  async (peer: Peer): Promise<Outcome> => {
    const part = (index: number): OutgoingFrame => ({
      opcode: index === 1 ? TEXT : CONTINUATION,
      fin: index === 5,
      payload: `fragment${index}`,
    });
    await peer.send(part(1));
    await peer.send(part(2));
    await peer.send({ opcode: PING, payload: 'pongme 1!' });
    if (pause) await peer.until(() => false, MOMENT);
    await peer.send(part(3));
    await peer.send(part(4));
    await peer.send({ opcode: PING, payload: 'pongme 2!' });
    await peer.send(part(5));
    const whole = text('fragment1fragment2fragment3fragment4fragment5');
    return expectAnswers(peer, [pong('pongme 1!'), pong('pongme 2!'), whole]);
  };

export const fragmentation: readonly Case[] = [
  frames('5.1', 'a Ping in two fragments fails the connection', [{ ...ping, fin: false }, last], 0, fails),
  frames('5.2', 'a Pong in two fragments too', [{ opcode: PONG, fin: false, payload: 'fragment1' }, last], 0, fails),
  ...threeWays(3, 'a text message in two fragments comes back', [first, last], echoes),
  ...threeWays(6, 'a Ping between two fragments is answered first', [first, ping, last], pongThenEcho),
  ...threeWays(9, 'a final continuation of nothing fails the connection', [stray(true), after], fails),
  ...threeWays(12, 'a continuation of nothing without FIN too', [stray(false), after], fails),
  frames('5.15', 'also behind a message that was whole', [first, last, stray(false), after], 0, (peer) =>
    expectFailure(peer, FAIL, [WHOLE], true),
  ),
  frames(
    '5.16',
    'a continuation without FIN, a text, a continuation, twice',
    [stray(false), first, last, stray(false), first, last],
    0,
    fails,
  ),
  frames('5.17', 'the same with FIN', [stray(true), first, last, stray(true), first, last], 0, fails),
  frames(
    '5.18',
    'a second text frame instead of a continuation',
    [first, { opcode: TEXT, payload: 'fragment2' }],
    0,
    fails,
  ),
  {
    id: '5.19',
    title: 'five fragments with two Pings between them and a pause of a second',
    section: SECTION,
    run: fiveWithPings(true),
  },
  { id: '5.20', title: 'the same without the pause', section: SECTION, run: fiveWithPings(false) },
];

/** Section 10: what an endpoint does by itself when messages come in other pieces than frames. */
export const automaticFragmentation: readonly Case[] = [
  {
    id: '10.1.1',
    title: 'a binary message of 65,536 bytes in frames of 1,300 comes back',
    section: SECTION,
    run: async (peer) => {
      const payload = Buffer.alloc(65_536, '*');
      await peer.sendMessage(BINARY, payload, 1_300);
      return expectAnswers(peer, [binary(payload)]);
    },
  },
];
