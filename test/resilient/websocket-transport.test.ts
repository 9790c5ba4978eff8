import { describe, expect, test } from 'vitest';
import { type LinkEnd, type LinkRequest, websocket } from '../../src/resilient/index.ts';
import { World } from './world.ts';

class FakeWebSocket {
  static last: FakeWebSocket;
  readonly given: unknown[];
  readonly calls: unknown[] = [];
  binaryType = 'blob';
  bufferedAmount = 3;
  extensions = '';
  protocol = 'sluice.v1';
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: LinkEnd) => void) | null = null;
  onerror: ((event: { error?: unknown }) => void) | null = null;

  constructor(...given: unknown[]) {
    this.given = given;
    FakeWebSocket.last = this;
  }

  send(data: unknown): void {
    this.calls.push(data);
  }

  close(...given: unknown[]): void {
    this.calls.push(['close', ...given]);
  }
}

function open(more: Partial<LinkRequest> = {}) {
  const told: unknown[] = [];
  const link = websocket.open(
    {
      url: 'ws://host/ws',
      protocols: ['sluice.v1'],
      credentials: undefined,
      firstRoom: undefined,
      connectTimeout: 1,
      WebSocket: FakeWebSocket as never,
      platform: new World(),
      ...more,
    },
    {
      onOpen: () => told.push('open'),
      onMessage: (data) => told.push(data),
      onAlive: () => told.push('alive'),
      onEnd: ({ code, reason, retry, error }) => told.push([code, reason, retry, error]),
    },
  );
  return { link, told, socket: FakeWebSocket.last };
}

describe('without credentials', () => {
  test('is open when the WebSocket is, and hands on what comes', () => {
    const { told, socket, link } = open({ webSocketOptions: { a: 1 } });
    socket.onopen?.();
    socket.onmessage?.({ data: 'hi' });
    expect([socket.given, told, link.bufferedAmount]).toEqual([
      ['ws://host/ws', ['sluice.v1'], { a: 1 }],
      ['open', 'hi'],
      3,
    ]);
  });
});

test.each([
  [{ token: 'secret' }, 'secret'],
  [{ name: 'Ada' }, 'Ada'],
])('with %j AUTH is the first message, and AUTH_OK what opens it', (credentials, token) => {
  const { told, socket } = open({ credentials });
  socket.onopen?.();
  expect([socket.calls, told]).toEqual([[JSON.stringify({ type: 'AUTH', token })], []]);
  socket.onmessage?.({ data: '{"type":"ERROR"}' });
  socket.onmessage?.({ data: '{"type":"AUTH_OK","payload":{"userId":"Ada"}}' });
  socket.onmessage?.({ data: 'then' });
  expect(told).toEqual(['alive', 'open', 'then']);
});

test('tells its end once, with the hint in the reason and what went wrong', () => {
  const { told, socket, link } = open();
  const error = new Error('refused');
  socket.onerror?.({ error });
  socket.onclose?.({ code: 1012, reason: 'restart; retry=9', wasClean: true });
  socket.onclose?.({ code: 1006, reason: '', wasClean: false });
  link.drop();
  expect(told).toEqual([[1012, 'restart; retry=9', 9, error]]);
});

test('that was dropped says nothing any more', () => {
  const { told, socket, link } = open({ credentials: { name: 'Ada' } });
  link.drop();
  socket.onopen?.();
  socket.onmessage?.({ data: 'hi' });
  socket.onclose?.({ code: 1006, reason: '', wasClean: false });
  expect([told, socket.calls, link.ping()]).toEqual([[], [['close']], false]);
});

test('without a WebSocket says so', () => {
  const { WebSocket } = globalThis;
  Reflect.deleteProperty(globalThis, 'WebSocket');
  try {
    expect(() => open({ WebSocket: undefined })).toThrow(TypeError);
  } finally {
    if (WebSocket !== undefined) globalThis.WebSocket = WebSocket;
  }
});
