// "Anatomie du Handshake" and "Structure des Frames": the example of the seed document, octet by octet.
import { once } from 'node:events';
import { expect, it } from 'vitest';
import type { WebSocket } from '../../src/index.ts';
import { ask, field, serve } from './connection.ts';

it('a GET with a key becomes a connection over which both sides send frames at any time', async () => {
  const server = await serve();
  const connection = once(server, 'connection') as Promise<[WebSocket]>;
  const { wire, head } = await ask(server, [
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
  ]);
  expect(head.split('\r\n')[0]).toBe('HTTP/1.1 101 Switching Protocols');
  expect(field(head, 'Upgrade')).toBe('websocket');
  expect(field(head, 'Connection')).toBe('Upgrade');
  expect(field(head, 'Sec-WebSocket-Accept')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');

  const [socket] = await connection;
  socket.send('from the server, unasked');
  expect(await wire.nextFrame()).toMatchObject({ opcode: 1, fin: true, rsv1: false, masked: false });
  const message = once(socket, 'message');
  wire.frame(1, 'from the client');
  expect(String((await message)[0])).toBe('from the client');
});

it('a message whose length nobody knows yet travels in fragments: FIN clear, then opcode 0, then FIN set', async () => {
  const server = await serve();
  const connection = once(server, 'connection') as Promise<[WebSocket]>;
  const { wire } = await ask(server);
  const [socket] = await connection;
  socket.send('first', { fin: false });
  socket.send('second', { fin: false });
  socket.send('last', { fin: true });
  const frames = [await wire.nextFrame(), await wire.nextFrame(), await wire.nextFrame()];
  expect(frames.map((frame) => [frame?.opcode, frame?.fin])).toEqual([
    [1, false],
    [0, false],
    [0, true],
  ]);
});

it('a client that does not mask is sent away, for the sake of the proxies between', async () => {
  const server = await serve();
  const { wire } = await ask(server);
  wire.frame(1, 'unmasked', { masked: false });
  expect(await wire.closeStatus()).toBe(1002);
});
