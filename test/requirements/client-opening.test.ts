// What RFC 6455 §4.1 asks of a client between its request and the answer, seen from the other end of a TCP connection.
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { parseAddress } from '../../src/client/address.ts';
import { client, opened } from '../client/outcomes.ts';
import { rawServer } from '../client/raw-server.ts';

// RFC 6455 §4.1(n)(z)
test('a client sends its request, and nothing more until the server has answered', async () => {
  const server = await rawServer(() => {});
  const websocket = client(server.url, { generateMask: (mask) => mask.fill(0), perMessageDeflate: false });
  const received: Buffer[] = [];
  server.server.on('connection', (socket: Socket) => socket.on('data', (chunk: Buffer) => received.push(chunk)));
  for (const tooEarly of [() => websocket.send('a'), () => websocket.ping(), () => websocket.pong()]) {
    expect(tooEarly).toThrow(/CONNECTING/);
  }
  await once(server.server, 'connection');
  while (server.requests.length === 0) await once(server.sockets[0] as Socket, 'data');
  const [request] = server.requests;
  if (request === undefined) return expect.unreachable();
  expect(() => websocket.send('a')).toThrow(/CONNECTING/);
  request.socket.write(request.acceptance());
  await opened(websocket);
  websocket.send('b');
  const end = Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x62]);
  while (!Buffer.concat(received).subarray(-end.length).equals(end)) await once(request.socket, 'data');
  const text = Buffer.concat(received).toString('latin1');
  expect(text.slice(text.indexOf('\r\n\r\n') + 4)).toBe(end.toString('latin1'));
});

// RFC 6455 §3(b), §4.1(q)(r), §11.1.1(a)(b), §11.1.2(a)(b)
test.each([
  ['ws://bücher.example/', 'xn--bcher-kva.example', '/'],
  ['wss://BÜCHER.example:8443/', 'xn--bcher-kva.example:8443', '/'],
  ['ws://a.example/%23 1?q=%23ü', 'a.example', '/%23%201?q=%23%C3%BC'],
  ['wss://a.example/日本', 'a.example', '/%E6%97%A5%E6%9C%AC'],
  ['ws://a.example?q', 'a.example', '/?q'],
])('%s asks %s for %s', (url, authority, path) => {
  expect(parseAddress(url)).toMatchObject({ authority, path });
});
