// Every rule that a server's answer can break, over a real socket: what the application is told, and what sluice:violation
// is. RFC 6455 §4.1, RFC 7692 §7.1, RFC 9112.
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { ClientOptions, HandshakeResponse } from '../../src/client/index.ts';
import { NegotiationFailures } from '../../src/deflate/index.ts';
import { HandshakeError, HandshakeFailures, type HttpRefusal, HttpRefusals } from '../../src/handshake/index.ts';
import { publications } from '../websocket/violation-messages.ts';
import { client, failureOf } from './outcomes.ts';
import { acceptOf, type RawRequest, rawServer } from './raw-server.ts';

/** Stands before the octet at fault and is not sent. */
const HERE = '«';
const START = 'HTTP/1.1 101 Switching Protocols';

/** What a server answers, and what the client was told to ask for. */
interface Example {
  readonly answer: (request: RawRequest) => string;
  readonly options?: ClientOptions;
  readonly protocols?: string[];
}

function fieldsFor(request: RawRequest): string[] {
  const accept = acceptOf(request.header('Sec-WebSocket-Key') as string);
  return ['Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${accept}`];
}

/** A good answer with another status line. */
function starting(line: string): Example {
  return { answer: (request) => [line, ...fieldsFor(request), '', ''].join('\r\n') };
}

/** A good answer in which these lines stand for those of their name, or behind them all. */
function having(...lines: string[]): Example {
  const nameOf = (line: string): string => line.slice(0, line.indexOf(':'));
  const names = new Set(lines.map(nameOf));
  return {
    answer: (request) => {
      const others = fieldsFor(request).filter((line) => !names.has(nameOf(line)));
      return [START, ...others, ...lines, '', ''].join('\r\n');
    },
  };
}

/** A good answer without a field: that it is not there is seen where the head ends. */
function without(name: string): Example {
  return {
    answer: (request) => {
      const others = fieldsFor(request).filter((line) => !line.startsWith(`${name}:`));
      return [START, ...others, `${HERE}\r\n`].join('\r\n');
    },
  };
}

/** An answer that says this about the extensions, to a client with these options. */
function agreeing(value: string, perMessageDeflate: ClientOptions['perMessageDeflate'] = true): Example {
  const options = { perMessageDeflate };
  return { ...having(`Sec-WebSocket-Extensions: ${HERE}${value}`), options };
}

const PLAIN = 'permessage-deflate; server_no_context_takeover';
const TWICE = 'Sec-WebSocket-Accept: a';

const OF_HANDSHAKES: Readonly<Record<Exclude<keyof typeof HandshakeFailures, 'InterimResponse'>, Example>> = {
  UnexpectedResponse: starting(`HTTP/1.1 ${HERE}404 Not Found`),
  HttpVersionTooLow: starting(`${HERE}HTTP/1.0 101 Switching Protocols`),
  MissingUpgrade: without('Upgrade'),
  InvalidUpgrade: having(`Upgrade: ${HERE}h2c`),
  ConnectionWithoutUpgrade: having(`Connection: ${HERE}close`),
  MissingAccept: without('Sec-WebSocket-Accept'),
  DuplicateAccept: having(TWICE, `Sec-WebSocket-Accept: ${HERE}a`),
  AcceptMismatch: having(`Sec-WebSocket-Accept: ${HERE}a`),
  MalformedExtensionList: having(`Sec-WebSocket-Extensions: ${HERE}a;;`),
  UnrequestedExtension: having(`Sec-WebSocket-Extensions: ${HERE}a`),
  UnrequestedProtocol: having(`Sec-WebSocket-Protocol: ${HERE}chat`),
  DuplicateProtocol: {
    ...having('Sec-WebSocket-Protocol: chat', `Sec-WebSocket-Protocol: ${HERE}chat`),
    protocols: ['chat'],
  },
  UnknownProtocol: { ...having(`Sec-WebSocket-Protocol: ${HERE}Chat`), protocols: ['chat'] },
  MissingProtocol: {
    answer: (request) => [START, ...fieldsFor(request), `${HERE}\r\n`].join('\r\n'),
    protocols: ['chat'],
  },
};

const OF_EXTENSIONS: Readonly<Record<keyof typeof NegotiationFailures, Example>> = {
  UnknownParameter: agreeing(`${PLAIN}; a`),
  RepeatedParameter: agreeing(`${PLAIN}; server_no_context_takeover`),
  ServerNoContextTakeoverValue: agreeing('permessage-deflate; server_no_context_takeover=1'),
  ClientNoContextTakeoverValue: agreeing(`${PLAIN}; client_no_context_takeover=1`),
  ServerMaxWindowBitsValue: agreeing(`${PLAIN}; server_max_window_bits=7`),
  ClientMaxWindowBitsValue: agreeing(`${PLAIN}; client_max_window_bits=16`),
  RepeatedExtension: agreeing(`${PLAIN}, ${PLAIN}`),
  ServerContextTakeover: agreeing('permessage-deflate', { serverNoContextTakeover: true }),
  ServerMaxWindowBitsMissing: agreeing(PLAIN, { serverMaxWindowBits: 10 }),
  ServerMaxWindowBitsTooLarge: agreeing(`${PLAIN}; server_max_window_bits=11`, { serverMaxWindowBits: 10 }),
  ClientMaxWindowBitsNotOffered: agreeing(`${PLAIN}; client_max_window_bits=10`, { clientMaxWindowBits: false }),
  ClientMaxWindowBitsMissingValue: agreeing(`${PLAIN}; client_max_window_bits`, { clientMaxWindowBits: true }),
  ClientMaxWindowBitsTooLarge: agreeing(`${PLAIN}; client_max_window_bits=11`, { clientMaxWindowBits: 10 }),
};

/** Of what HTTP itself forbids, that which only the head of a response can do. */
const OF_HEADS: Readonly<Record<string, Example>> = {
  InvalidStatusCode: starting(`HTTP/1.1 ${HERE}010 Hm`),
  InvalidReason: starting(`HTTP/1.1 101 a${HERE}\0b`),
};

/** And what its body can do, or how the head frames it. */
const OF_BODIES: Readonly<Record<string, readonly [fields: string, body: string]>> = {
  InvalidContentLength: [`Content-Length: ${HERE}-1`, ''],
  LengthWithTransferEncoding: [`Transfer-Encoding: chunked\r\nContent-Length: ${HERE}1`, ''],
  InvalidTransferEncoding: [`Transfer-Encoding: ${HERE}gzip`, ''],
  InvalidChunkSize: ['Transfer-Encoding: chunked', `3\r\nabc\r\n${HERE}x`],
  ChunkTooLarge: ['Transfer-Encoding: chunked', `2000000000000${HERE}00`],
  InvalidChunkExtension: ['Transfer-Encoding: chunked', `3 ${HERE}x`],
  ChunkExtensionsTooLarge: ['Transfer-Encoding: chunked', `3;${'a'.repeat(16_383)}${HERE}a`],
  MissingChunkEnd: ['Transfer-Encoding: chunked', `3\r\nabc${HERE}d`],
  // A trailer section is read as the fields of a head are.
  MissingColon: ['Transfer-Encoding: chunked', `0\r\nA: b\r\nCd${HERE}\r\n`],
  HeadTooLarge: ['Transfer-Encoding: chunked', `0\r\nA: ${'b'.repeat(16_381)}${HERE}`],
};

const GONE = 'IncompleteBody';

/** Writes whole, or each octet in a turn of its own. */
async function write(socket: Socket, octets: Buffer, drip: boolean): Promise<void> {
  for (const piece of drip ? Array.from(octets, (octet) => Buffer.of(octet)) : [octets]) {
    if (socket.destroyed) return;
    await new Promise((resolve) => socket.write(piece, resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** What the client makes of an answer: its error, the octets sent, and which of them was at fault. */
async function provoke({ answer, options, protocols }: Example, drip: boolean): Promise<[Error, Buffer, number]> {
  let sent = '';
  const server = await rawServer((request) => {
    sent = answer(request);
    void write(request.socket, Buffer.from(sent.replace(HERE, ''), 'latin1'), drip);
  });
  const failure = await failureOf(client(server.url, options, protocols));
  return [failure, Buffer.from(sent.replace(HERE, ''), 'latin1'), sent.indexOf(HERE)];
}

/** Holds an error against its row and the octet that was marked. */
function check(
  error: Error,
  row: { section: string; expected: string },
  sent: Buffer,
  offset: number,
  of: string,
): void {
  const { section, expected } = row;
  expect(offset).toBeGreaterThanOrEqual(0);
  expect(error).toBeInstanceOf(HandshakeError);
  expect(error).toMatchObject({ section, expected, offset, excerpt: { of } });
  const { bytes, index } = (error as HandshakeError).excerpt as NonNullable<HandshakeError['excerpt']>;
  expect(bytes[index]).toBe(sent[offset]);
}

const HEAD_ROWS = { ...HttpRefusals, ...HandshakeFailures, ...NegotiationFailures };
const HEADS: [string, Example][] = Object.entries({ ...OF_HANDSHAKES, ...OF_EXTENSIONS, ...OF_HEADS });

describe.each(HEADS)('%s', (name, example) => {
  test.each([false, true])(
    'fails with its section, its octet and what was expected; octet by octet: %s',
    async (drip) => {
      const seen = publications();
      const [error, sent, offset] = await provoke(example, drip);
      check(error, HEAD_ROWS[name as keyof typeof HEAD_ROWS], sent, offset, 'head');
      // A server that does not speak WebSocket breaks no rule.
      expect(seen.map((message) => message.error)).toEqual(name === 'UnexpectedResponse' ? [] : [error]);
      for (const { websocket } of seen) expect(websocket).toBeDefined();
    },
  );
});

/** The error of the body of an answer that is none of WebSocket's. */
async function bodyError(answer: Buffer, drip: boolean, end = false): Promise<Error> {
  const server = await rawServer((request) => {
    void write(request.socket, answer, drip).then(() => end && request.socket.end());
  });
  const websocket = client(server.url);
  const failed = failureOf(websocket);
  const faulty = new Promise<Error>((resolve) => {
    websocket.on('unexpected-response', (_request: unknown, response: HandshakeResponse) => {
      response.on('error', (error: Error) => {
        websocket.terminate();
        resolve(error);
      });
      response.resume();
    });
  });
  const error = await Promise.race([faulty, failed]);
  websocket.terminate();
  await failed;
  return error;
}

describe.each(Object.entries(OF_BODIES))('%s in a body', (name, [fields, body]) => {
  // A body of 16 KiB would take sixteen thousand turns.
  const ways = body.length > 1_000 ? [false] : [false, true];
  test.each(ways)('fails with its octet; octet by octet: %s', async (drip) => {
    const head = ['HTTP/1.1 404 Not Found', fields, '', ''].join('\r\n');
    const octets = Buffer.from((head + body).replace(HERE, ''), 'latin1');
    const seen = publications();
    const error = await bodyError(octets, drip);
    const inHead = fields.includes(HERE);
    const [marked, sent] = inHead ? [head, octets] : [body, octets.subarray(head.length)];
    const row = HttpRefusals[name as keyof typeof HttpRefusals];
    check(error, row, sent, marked.indexOf(HERE), inHead ? 'head' : 'body');
    expect(seen.map((message) => message.error)).toEqual([error]);
  });
});

test('IncompleteBody is told where the octets end', async () => {
  const answer = Buffer.from('HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nabc', 'latin1');
  const error = await bodyError(answer, false, true);
  const { section, expected } = HttpRefusals[GONE];
  expect(error).toMatchObject({ section, expected, offset: 3, excerpt: undefined });
});

test('there is an example of every row', () => {
  expect([...Object.keys(OF_HANDSHAKES), 'InterimResponse'].sort()).toEqual(Object.keys(HandshakeFailures).sort());
  expect(Object.keys(OF_EXTENSIONS).sort()).toEqual(Object.keys(NegotiationFailures).sort());
  const ofResponses = Object.values<HttpRefusal>(HttpRefusals).filter(({ status }) => status === 502);
  const examples = [...Object.keys(OF_HEADS), ...Object.keys(OF_BODIES), GONE];
  for (const { name } of ofResponses) expect(examples).toContain(name);
});

test('two Locations fail at the second, and one that is none at itself', async () => {
  const options = { followRedirects: true };
  const redirect = (...lines: string[]): Example => ({
    answer: () => ['HTTP/1.1 302 Found', ...lines, '', ''].join('\r\n'),
    options,
  });
  const seen = publications();
  const [ambiguous, octets, second] = await provoke(redirect('Location: /a', `Location: ${HERE}/b`), false);
  const row = { section: 'RFC 9110 §10.2.2', expected: 'one Location' };
  check(ambiguous, row, octets, second, 'head');
  const [invalid, , offset] = await provoke(redirect(`Location: ${HERE}ftp://a/`), false);
  expect(invalid).toMatchObject({ name: 'SyntaxError', section: row.section, offset, excerpt: { of: 'head' } });
  expect(seen.map(({ error }) => error)).toEqual([ambiguous, invalid]);
});

test('a server that only hangs up breaks no rule', async () => {
  const seen = publications();
  const server = await rawServer(({ socket }) => socket.destroy());
  const websocket = client(server.url);
  const failed = failureOf(websocket);
  await once(websocket, 'error');
  await failed;
  expect(seen).toEqual([]);
});
