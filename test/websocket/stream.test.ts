// A WebSocket as a Duplex, over real sockets: every byte both ways, backpressure both ways, and one end.
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { describe, expect, test, vi } from 'vitest';
import { readSettings } from '../../src/websocket/settings.ts';
import { createWebSocketStream } from '../../src/websocket/stream.ts';
import { establish, WebSocket } from '../../src/websocket/websocket.ts';
import { closed, tcpPair } from '../transport/socket-pairs.ts';
import { BINARY, CLOSE, closeFrame, closeOf, frame, open, RawPeer, settled, TEXT } from './raw-peer.ts';

const MIB = 1024 * 1024;

describe('what is written', () => {
  test('becomes one message for each chunk: binary, or text where strings are not decoded', async () => {
    const { websocket, peer } = await open();
    const stream = createWebSocketStream(websocket);
    stream.write('as bytes');
    expect(String((await peer.expect(BINARY)).payload)).toBe('as bytes');
    const other = await open();
    createWebSocketStream(other.websocket, { decodeStrings: false, encoding: 'utf8' }).write('as text');
    expect(String((await other.peer.expect(TEXT)).payload)).toBe('as text');
  });

  test('waits until the kernel has taken it: a peer that does not read holds the stream', async () => {
    const { websocket, peer } = await open({ maxBufferedAmount: 0, writeTimeout: 0 });
    const stream = createWebSocketStream(websocket);
    peer.socket.pause();
    let written = 0;
    const source = async function* () {
      for (; written < 64; written++) yield Buffer.alloc(MIB, written);
    };
    const piped = pipeline(source, stream);
    for (let turn = 0; turn < 50; turn++) await settled();
    expect(written).toBeLessThan(32);
    expect(websocket.bufferedAmount).toBeLessThanOrEqual(MIB + 10);
    peer.socket.resume();
    for (let count = 0; count < 64; count++) {
      expect((await peer.expect(BINARY)).payload.equals(Buffer.alloc(MIB, count))).toBe(true);
    }
    await peer.expect(CLOSE);
    peer.send(closeFrame(1000));
    peer.socket.end();
    stream.resume();
    await piped;
  });

  test('ends with a Close behind it', async () => {
    const { websocket, peer } = await open();
    const stream = createWebSocketStream(websocket);
    stream.resume();
    stream.end('last');
    await peer.expect(BINARY);
    expect(closeOf(await peer.expect(CLOSE)).code).toBeUndefined();
    peer.send(closeFrame());
    peer.socket.end();
    await once(stream, 'close');
    expect(stream.destroyed).toBe(true);
  });
});

describe('what is read', () => {
  test('is what the peer says, in order, then the end', async () => {
    const { websocket, peer } = await open();
    const stream = createWebSocketStream(websocket, { readableObjectMode: true });
    peer.send(frame(TEXT, 'text'), frame(BINARY, 'bytes'), closeFrame(1000));
    const chunks: unknown[] = [];
    stream.on('data', (chunk) => chunks.push(chunk));
    await peer.expect(CLOSE);
    peer.socket.end();
    await once(stream, 'end');
    expect(chunks).toEqual(['text', Buffer.from('bytes')]);
    stream.end();
    await once(stream, 'close');
  });

  test('pauses the socket while nobody reads, and loses nothing', async () => {
    const { websocket, peer } = await open({ maxPayload: 0 });
    const stream = createWebSocketStream(websocket);
    for (let count = 0; count < 32; count++) peer.send(frame(BINARY, Buffer.alloc(256 * 1024, count)));
    for (let turn = 0; turn < 50; turn++) await settled();
    expect(websocket.isPaused).toBe(true);
    expect(stream.readableLength).toBeLessThan(2 * MIB);
    peer.send(closeFrame(1000));
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    await peer.expect(CLOSE);
    peer.socket.end();
    await once(stream, 'end');
    const expected = Array.from({ length: 32 }, (_, count) => Buffer.alloc(256 * 1024, count));
    expect(Buffer.concat(chunks).equals(Buffer.concat(expected))).toBe(true);
    stream.destroy();
  });
});

describe('the end', () => {
  test('of a destroyed stream is that of the connection', async () => {
    const { websocket, peer } = await open();
    const stream = createWebSocketStream(websocket);
    stream.destroy();
    await once(stream, 'close');
    expect(websocket.readyState).toBe(WebSocket.CLOSED);
    expect(await peer.rest()).toEqual([]);
  });

  test('by an error is the error, then close', async () => {
    const { websocket, peer } = await open();
    const stream = createWebSocketStream(websocket);
    const log: string[] = [];
    stream.on('error', (error) => log.push(error.message));
    stream.on('close', () => log.push('close'));
    stream.destroy(new Error('mine'));
    await once(websocket, 'close');
    await settled();
    expect(log).toEqual(['mine', 'close']);
    await closed(peer.socket.end());
  });

  test('by a violation is its error, and the peer is told its code', async () => {
    const { websocket, peer } = await open();
    const stream = createWebSocketStream(websocket);
    const log: string[] = [];
    stream.on('error', (error: NodeJS.ErrnoException) => log.push(error.code ?? ''));
    stream.on('close', () => log.push('close'));
    peer.send(frame(3));
    expect(closeOf(await peer.expect(CLOSE)).code).toBe(1002);
    peer.socket.end();
    await once(websocket, 'close');
    await settled();
    expect(log).toEqual(['WS_ERR_INVALID_OPCODE', 'close']);
  });

  test('of a connection that was closed before is at once', async () => {
    const { websocket } = await open();
    const stream = createWebSocketStream(websocket);
    websocket.terminate();
    await once(stream.resume(), 'end');
    const onClose = vi.fn();
    stream.on('close', onClose);
    stream.destroy();
    await once(stream, 'close');
    await settled();
    expect(onClose).toHaveBeenCalledOnce();
    const late = createWebSocketStream(websocket);
    late.destroy(new Error('late'));
    const [error] = await once(late, 'error');
    expect(error.message).toBe('late');
  });

  test('comes when both sides are over, whichever ends last', async () => {
    const { websocket, peer } = await open();
    const stream = createWebSocketStream(websocket);
    stream.resume();
    peer.send(closeFrame(1000));
    await peer.expect(CLOSE);
    peer.socket.end();
    await once(stream, 'end');
    expect(stream.destroyed).toBe(false);
    stream.end();
    await once(stream, 'close');
  });
});

test('a stream over a WebSocket that is not open yet waits for it', async () => {
  const websocket = new WebSocket(null);
  const stream = createWebSocketStream(websocket);
  const written = new Promise((resolve) => stream.write('early', resolve));
  stream.end();
  await settled();
  const { ours, theirs } = await tcpPair();
  const peer = new RawPeer(theirs);
  const settings = readSettings({}, { isServer: true, threshold: 0, heartbeat: false, nextMaskingKey: undefined });
  const agreed = { compression: undefined, protocol: '', extensions: '' };
  establish(websocket, { socket: ours, head: Buffer.alloc(0), settings, ...agreed });
  await written;
  expect(String((await peer.expect(BINARY)).payload)).toBe('early');
  await peer.expect(CLOSE);
  websocket.terminate();
  await once(websocket, 'close');
});
