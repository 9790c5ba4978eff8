// Every rule that a client's opening handshake can break, over a real socket: what it is told, and what sluice:violation is
// told of it. RFC 6455 §4.2.1, §4.2.2, RFC 9112.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import {
  HandshakeError,
  HandshakeRefusals,
  type HttpRefusal,
  HttpRefusals,
  type RefusedHandshake,
} from '../../src/handshake/index.ts';
import { type ServerOptions, WebSocketServer } from '../../src/server/index.ts';
import type { ViolationMessage } from '../../src/websocket/index.ts';
import { publications } from '../websocket/violation-messages.ts';
import { KEY, RawClient } from './raw-client.ts';
import { echoServer, keep } from './servers.ts';

type RequestRow =
  | Exclude<keyof typeof HttpRefusals, ResponseRow>
  | Exclude<keyof typeof HandshakeRefusals, ElsewhereRow>;
/** Rows that our own parser leaves nothing to: heads that others have read are refused for them. */
type ElsewhereRow = 'TruncatedHead' | 'InvalidResourceName';
/** Rows that only a response can be refused for. */
type ResponseRow =
  | 'InvalidStatusCode'
  | 'InvalidReason'
  | 'InvalidContentLength'
  | 'LengthWithTransferEncoding'
  | 'InvalidTransferEncoding'
  | 'InvalidChunkSize'
  | 'ChunkTooLarge'
  | 'InvalidChunkExtension'
  | 'ChunkExtensionsTooLarge'
  | 'MissingChunkEnd'
  | 'IncompleteBody';

/** Stands before the octet at fault and is not sent. */
const HERE = '«';
const START = 'GET /chat HTTP/1.1';
const FIELDS = [
  'Host: localhost',
  'Upgrade: websocket',
  'Connection: Upgrade',
  `Sec-WebSocket-Key: ${KEY}`,
  'Sec-WebSocket-Version: 13',
];

/** A good head with another start line. */
function starting(line: string): string {
  return [line, ...FIELDS, '', ''].join('\r\n');
}

/** A good head in which these lines stand for those of their name, or behind them all. */
function having(...lines: string[]): string {
  const nameOf = (line: string): string => line.slice(0, line.indexOf(':'));
  const names = new Set(lines.map(nameOf));
  return [START, ...FIELDS.filter((line) => !names.has(nameOf(line))), ...lines, '', ''].join('\r\n');
}

/** A good head without a field: that it is not there is seen where the head ends. */
function without(name: string): string {
  return [START, ...FIELDS.filter((line) => !line.startsWith(`${name}:`)), `${HERE}\r\n`].join('\r\n');
}

const LIMITS = { maxHeaderSize: 64, maxHeadersCount: 5 };

/** What a client sends for each row, the octet at fault marked; and what the server is like. */
const EXAMPLES: Readonly<Record<RequestRow, readonly [head: string, options?: ServerOptions]>> = {
  BareLineFeed: [`${START}\r\nHost: a${HERE}\n`],
  BareCarriageReturn: [`${START}\r${HERE}Host: a\r\n`],
  TooManyEmptyLines: [`\r\n${HERE}\r\n`],
  InvalidMethod: [`${HERE}get / HTTP/1.1\r\n`],
  MethodTooLong: [`${'A'.repeat(32)}${HERE}A / HTTP/1.1\r\n`],
  EmptyTarget: [`GET ${HERE} HTTP/1.1\r\n`],
  InvalidTarget: [`GET /a${HERE}#b HTTP/1.1\r\n`],
  InvalidTargetForm: [`GET ${HERE}chat HTTP/1.1\r\n`],
  RequestLineTooLong: [`GET /${'a'.repeat(59)}${HERE}`, LIMITS],
  MissingVersion: [`GET /${HERE}\r\n`],
  InvalidVersion: [`GET / HTTP/${HERE}one\r\n`],
  VersionNotSupported: [`GET / HTTP/${HERE}2.0\r\n`],
  WhitespaceBeforeFields: [`${START}\r\n${HERE} Host: a\r\n`],
  ObsoleteFold: [`${START}\r\nHost: a\r\n${HERE}\tb\r\n`],
  EmptyFieldName: [`${START}\r\n${HERE}: a\r\n`],
  InvalidFieldName: [`${START}\r\nHo${HERE}(st: a\r\n`],
  WhitespaceBeforeColon: [`${START}\r\nHost${HERE} : a\r\n`],
  MissingColon: [`${START}\r\nHost${HERE}\r\n`],
  InvalidFieldValue: [`${START}\r\nHost: a${HERE}\0b\r\n`],
  HeadTooLarge: [`${START}\r\nHost: ${'a'.repeat(38)}${HERE}`, LIMITS],
  TooManyFields: [`${START}\r\n${'a:\r\n'.repeat(5)}${HERE}a:\r\n`, LIMITS],

  MethodNotGet: [starting(`${HERE}POST /chat HTTP/1.1`)],
  HttpVersionTooLow: [starting(`GET /chat ${HERE}HTTP/1.0`)],
  TransferEncoding: [having(`Transfer-Encoding: ${HERE}chunked`)],
  MalformedContentLength: [having(`Content-Length: ${HERE}+0`)],
  ContentInHandshake: [having(`Content-Length: ${HERE}5`)],
  MissingHost: [without('Host')],
  DuplicateHost: [having('Host: a', `Host: ${HERE}b`)],
  InvalidHost: [having(`Host: ${HERE}a/b`)],
  HostMismatch: [starting('GET http://other/chat HTTP/1.1').replace('Host: ', `Host: ${HERE}`)],
  NotAnUpgrade: [without('Upgrade')],
  DuplicateUpgrade: [having('Upgrade: websocket', `Upgrade: ${HERE}websocket`)],
  ConnectionWithoutUpgrade: [having(`Connection: ${HERE}keep-alive`)],
  MissingKey: [without('Sec-WebSocket-Key')],
  DuplicateKey: [having(`Sec-WebSocket-Key: ${KEY}`, `Sec-WebSocket-Key: ${HERE}${KEY}`)],
  InvalidKey: [having(`Sec-WebSocket-Key: ${HERE}c2hvcnQ=`)],
  MissingWebSocketVersion: [without('Sec-WebSocket-Version')],
  DuplicateWebSocketVersion: [having('Sec-WebSocket-Version: 13', `Sec-WebSocket-Version: ${HERE}8`)],
  InvalidWebSocketVersion: [having(`Sec-WebSocket-Version: ${HERE}013`)],
  UnsupportedWebSocketVersion: [having(`Sec-WebSocket-Version: ${HERE}8`)],
  DuplicateOrigin: [having('Origin: http://localhost', `Origin: ${HERE}http://b`)],
  EmptyProtocolList: [having(`Sec-WebSocket-Protocol: ${HERE},`)],
  MalformedProtocolList: [having(`Sec-WebSocket-Protocol: ${HERE}a b`)],
  DuplicateProtocol: [having(`Sec-WebSocket-Protocol: ${HERE}a, a`)],
  MalformedExtensionList: [having(`Sec-WebSocket-Extensions: ${HERE}a;;`)],
  TooManyExtensions: [having(`Sec-WebSocket-Extensions: ${HERE}${'a, '.repeat(32)}a`)],
  ForbiddenOrigin: [having(`Origin: ${HERE}http://evil.example`)],
  UnknownResource: [starting(`GET ${HERE}/chat HTTP/1.1`), { path: '/other' }],
};

/** The first octets too many are not read, and cannot be shown. */
const NOT_READ: readonly string[] = ['HeadTooLarge', 'RequestLineTooLong'];
/** What only the server can judge is answered in a word. */
const TERSE: readonly string[] = ['ForbiddenOrigin', 'UnknownResource'];

const ROWS = { ...HttpRefusals, ...HandshakeRefusals };

describe.each(Object.entries(EXAMPLES))('%s', (name, [marked, options]) => {
  const row = ROWS[name as RequestRow];
  const offset = marked.indexOf(HERE);
  const head = Buffer.from(marked.replace(HERE, ''), 'latin1');

  test('is refused, and published with its section, its octet and what was expected', async () => {
    expect(offset).toBeGreaterThanOrEqual(0);
    const seen = publications();
    const { port } = await echoServer(options);
    const whole = await RawClient.exchange(port, head);
    const dripped = new RawClient(port);
    await dripped.drip(head);
    await dripped.closed;
    expect(seen).toHaveLength(2);
    for (const { error, socket, websocket, request } of seen) {
      expect(error).toBeInstanceOf(HandshakeError);
      const { section, expected, status } = row;
      expect(error).toMatchObject({ section, expected, status, offset });
      const { bytes, index, of } = (error as RefusedHandshake).excerpt as NonNullable<RefusedHandshake['excerpt']>;
      expect(of).toBe('head');
      expect(bytes[index]).toBe(NOT_READ.includes(name) ? undefined : head[offset]);
      expect(bytes.subarray(0, index)).toEqual(head.subarray(offset - index, offset));
      expect(error.message).toContain(expected);
      expect(socket).toBeInstanceOf(Socket);
      expect(websocket).toBeUndefined();
      expect(request !== undefined).toBe(name in HandshakeRefusals);
    }
    for (const { status, received } of [whole, dripped]) {
      const text = received.toString();
      expect(status).toBe(row.status);
      // The body teaches, and says nothing that the client has said.
      const body = `${row.text} (${row.section})\nExpected: ${row.expected}.\n`;
      if (!TERSE.includes(name)) expect(text.slice(text.indexOf('\r\n\r\n') + 4)).toBe(body);
    }
  });
});

test('there is an example of every row', () => {
  const ofRequests = Object.values<HttpRefusal>(HttpRefusals).filter(({ status }) => status !== 502);
  const names = [...ofRequests, ...Object.values(HandshakeRefusals)].map(({ name }) => name);
  expect([...Object.keys(EXAMPLES), 'TruncatedHead', 'InvalidResourceName'].sort()).toEqual(names.sort());
});

describe('behind an http server', () => {
  async function refusedBy(options: ServerOptions, head: string): Promise<ViolationMessage[]> {
    const seen = publications();
    const http = createServer();
    keep(new WebSocketServer({ server: http, ...options }));
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    await RawClient.exchange((http.address() as AddressInfo).port, head);
    await new Promise((resolve) => http.close(resolve));
    return seen;
  }

  test('there is no octet to show, for node:http keeps none; all else is there', async () => {
    const [message] = await refusedBy({}, having('Sec-WebSocket-Version: 8'));
    const { section, expected } = HandshakeRefusals.UnsupportedWebSocketVersion;
    expect(message?.error).toMatchObject({ section, expected, status: 426, offset: undefined, excerpt: undefined });
    expect(message?.request).toMatchObject({ url: '/chat' });
  });

  test('InvalidResourceName is one of them', async () => {
    const [message] = await refusedBy({}, starting('GET * HTTP/1.1'));
    expect(message?.error).toMatchObject({ ...pick(HandshakeRefusals.InvalidResourceName), offset: undefined });
  });

  test('TruncatedHead is another', async () => {
    const [message] = await refusedBy({ maxHeadersCount: 5 }, having('A: 1'));
    expect(message?.error).toMatchObject({ ...pick(HandshakeRefusals.TruncatedHead), offset: undefined });
  });
});

function pick({ section, expected, status }: { section: string; expected: string; status: number }): object {
  return { section, expected, status };
}

test('what is no rule of an RFC is no violation: 408, 429, 503, and the 401 of verifyClient', async () => {
  const seen = publications();
  const { port } = await echoServer({ handshakeTimeout: 40 });
  const late = new RawClient(port);
  await late.closed;
  expect(late.status).toBe(408);
  const { port: strict } = await echoServer({ verifyClient: () => false });
  expect((await RawClient.exchange(strict, having())).status).toBe(401);
  const { port: full } = await echoServer({ maxConnectionsPerIp: 1 });
  const first = new RawClient(full);
  await first.send(having());
  await first.head();
  expect((await RawClient.exchange(full, having())).status).toBe(429);
  first.socket.destroy();
  expect(seen).toEqual([]);
});

test('wsClientError gets the same error, and may answer itself', async () => {
  const seen = publications();
  const { server, port } = await echoServer();
  const errors: Error[] = [];
  server.on('wsClientError', (error: Error, socket: Socket) => {
    errors.push(error);
    socket.end('HTTP/1.1 418 Mine\r\n\r\n');
  });
  expect((await RawClient.exchange(port, without('Host').replace(HERE, ''))).status).toBe(418);
  expect(errors).toEqual([seen[0]?.error]);
  expect(errors[0]).toMatchObject({ code: 'WS_ERR_HANDSHAKE_MISSING_HOST', status: 400 });
});
