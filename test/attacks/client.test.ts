// Servers that answer our client with everything but an acceptance: row C1 of the table. The victim is a client here, in a
// process that also serves: what a hostile server does to the one must not be felt by the other.
import { once } from 'node:events';
import { expect } from 'vitest';
import { acceptOf, answer, type RawRequest } from '../client/raw-server.ts';
import { closeFrame, frame, TEXT } from '../websocket/raw-peer.ts';
import { connect, type Made, type Respond } from './hostile-server.ts';
import { attack, KIB, MIB, suffer } from './row.ts';
import { buildVictim, Victim } from './victim.ts';

buildVictim();

/** A name, what the server does with a request, and what the client tells of it. */
type Case = readonly [name: string, respond: Respond, tells: readonly string[], made?: Made];

const BOUND = 24 * MIB;
/** More than that, and more than a client may keep of a head. */
const VOLUME = 48 * MIB;
/** Milliseconds between two bytes of a server that trickles, and those that the client gives it: much less than it takes. */
const TRICKLE = 10;
const LIMIT = { handshakeTimeout: 300 };

const failure = (code: string): string[] => [`WS_ERR_HANDSHAKE_${code}`, 'close 1006'];
const accept = (request: RawRequest): string => acceptOf(request.header('Sec-WebSocket-Key') as string);
/** The other case of every letter. */
const swap = (text: string): string =>
  text.replace(/[a-z]/gi, (c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase()));
const write =
  (text: (request: RawRequest) => string): Respond =>
  (request) =>
    request.socket.write(text(request), 'latin1');
const withLine = (line: string): Respond => write((request) => request.acceptance(line));

/** A 101 with these values. */
function switching(upgrade: string, connection: string, accepted: string): string {
  const lines = [`Upgrade: ${upgrade}`, `Connection: ${connection}`, `Sec-WebSocket-Accept: ${accepted}`];
  return answer('HTTP/1.1 101 Switching Protocols', ...lines);
}

/** Writes `start`, and `more` again and again as fast as it is taken, until `VOLUME` is sent or the client is gone. */
async function pour({ socket }: RawRequest, start: string, more: string): Promise<void> {
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const chunk = Buffer.from(more.repeat(Math.ceil((64 * KIB) / more.length)));
  socket.write(start);
  for (let sent = 0; sent < VOLUME && !socket.destroyed; sent += chunk.length) {
    if (!socket.write(chunk)) await Promise.race([once(socket, 'drain').catch(() => {}), closed]);
  }
  socket.end();
}

const longLine: Respond = (request) => pour(request, 'HTTP/1.1 101 Switching Protocols\r\nX: ', 'y');

/** Writes an acceptance a byte at a time. */
function trickle(request: RawRequest): void {
  const text = request.acceptance();
  let sent = 0;
  const timer = setInterval(() => {
    if (sent < text.length) request.socket.write(text[sent++] as string);
    else request.socket.end();
  }, TRICKLE);
  request.socket.on('close', () => clearInterval(timer));
}

const INTERIM = answer('HTTP/1.1 103 Early Hints', 'Link: <a>');
/** Far more than a server has a reason for. */
const interimFlood: Respond = (request) => request.socket.end(INTERIM.repeat(5_000) + request.acceptance());

const REFUSED: readonly Case[] = [
  [
    'other letters in Accept',
    write((r) => switching('websocket', 'Upgrade', swap(accept(r)))),
    failure('ACCEPT_MISMATCH'),
  ],
  [
    'the key for Accept',
    write((r) => switching('websocket', 'Upgrade', r.header('Sec-WebSocket-Key') as string)),
    failure('ACCEPT_MISMATCH'),
  ],
  ['Upgrade: websockets', write((r) => switching('websockets', 'Upgrade', accept(r))), failure('INVALID_UPGRADE')],
  [
    'Connection: notupgrade',
    write((r) => switching('websocket', 'notupgrade', accept(r))),
    failure('CONNECTION_WITHOUT_UPGRADE'),
  ],
  ['an extension', withLine('Sec-WebSocket-Extensions: foo'), failure('UNREQUESTED_EXTENSION')],
  [
    'one extension more',
    withLine('Sec-WebSocket-Extensions: permessage-deflate, __proto__'),
    failure('UNREQUESTED_EXTENSION'),
  ],
  [
    'permessage-deflate that was not offered',
    withLine('Sec-WebSocket-Extensions: permessage-deflate'),
    failure('UNREQUESTED_EXTENSION'),
    { options: { perMessageDeflate: false } },
  ],
  // CVE-2026-2229: it reached zlib, which threw.
  [
    'a window of 1,000 bits',
    withLine('Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=1000'),
    failure('SERVER_MAX_WINDOW_BITS_VALUE'),
  ],
  ['a subprotocol', withLine('Sec-WebSocket-Protocol: chat'), failure('UNREQUESTED_PROTOCOL')],
  [
    'another subprotocol',
    withLine('Sec-WebSocket-Protocol: CHAT'),
    failure('UNKNOWN_PROTOCOL'),
    { protocols: ['chat'] },
  ],
  ['a page without end', (r) => pour(r, answer('HTTP/1.1 200 OK'), 'page'), failure('UNEXPECTED_RESPONSE')],
  ['a redirect', write(() => answer('HTTP/1.1 302 Found', 'Location: /')), failure('UNEXPECTED_RESPONSE')],
  [
    'a redirect to itself, followed',
    write(() => answer('HTTP/1.1 302 Found', 'Location: /', 'Content-Length: 0')),
    failure('TOO_MANY_REDIRECTS'),
    { options: { followRedirects: true } },
  ],
  ['interim responses', interimFlood, failure('TOO_MANY_INTERIM_RESPONSES')],
  ['fields without end', (r) => pour(r, 'HTTP/1.1 101 x\r\n', 'a: b\r\n'), failure('TOO_MANY_FIELDS')],
  ['a line without end', longLine, failure('HEAD_TOO_LARGE')],
  ['nothing', () => {}, failure('TIMED_OUT'), { options: LIMIT }],
  ['a byte now and then', trickle, failure('TIMED_OUT'), { options: LIMIT }],
  ['a reset', ({ socket }) => socket.resetAndDestroy(), ['ECONNRESET', 'close 1006']],
  ['the end', ({ socket }) => socket.end(), ['ECONNRESET', 'close 1006']],
];

const MESSAGES = Buffer.concat([
  frame(TEXT, 'one', { masked: false }),
  frame(TEXT, 'two', { masked: false }),
  closeFrame(1000, '', { masked: false }),
]);
const DELIVERED = ['open', 'one', 'two', 'close 1000'];

/** An acceptance and two messages, cut at a point. */
const cutAt =
  (point: number): Respond =>
  (request) => {
    const bytes = Buffer.concat([Buffer.from(request.acceptance()), MESSAGES]);
    request.socket.setNoDelay();
    request.socket.write(bytes.subarray(0, point));
    setImmediate(() => request.socket.end(bytes.subarray(point)));
  };

/** Octets of `acceptance()`: it has the same length for every key. */
const ACCEPTANCE = switching('websocket', 'Upgrade', acceptOf('')).length;

const ACCEPTED: readonly Case[] = [
  // RFC 6455 §4.1: these two are compared without regard to case.
  [
    'Upgrade and Connection in other letters',
    (r) => r.socket.end(Buffer.concat([Buffer.from(switching('WebSocket', 'close, UPGRADE', accept(r))), MESSAGES])),
    DELIVERED,
  ],
  ...Array.from({ length: ACCEPTANCE + MESSAGES.length }, (_, point): Case => {
    return [`messages behind the 101, cut at ${point}`, cutAt(point), DELIVERED];
  }),
  [
    'a frame behind the 101 that is wrong',
    (r) => r.socket.end(Buffer.concat([Buffer.from(r.acceptance()), Buffer.from('a100', 'hex')])),
    ['open', 'WS_ERR_UNEXPECTED_RSV_2_3', 'close 1006'],
  ],
];

attack('C1', {
  bound: BOUND,
  async run(victim) {
    for (const [name, respond, tells, made] of [...REFUSED, ...ACCEPTED]) {
      expect([name, await connect(victim, respond, made)]).toEqual([name, tells]);
    }
  },
  control: [
    'without the limit a trickle and a flood get through, and a line without end fills the memory',
    async () => {
      const victim = await Victim.start();
      const options = { handshakeTimeout: 0, maxHeaderSize: 2 ** 30 };
      expect(await connect(victim, trickle, { options })).toContain('open');
      const { growth } = await suffer(victim, async () => {
        expect(await connect(victim, longLine, { options })).not.toContain('open');
      });
      expect(growth).toBeGreaterThan(BOUND);
      // The client of ws reads interim responses for as long as they come.
      const ws = await Victim.start({ library: 'ws' });
      expect(await connect(ws, interimFlood)).toContain('open');
    },
  ],
});
