// "Options Avancées": permessage-deflate with the options of the seed document, and the limit on messages beside it.
import { once } from 'node:events';
import { inflateRawSync } from 'node:zlib';
import { expect, it } from 'vitest';
import type { WebSocket } from '../../src/index.ts';
import { ask, field, join, type Options, serve } from './connection.ts';

const OPTIONS: Options = {
  perMessageDeflate: {
    zlibDeflateOptions: { level: 6, memLevel: 8 },
    zlibInflateOptions: { chunkSize: 10 * 1024 },
    clientNoContextTakeover: true,
    serverNoContextTakeover: true,
    threshold: 1024,
  },
  maxPayload: 5 * 1024 * 1024,
};

/** JSON as such programs send it. */
const JSON_TEXT = JSON.stringify(
  Array.from({ length: 40 }, (_, id) => ({
    id,
    type: 'MESSAGE',
    roomId: 'lobby',
    from: `user-${id % 7}`,
    content: 'hello',
  })),
);

const OFFER = ['Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits'];

it('the answer says that neither side remembers', async () => {
  const { head } = await ask(await serve(OPTIONS), OFFER);
  expect(field(head, 'Sec-WebSocket-Extensions')).toBe(
    'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
  );
});

it('messages from 1,024 bytes on are compressed, and JSON to less than half', async () => {
  const server = await serve(OPTIONS);
  const connection = once(server, 'connection') as Promise<[WebSocket]>;
  const { wire } = await ask(server, OFFER);
  const [socket] = await connection;
  socket.send('x'.repeat(1_023));
  socket.send('x'.repeat(1_024));
  socket.send(JSON_TEXT);
  socket.send(JSON_TEXT, { compress: false });
  const frames = [await wire.nextFrame(), await wire.nextFrame(), await wire.nextFrame(), await wire.nextFrame()];
  expect(frames.map((frame) => frame?.rsv1)).toEqual([false, true, true, false]);
  const payload = frames[2]?.payload as Buffer;
  expect(payload.length).toBeLessThan(JSON_TEXT.length / 2);
  expect(
    inflateRawSync(Buffer.concat([payload, Buffer.from([0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff])])).toString(),
  ).toBe(JSON_TEXT);
});

it('what clients compress comes out as it was', async () => {
  const server = await serve(OPTIONS);
  server.on('connection', (socket) =>
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })),
  );
  const client = await join(server, [], { perMessageDeflate: true });
  expect(client.extensions).toBe('permessage-deflate');
  const echo = once(client, 'message');
  client.send(JSON_TEXT);
  expect(String((await echo)[0])).toBe(JSON_TEXT);
});

it('a message above 5 MiB is refused, before and after inflation', async () => {
  for (const perMessageDeflate of [false, true]) {
    const server = await serve(OPTIONS);
    const client = await join(server, [], { perMessageDeflate });
    const closed = once(client, 'close');
    client.send(Buffer.alloc(5 * 1024 * 1024 + 1));
    expect((await closed)[0]).toBe(1009);
  }
});
