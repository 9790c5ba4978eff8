// What RFC 6455 §4.2.2 and §11.3 ask of a server's answer, seen from the other end of a TCP connection.
import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ServerOptions } from '../../src/server/index.ts';
import { type Certificates, hasOpenssl, makeCertificates } from '../client/certificates.ts';
import { HANDSHAKE, RawClient, rawClient, serverWith } from './raw-client.ts';

/** {@link HANDSHAKE} with a line replaced, or more lines. */
function handshakeWith(...lines: string[]): string[] {
  const names = lines.map((line) => line.slice(0, line.indexOf(':') + 1));
  return [...HANDSHAKE.filter((line) => !names.some((name) => line.startsWith(name))), ...lines];
}

/** The values of a header in an answer. */
function valuesOf(answer: readonly string[], name: string): string[] {
  const lines = answer.filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`));
  return lines.map((line) => line.slice(line.indexOf(':') + 1).trim());
}

/** The answer of a server with these options. */
async function answerOf(options: Partial<ServerOptions>, request: readonly string[]): Promise<string[]> {
  const { port } = await serverWith(options);
  return (await rawClient(port)).ask(request);
}

const EVIL = 'Origin: https://evil.example';

describe('a client is refused', () => {
  // RFC 6455 §4.2.2(a)(c)(d)(e), §7.2.2(a), §10.2(b), §10.7(c), §11.3.1(A)
  test.each<[string, Partial<ServerOptions>, string[], number]>([
    ['for its origin', {}, handshakeWith(EVIL), 403],
    ['for a path that is not served', { path: '/other' }, HANDSHAKE, 404],
    ['for a version that is not spoken', {}, handshakeWith('Sec-WebSocket-Version: 8'), 426],
    ['for two keys', {}, [...HANDSHAKE, HANDSHAKE[4] as string], 400],
    ['for no key', {}, HANDSHAKE.toSpliced(4, 1), 400],
    ['by the application', { verifyClient: () => false }, HANDSHAKE, 401],
  ])('%s before there is a WebSocket, and the connection is ended', async (_, options, request, status) => {
    const { server, port } = await serverWith(options);
    let opened = 0;
    server.on('connection', () => opened++);
    const client = await rawClient(port);
    const [statusLine] = await client.ask(request);
    expect(statusLine).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    await client.end();
    expect(opened).toBe(0);
    expect(server.clients?.size).toBe(0);
  });

  // RFC 6455 §4.2.2(d), §4.4(a)
  test('for its version, and told the version that is spoken', async () => {
    const answer = await answerOf({}, handshakeWith('Sec-WebSocket-Version: 25'));
    expect(valuesOf(answer, 'Sec-WebSocket-Version')).toEqual(['13']);
  });

  // RFC 6455 §4.4(a)
  test('for something else, and told the version too when its own is not spoken', async () => {
    const hixie = handshakeWith('Sec-WebSocket-Key: ', 'Sec-WebSocket-Version: ');
    expect(valuesOf(await answerOf({}, hixie), 'Sec-WebSocket-Version')).toEqual(['13']);
  });
});

describe('the subprotocol', () => {
  const asked = handshakeWith('Sec-WebSocket-Protocol: chat', 'Sec-WebSocket-Protocol: superchat, v2.chat');

  // RFC 6455 §4.2.2(f)
  test('is one that the client asked for', async () => {
    const options = { handleProtocols: (protocols: Set<string>) => [...protocols].at(-1) as string };
    expect(valuesOf(await answerOf(options, asked), 'Sec-WebSocket-Protocol')).toEqual(['v2.chat']);
  });

  // RFC 6455 §4.2.2(f)
  test('is never another, whatever the application chooses', async () => {
    const [statusLine] = await answerOf({ handleProtocols: () => 'other' }, asked);
    expect(statusLine).toMatch(/^HTTP\/1\.1 500 /);
  });

  // RFC 6455 §4.2.2(g)
  test.each<[none: string | false]>([[false], ['']])(
    'is not mentioned when the application chooses %j',
    async (none) => {
      const answer = await answerOf({ handleProtocols: () => none }, asked);
      expect(answer[0]).toMatch(/^HTTP\/1\.1 101 /);
      expect(valuesOf(answer, 'Sec-WebSocket-Protocol')).toEqual([]);
    },
  );

  // RFC 6455 §4.2.2(g)
  test('is not mentioned when the client asked for none', async () => {
    const answer = await answerOf({ handleProtocols: () => 'chat' }, HANDSHAKE);
    expect(valuesOf(answer, 'Sec-WebSocket-Protocol')).toEqual([]);
  });
});

// RFC 6455 §4.2.2(j)(k)(l)(m), §11.3.2(a), §11.3.3(a), §11.3.4(a)
test('the answer that accepts has each header of the handshake once, however often the client repeats its own', async () => {
  const offer = 'permessage-deflate; client_max_window_bits';
  const request = [
    ...HANDSHAKE,
    ...['chat', 'superchat'].map((name) => `Sec-WebSocket-Protocol: ${name}`),
    ...[offer, 'x-other', offer].map((value) => `Sec-WebSocket-Extensions: ${value}`),
  ];
  const answer = await answerOf({ perMessageDeflate: true }, request);
  expect(answer[0]).toBe('HTTP/1.1 101 Switching Protocols');
  expect(valuesOf(answer, 'Upgrade')).toEqual(['websocket']);
  expect(valuesOf(answer, 'Connection')).toEqual(['Upgrade']);
  expect(valuesOf(answer, 'Sec-WebSocket-Accept')).toEqual(['s3pPLMBiTxaQ9kYGzzhZRbK+xOo=']);
  expect(valuesOf(answer, 'Sec-WebSocket-Protocol')).toEqual(['chat']);
  expect(valuesOf(answer, 'Sec-WebSocket-Extensions')).toEqual([
    'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
  ]);
});

// RFC 6455 §4.2.2(h)(i), §9(a); RFC 7692 §5(d)(f)
test('an extension that the client did not offer, or that we do not know, is not accepted', async () => {
  expect(valuesOf(await answerOf({ perMessageDeflate: true }, HANDSHAKE), 'Sec-WebSocket-Extensions')).toEqual([]);
  const other = handshakeWith('Sec-WebSocket-Extensions: x-other, permessage-bzip2; a=1');
  expect(valuesOf(await answerOf({ perMessageDeflate: true }, other), 'Sec-WebSocket-Extensions')).toEqual([]);
});

test('there is an openssl where the results count', () => {
  if (process.env.CI === 'true') expect(hasOpenssl).toBe(true);
});

describe.runIf(hasOpenssl)('a port with TLS', () => {
  let certificates: Certificates;
  beforeAll(() => {
    certificates = makeCertificates();
  });

  // RFC 6455 §4.2.2(b), §10.6(a)
  test('accepts through TLS', async () => {
    const { port } = await serverWith({ tls: certificates.server });
    const socket = connectTls({ port, host: '127.0.0.1', servername: 'localhost', ca: certificates.ca });
    await once(socket, 'secureConnect');
    expect((await new RawClient(socket).ask(HANDSHAKE))[0]).toBe('HTTP/1.1 101 Switching Protocols');
  });

  // RFC 6455 §4.2.2(b)
  test('closes without a word of HTTP when that fails', async () => {
    const { server, port } = await serverWith({ tls: certificates.server });
    server.on('connection', () => expect.unreachable());
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk)).on('error', () => {});
    socket.write(`${HANDSHAKE.join('\r\n')}\r\n\r\n`);
    await once(socket, 'close');
    expect(Buffer.concat(chunks).toString('latin1')).not.toContain('HTTP');
  });
});
