// The class an application holds: what its methods take and refuse, what it says about itself, and when. Real sockets.
import { Blob } from 'node:buffer';
import { once } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import { endpointOf, failOpening, WebSocket } from '../../src/websocket/websocket.ts';
import { uncaughtExceptions } from '../transport/uncaught.ts';
import {
  BINARY,
  CLOSE,
  closeFrame,
  closeOf,
  closingOf,
  frame,
  messageOf,
  open,
  PING,
  PONG,
  settled,
  TEXT,
} from './raw-peer.ts';

const NUMBERS = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 };

describe('its states', () => {
  test('are named on the class and on every instance', () => {
    const websocket = new WebSocket(null);
    for (const [name, value] of Object.entries(NUMBERS)) {
      expect(WebSocket[name as keyof typeof NUMBERS]).toBe(value);
      expect(websocket[name as keyof typeof NUMBERS]).toBe(value);
    }
    expect(Object.keys(new WebSocket(null))).not.toContain('OPEN');
  });

  test('follow one another from the opening to the end', async () => {
    expect(new WebSocket(null).readyState).toBe(WebSocket.CONNECTING);
    const { websocket, peer } = await open();
    expect(websocket.readyState).toBe(WebSocket.OPEN);
    const closing = closingOf(websocket);
    websocket.close();
    expect(websocket.readyState).toBe(WebSocket.CLOSING);
    await peer.expect(CLOSE);
    peer.send(closeFrame());
    peer.socket.end();
    await closing;
    expect(websocket.readyState).toBe(WebSocket.CLOSED);
  });
});

describe('before it is open', () => {
  test('nothing can be sent: that is the caller’s mistake', () => {
    const websocket = new WebSocket(null);
    expect(() => websocket.send('a')).toThrow(/not open.*CONNECTING/);
    expect(() => websocket.ping()).toThrow(/not open/);
    expect(() => websocket.pong(new Blob(['a']))).toThrow(/not open/);
    expect(() => websocket.sendWithBackpressure('a')).toThrow(/not open/);
  });

  test('it can be paused, resumed, closed and terminated without effect', () => {
    const websocket = new WebSocket(null);
    websocket.pause();
    expect(websocket.isPaused).toBe(false);
    websocket.resume();
    websocket.close(1000);
    websocket.terminate();
    expect([websocket.url, websocket.protocol, websocket.extensions, websocket.bufferedAmount]).toEqual([
      '',
      '',
      '',
      0,
    ]);
    expect(websocket.rtt).toBeUndefined();
  });

  test('a failed opening is an error where somebody listens, then close with 1006', () => {
    const websocket = new WebSocket(null);
    const log: unknown[] = [];
    websocket.on('close', (code) => log.push(code));
    failOpening(websocket, new Error('refused'), false);
    expect(log).toEqual([1006]);
    const other = new WebSocket(null);
    other.on('error', (error) => log.push(error.message));
    other.on('close', (code, reason) => log.push(code, String(reason)));
    failOpening(other, new Error('refused'), false);
    expect(log).toEqual([1006, 'refused', 1006, '']);
    // What the caller did wrong is not swallowed.
    expect(() => failOpening(new WebSocket(null), new Error('mine'), true)).toThrow('mine');
  });
});

describe('when it is closing or closed', () => {
  test('sending is nobody’s fault: false, an error for the callback, and the bytes count', async () => {
    const { websocket, peer } = await open();
    const closing = closingOf(websocket);
    websocket.terminate();
    const errors: unknown[] = [];
    for (const data of ['12345', Buffer.alloc(5), new Blob(['12345'])]) {
      expect(websocket.send(data, (error) => errors.push(error))).toBe(false);
    }
    expect(errors).toEqual([]);
    await closing;
    websocket.ping('12345', true, (error) => errors.push(error));
    websocket.pong((error) => errors.push(error));
    await settled();
    expect(errors).toHaveLength(5);
    for (const error of errors) expect(error).toBeInstanceOf(Error);
    expect(websocket.bufferedAmount).toBe(20);
    expect(await peer.rest()).toEqual([]);
  });

  test('close() says nothing more', async () => {
    const { websocket, peer } = await open();
    const closing = closingOf(websocket);
    websocket.close(1000, 'first');
    websocket.close(1001, 'second');
    expect(closeOf(await peer.expect(CLOSE))).toEqual({ code: 1000, reason: 'first' });
    peer.send(closeFrame(1000));
    peer.socket.end();
    await closing;
    websocket.close(1001);
    expect(peer.frames).toEqual([]);
  });
});

describe('when it is closed', () => {
  test('it has let go of its connection, so that whoever holds it holds little', async () => {
    const { websocket, peer } = await open();
    const closing = closingOf(websocket);
    expect(endpointOf(websocket)).not.toBe(undefined);
    peer.send(closeFrame(1000));
    await peer.expect(CLOSE);
    peer.socket.end();
    await closing;
    expect(endpointOf(websocket)).toBe(undefined);
    websocket.pause();
    websocket.resume();
    websocket.terminate();
    expect([websocket.readyState, websocket.isPaused, websocket.bufferedAmount]).toEqual([3, false, 0]);
  });

  test('bytes that were never taken still count', async () => {
    const { websocket } = await open();
    const closing = closingOf(websocket);
    websocket.send(Buffer.alloc(32 * 1024 * 1024));
    websocket.terminate();
    const { bufferedAmount } = websocket;
    await closing;
    expect(bufferedAmount).toBeGreaterThan(0);
    expect(websocket.send('123')).toBe(false);
    expect(websocket.bufferedAmount).toBeGreaterThanOrEqual(3);
  });
});

describe('close()', () => {
  test.each([[999], [1004], [1005], [1006], [1015], [2999], [5000], [1000.5], ['1000']])(
    'refuses the code %s',
    async (code) => {
      const { websocket } = await open();
      expect(() => websocket.close(code as number)).toThrow(TypeError);
      expect(websocket.readyState).toBe(WebSocket.OPEN);
    },
  );

  test('refuses a reason that is too long, or has no code before it', async () => {
    const { websocket } = await open();
    expect(() => websocket.close(1000, 'é'.repeat(62))).toThrow(RangeError);
    expect(() => websocket.close(undefined, 'reason')).toThrow(RangeError);
    expect(() => websocket.close(1000, 7 as never)).toThrow(TypeError);
    expect(() => websocket.close(1000, Buffer.of(0xff))).toThrow(TypeError);
  });

  test('sends the bytes of a reason in a typed array, each of them (CVE-2026-45736)', async () => {
    const { websocket, peer } = await open();
    const reason = new Float32Array(new TextEncoder().encode('eight by').buffer);
    websocket.close(1000, reason);
    const { payload } = await peer.expect(CLOSE);
    expect(payload.subarray(2).equals(Buffer.from(reason.buffer))).toBe(true);
  });
});

describe('ping() and pong()', () => {
  test('take data, the old argument of ws, and a callback, in all their places', async () => {
    const { websocket, peer } = await open();
    const called = vi.fn();
    websocket.ping();
    websocket.ping(called);
    websocket.ping('data', called);
    websocket.ping('data', true, called);
    websocket.pong(Uint8Array.from([1, 2]));
    websocket.pong(100);
    for (const text of ['', '', 'data', 'data']) expect(String((await peer.expect(PING)).payload)).toBe(text);
    expect([...(await peer.expect(PONG)).payload]).toEqual([1, 2]);
    expect(String((await peer.expect(PONG)).payload)).toBe('100');
    await settled();
    expect(called).toHaveBeenCalledTimes(3);
  });

  test('take a Blob, and throw at once when it is too long', async () => {
    const { websocket, peer } = await open();
    websocket.ping(new Blob(['blob']));
    expect(String((await peer.expect(PING)).payload)).toBe('blob');
    expect(() => websocket.ping(new Blob([Buffer.alloc(126)]))).toThrow(RangeError);
    expect(() => websocket.pong(Buffer.alloc(126))).toThrow(RangeError);
    const broken = new Blob(['x']);
    Object.defineProperty(broken, 'arrayBuffer', { value: () => Promise.reject(new Error('gone')) });
    const error = await new Promise((resolve) => websocket.pong(broken, false, resolve));
    expect(error).toMatchObject({ message: 'gone' });
  });

  test('whose Blob is read too late tell their callback, and reject nothing', async () => {
    const { websocket } = await open();
    const error = new Promise((resolve) => websocket.ping(new Blob(['late']), false, resolve));
    websocket.terminate();
    expect(await error).toBeInstanceOf(Error);
  });

  test('are heard as events, and a Ping is answered unless autoPong is off', async () => {
    const { websocket, peer } = await open({ autoPong: false });
    const [[data]] = await Promise.all([once(websocket, 'ping'), peer.send(frame(PING, 'there?'))]);
    expect(String(data)).toBe('there?');
    websocket.pong('by hand');
    expect(String((await peer.expect(PONG)).payload)).toBe('by hand');
    const [[pong]] = await Promise.all([once(websocket, 'pong'), peer.send(frame(PONG, 'unasked'))]);
    expect(String(pong)).toBe('unasked');
  });
});

describe('messages', () => {
  test('come as Buffers, and binary ones in the form that binaryType says', async () => {
    const { websocket, peer } = await open();
    const forms: unknown[] = [];
    websocket.on('message', (data) => forms.push(data));
    for (const type of ['nodebuffer', 'arraybuffer', 'blob', 'fragments', 'nonsense'] as const) {
      websocket.binaryType = type as 'blob';
      peer.send(frame(BINARY, 'abc'), frame(TEXT, 'text'));
      await once(websocket, 'message');
      if (forms.length % 2 === 1) await once(websocket, 'message');
    }
    expect(websocket.binaryType).toBe('fragments');
    const [buffer, text, memory, text2, blob, text3, fragments] = forms;
    for (const each of [text, text2, text3]) expect(each).toEqual(Buffer.from('text'));
    expect(buffer).toEqual(Buffer.from('abc'));
    expect(Buffer.from(memory as ArrayBuffer).toString()).toBe('abc');
    expect(await (blob as Blob).text()).toBe('abc');
    expect(fragments).toEqual([Buffer.from('abc')]);
  });

  test('are events, too, as the WHATWG API has them', async () => {
    const { websocket, peer } = await open();
    websocket.binaryType = 'arraybuffer';
    const events: unknown[] = [];
    websocket.onmessage = ({ data }) => events.push(data);
    websocket.addEventListener('message', { handleEvent: ({ type }) => events.push(type) }, { once: true });
    peer.send(frame(TEXT, 'text'), frame(BINARY, 'abc'));
    await once(websocket, 'message');
    await settled();
    expect(events.slice(0, 2)).toEqual(['text', 'message']);
    expect(events[2]).toBeInstanceOf(ArrayBuffer);
  });

  test('can be pulled in a loop, which slows the peer down and ends with the connection', async () => {
    const { websocket, peer } = await open();
    const texts = Array.from({ length: 10 }, (_, index) => `message ${index}`);
    peer.send(...texts.map((text) => frame(TEXT, text)), closeFrame(1000));
    const seen: string[] = [];
    void peer.expect(CLOSE).then(() => peer.socket.end());
    for await (const { data, isBinary } of websocket) {
      expect(isBinary).toBe(false);
      seen.push(String(data));
      await settled();
      // The next one may have come; those behind it have not.
      expect(websocket.isPaused || seen.length === texts.length).toBe(true);
    }
    expect(seen).toEqual(texts);
    expect(websocket.readyState).not.toBe(WebSocket.OPEN);
  });

  test('pulled in a loop are not lost to a peer that sends them and goes away without a Close', async () => {
    const { websocket, peer } = await open();
    const texts = Array.from({ length: 10 }, (_, index) => `message ${index}`);
    peer.socket.end(Buffer.concat(texts.map((text) => frame(TEXT, text))));
    const seen: string[] = [];
    for await (const { data } of websocket) {
      await settled();
      await settled();
      seen.push(String(data));
    }
    expect(seen).toEqual(texts);
  });

  test('come again after a loop was left', async () => {
    const { websocket, peer } = await open();
    peer.send(frame(TEXT, 'one'));
    for await (const { data } of websocket) {
      expect(String(data)).toBe('one');
      break;
    }
    const message = messageOf(websocket);
    peer.send(frame(TEXT, 'two'));
    expect(await message).toBe('two');
  });

  test('end a loop with the error when the peer breaks a rule', async () => {
    const { websocket, peer } = await open();
    peer.send(frame(TEXT, 'one'), frame(3));
    const seen: string[] = [];
    const loop = (async () => {
      for await (const { data } of websocket) seen.push(String(data));
    })();
    await expect(loop).rejects.toMatchObject({ code: 'WS_ERR_INVALID_OPCODE' });
    expect(seen).toEqual(['one']);
    peer.socket.destroy();
  });
});

test('`await using` closes it and waits for the end', async () => {
  const { websocket, peer } = await open();
  void peer.expect(CLOSE).then(() => {
    peer.send(closeFrame());
    peer.socket.end();
  });
  await websocket[Symbol.asyncDispose]();
  expect(websocket.readyState).toBe(WebSocket.CLOSED);
  await websocket[Symbol.asyncDispose]();
});

test('a class that extends it may call its methods what it likes', async () => {
  const log: string[] = [];
  class Chat extends WebSocket {
    onMessage(): void {
      log.push('mine');
    }
    onClosed(): void {
      log.push('mine');
    }
    onDrain(): void {
      log.push('mine');
    }
  }
  const { websocket, peer } = await open({ Class: Chat });
  const message = messageOf(websocket);
  peer.send(frame(TEXT, 'hello'));
  expect(await message).toBe('hello');
  const closing = closingOf(websocket);
  websocket.terminate();
  await closing;
  expect(log).toEqual([]);
});

test('a listener of close that throws ends in the process, and nothing is left behind', async () => {
  const { websocket, peer } = await open();
  websocket.on('close', () => {
    throw new Error('mine');
  });
  const errors = await uncaughtExceptions(1, () => peer.socket.resetAndDestroy());
  expect(errors).toMatchObject([{ message: 'mine' }]);
  expect(websocket.readyState).toBe(WebSocket.CLOSED);
});

test('what it says about itself is what the opening handshake agreed on', async () => {
  const { websocket } = await open({ establishment: { protocol: 'chat', extensions: 'permessage-deflate' } });
  expect([websocket.protocol, websocket.extensions, websocket.url]).toEqual(['chat', 'permessage-deflate', '']);
});
