// Nobody is shown memory that nobody has written: CVE-2016-10518 and CVE-2026-45736 were leaks of that kind. All memory
// that is taken here without being cleared is full of one octet first, which stands in no payload.
import { once } from 'node:events';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { readSources } from '../house/source-files.ts';

const taken = vi.hoisted(() => {
  const POISON = 0xa5;
  const real = { allocUnsafe: Buffer.allocUnsafe, allocUnsafeSlow: Buffer.allocUnsafeSlow };
  const count = { pieces: 0 };
  const poisoned = (size: number): ReturnType<typeof Buffer.alloc> => {
    count.pieces++;
    return Buffer.alloc(size, POISON);
  };
  // Before anything of ours is loaded: some of it takes memory at once.
  Object.assign(Buffer, { allocUnsafe: poisoned, allocUnsafeSlow: poisoned });
  return { POISON, real, count };
});

import { WebSocket, WebSocketServer } from '../../src/index.ts';
import { echoServer } from '../server/servers.ts';
import { BINARY, CLOSE, CONTINUATION, closeFrame, frame, open, PING, PONG, TEXT } from '../websocket/raw-peer.ts';

afterAll(() => Object.assign(Buffer, taken.real));

/** Around each border at which a frame has another header, or memory is had another way. */
const LENGTHS = [0, 1, 4, 125, 126, 127, 1_000, 1_024, 4_096, 65_535, 65_536, 100_000];

/** `length` octets, none of them the poison: all are ASCII. */
function bytesOf(length: number): Buffer {
  return Buffer.alloc(length, 'nothing but this ');
}

/** The same octets in the midst of others that are not to be seen, as a view whose elements have several. */
function viewed(length: number): readonly Uint8Array[] {
  const memory = Buffer.alloc(length + 16, taken.POISON);
  bytesOf(length).copy(memory, 8);
  const copy = Uint8Array.from(memory).buffer;
  const views = [
    new Float32Array(copy, 8, length / 4),
    new Uint16Array(copy, 8, length / 2),
    new DataView(copy, 8, length),
  ];
  // Every view of a buffer may be sent; the types of `ws` know of Uint8Array alone.
  return views as readonly unknown[] as readonly Uint8Array[];
}

test('the stand-in is what was taken', () => {
  expect(Buffer.allocUnsafeSlow(2)).toEqual(Buffer.of(taken.POISON, taken.POISON));
});

describe.each([true, false])('what leaves, of a server: %s,', (isServer) => {
  test('is what was said, and not an octet more', async () => {
    const { websocket, peer } = await open({ isServer, maxBufferedAmount: 0 });
    const server = new WebSocketServer({ noServer: true });
    const before = taken.count.pieces;
    for (const length of LENGTHS) {
      const bytes = bytesOf(length);
      websocket.send(bytes);
      websocket.send(String(bytes));
      websocket.send(bytes, { fin: false });
      websocket.send(bytes);
      websocket.send(server.prepare(bytes));
      for (const opcode of [BINARY, TEXT, BINARY, CONTINUATION, BINARY]) {
        expect((await peer.expect(opcode)).payload.equals(bytes), `${length} octets, opcode ${opcode}`).toBe(true);
      }
    }
    for (const [index, view] of viewed(4_000).entries()) {
      const short = viewed(100)[index] as Uint8Array;
      websocket.send(view);
      websocket.ping(short);
      websocket.pong(short);
      expect((await peer.expect(BINARY)).payload.equals(bytesOf(4_000))).toBe(true);
      expect((await peer.expect(PING)).payload.equals(bytesOf(100))).toBe(true);
      expect((await peer.expect(PONG)).payload.equals(bytesOf(100))).toBe(true);
    }
    websocket.close(1000, viewed(80)[0]);
    const { payload } = await peer.expect(CLOSE);
    expect(payload.subarray(2).equals(bytesOf(80))).toBe(true);
    peer.socket.end(closeFrame(1000, '', { masked: isServer }));
    expect(taken.count.pieces).toBeGreaterThan(before);
  });

  test('and what comes is what the peer said, whole, in pieces and answered', async () => {
    const { websocket, peer } = await open({ isServer });
    const masked = { masked: isServer };
    for (const length of LENGTHS) {
      const bytes = bytesOf(length);
      for (const frames of [
        [frame(BINARY, bytes, masked)],
        [frame(BINARY, bytes, { ...masked, fin: false }), frame(CONTINUATION, '', masked)],
        [frame(BINARY, '', { ...masked, fin: false }), frame(CONTINUATION, bytes, masked)],
      ]) {
        peer.send(...frames);
        const [data] = await once(websocket, 'message');
        expect(bytes.equals(data), `${length} octets`).toBe(true);
      }
      if (length > 125) continue;
      peer.send(frame(PING, bytes, masked));
      expect((await peer.expect(PONG)).payload.equals(bytes)).toBe(true);
    }
  });
});

test.each([true, false])('compressed messages come out as they went in, context takeover: %s', async (takeover) => {
  const perMessageDeflate = {
    serverNoContextTakeover: !takeover,
    clientNoContextTakeover: !takeover,
    threshold: 0,
  };
  const { port } = await echoServer({ perMessageDeflate });
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { perMessageDeflate });
  await once(socket, 'open');
  expect(socket.extensions).toContain('permessage-deflate');
  for (const length of LENGTHS) {
    for (const data of [bytesOf(length), String(bytesOf(length))]) {
      socket.send(data);
      const [answer] = await once(socket, 'message');
      expect(Buffer.from(data).equals(answer), `${length} octets`).toBe(true);
    }
  }
  socket.close();
  await once(socket, 'close');
});

test('memory is taken uncleared in these places, each of which overwrites what it shows', () => {
  const places = [...readSources()].flatMap(([path, source]) =>
    [...source.matchAll(/\ballocUnsafe\w*/g)].map(([name]) => `${path}: ${name}`),
  );
  expect(places.sort()).toEqual([
    'bytes/growing-buffer.ts: allocUnsafeSlow',
    'deflate/inflater.ts: allocUnsafeSlow',
    'deflate/sliding-window.ts: allocUnsafeSlow',
    'frame/frame-parser.ts: allocUnsafe',
    'http/head-buffer.ts: allocUnsafeSlow',
    'message/prepared-message.ts: allocUnsafeSlow',
    // A block that nobody is given.
    'transport/freed-memory.ts: allocUnsafeSlow',
    'transport/slab.ts: allocUnsafeSlow',
  ]);
});
