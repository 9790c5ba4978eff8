import { EventEmitter, once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Recording } from '../../src/inspect/recording.ts';
import { Viewer } from '../../src/inspect/viewer.ts';
import type { WebSocket } from '../../src/websocket/index.ts';
import { frameOf } from './frames.ts';
import { WatchedServer } from './watched.ts';

let watched: WatchedServer;

beforeEach(async () => {
  watched = await WatchedServer.start();
});
afterEach(() => watched.stop());

describe('a watcher is shown', () => {
  test('what passed before it came: the opening handshake first', async () => {
    await watched.connect();
    const { shown } = await watched.watch();
    const response = await shown.entry('101 Switching Protocols');
    const request = await shown.entry('GET /');
    expect(request).toMatchObject({ index: 0, author: 'client', kind: 'request', complete: true });
    expect(Buffer.from(request.bytes, 'hex').toString('latin1')).toMatch(/^GET \/ HTTP\/1\.1\r\n/);
    expect(response).toMatchObject({ index: 1, author: 'server', kind: 'response' });
    expect(response.breach).toBeUndefined();
    // Held against the request: the accept value is the one that its key asks for.
    expect(JSON.stringify(response.fields)).toContain('it answers the key');
  });

  test('each frame as it passes, masked as it came, and without its mask', async () => {
    const client = await watched.connect();
    const { shown } = await watched.watch();
    client.send('Hello');
    const sent = await shown.entry('Text');
    const bytes = Buffer.from(sent.bytes, 'hex');
    expect(bytes).toHaveLength(11);
    expect(bytes.readUInt16BE(0)).toBe(0x8185);
    expect(sent).toMatchObject({ author: 'client', summary: 'Hello', payload: { offset: 6 } });
    expect(Buffer.from(sent.payload.unmasked, 'hex').toString()).toBe('Hello');

    watched.websocket.send(Buffer.from([1, 2, 3]));
    const received = await shown.entry('Binary');
    expect(received.bytes).toBe(frameOf({ opcode: 2, payload: Buffer.from([1, 2, 3]) }).toString('hex'));
    expect(received.author).toBe('server');
  });

  test('a breach of the client, and the Close that answers it', async () => {
    const client = await watched.connect();
    client.on('error', () => {});
    const { shown } = await watched.watch();
    // A reserved opcode, masked as it should be: written past the client.
    (client as unknown as { _socket: NodeJS.WritableStream })._socket.write(Buffer.from('838000000000', 'hex'));
    expect(await shown.entry('Reserved 0x3')).toMatchObject({ breach: { offset: 0, section: 'RFC 6455 §5.2' } });
    expect(await shown.entry('Close')).toMatchObject({ author: 'server', summary: expect.stringContaining('1002') });
  });

  test('the end: both Close frames, the code, and then its own', async () => {
    const client = await watched.connect();
    const { client: watcher, shown } = await watched.watch();
    const closed = once(watcher, 'close');
    client.close(1000, 'bye');
    expect(await shown.find(({ type }) => type === 'CLOSED')).toEqual({ type: 'CLOSED', code: 1000, reason: 'bye' });
    const closes = shown.messages.filter(({ title }) => title === 'Close');
    expect(closes.map(({ author, summary }) => [author, summary])).toEqual([
      ['client', '1000 bye'],
      ['server', '1000 bye'],
    ]);
    expect((await closed)[0]).toBe(1000);
  });

  test("the state of the server's side", async () => {
    await watched.connect();
    const { shown } = await watched.watch();
    expect(await shown.find(({ type }) => type === 'STATE')).toEqual({ type: 'STATE', bufferedAmount: 0 });
  });
});

describe('a watcher may ask for a Ping', () => {
  test('and is told the round trip', async () => {
    await watched.connect();
    const { client, shown } = await watched.watch();
    client.send('{"type":"PING"}');
    expect(await shown.entry('Ping')).toMatchObject({ author: 'server' });
    const pong = await shown.entry('Pong');
    expect(pong).toMatchObject({ author: 'client' });
    const { rtt } = await shown.find((message) => message.rtt !== undefined);
    expect(rtt).toBeGreaterThan(0);
  });

  test('one at a time', async () => {
    const subject = await watched.connect('/', { autoPong: false });
    const { client, shown } = await watched.watch();
    client.send('{"type":"PING"}');
    client.send('{"type":"PING"}');
    const [data] = (await once(subject, 'ping')) as [Buffer];
    // What is written now comes behind every Ping that was asked for.
    subject.send('marker');
    await shown.find(({ summary }) => summary === 'marker');
    subject.pong(data);
    await shown.find((message) => message.rtt !== undefined);
    expect(shown.messages.filter(({ title }) => title === 'Ping')).toHaveLength(1);
  });

  test('a Pong that nobody asked for measures nothing', async () => {
    const subject = await watched.connect();
    const { shown } = await watched.watch();
    subject.pong('unasked');
    await shown.entry('Pong');
    subject.send('marker');
    await shown.find(({ summary }) => summary === 'marker');
    expect(shown.messages.filter(({ rtt }) => rtt !== undefined)).toEqual([]);
  });

  test.each(['', 'PING', '{"type":"PONG"}', '{"type": "PING"}'])('and for nothing else: %j', async (text) => {
    await watched.connect();
    const { client } = await watched.watch();
    client.send(text);
    expect((await once(client, 'close'))[0]).toBe(1008);
  });

  test('in text, not in bytes', async () => {
    await watched.connect();
    const { client } = await watched.watch();
    client.send(Buffer.from('{"type":"PING"}'));
    expect((await once(client, 'close'))[0]).toBe(1008);
  });
});

test('a watcher that does not read is not waited for: it goes on later, and sees what it missed by the indexes', async () => {
  const subject = await watched.connect();
  const { client: watcher, shown } = await watched.watch();
  await shown.entry('101 Switching Protocols');
  watcher.pause();
  subject.on('message', () => {});
  // More than any socket holds, and more entries than are kept.
  const content = 'x'.repeat(1_000);
  while (watched.watcher.bufferedAmount < 65_536) {
    await new Promise<void>((resolve) => watched.websocket.send(content, () => resolve()));
  }
  for (let count = 0; count < 300; count++) {
    await new Promise<void>((resolve) => watched.websocket.send(content, () => resolve()));
  }
  expect(watched.watcher.bufferedAmount).toBeLessThan(200_000);
  watcher.resume();
  watched.websocket.send('marker');
  await shown.find(({ summary }) => summary === 'marker');
  const indexes = shown.messages.filter(({ type }) => type === 'ENTRY').map(({ index }) => index);
  expect(indexes.every((index, at) => at === 0 || index > indexes[at - 1])).toBe(true);
  expect(indexes.at(-1)).toBeGreaterThan(indexes.length);
});

test('a watcher that has gone is sent nothing more', async () => {
  const watcher = Object.assign(new EventEmitter(), { sent: 0, send: () => ++watcher.sent > 0 });
  const websocket = Object.assign(new EventEmitter(), { bufferedAmount: 0, rtt: undefined });
  const recording = new Recording(10);
  const subject = { recording, websocket: websocket as unknown as WebSocket, context: { compression: false } };
  const piece = { isHead: false, bytes: frameOf({ payload: 'a' }), length: 3 };
  new Viewer(watcher as unknown as WebSocket, subject, () => 0);
  recording.add(piece, 'client', 0);
  await new Promise<void>((resolve) => queueMicrotask(resolve));
  expect(watcher.sent).toBe(2);
  watcher.emit('close');
  recording.add(piece, 'client', 0);
  await new Promise<void>((resolve) => queueMicrotask(resolve));
  expect(watcher.sent).toBe(2);
});

test('a watcher that leaves takes its listeners along', async () => {
  await watched.connect();
  const before = watched.websocket.listenerCount('close');
  const { client } = await watched.watch();
  expect(watched.websocket.listenerCount('close')).toBe(before + 1);
  client.close();
  await once(watched.watcher, 'close');
  expect(watched.websocket.listenerCount('close')).toBe(before);
  expect(watched.websocket.listenerCount('pong')).toBe(0);
});
