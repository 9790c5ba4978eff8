import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { adapt } from '../../src/resilient-node/adapt.ts';

class SocketOfNode extends EventEmitter {
  readyState = 0;
  readonly calls: string[] = [];
  ping(): void {
    this.calls.push('ping');
  }
  terminate(): void {
    this.calls.push('terminate');
  }
}

test('a WebSocket of Node sends Pings once it is open, and tells of Pongs', () => {
  const socket = new SocketOfNode();
  const told: unknown[] = [];
  const adapted = adapt(
    socket as never,
    () => told.push('alive'),
    (end) => told.push(end),
  );
  expect(adapted?.ping()).toBe(true);
  socket.readyState = 1;
  adapted?.ping();
  socket.emit('pong');
  adapted?.drop();
  expect([socket.calls, told]).toEqual([['ping', 'terminate'], ['alive']]);
});

test('it tells with what a server refused, and when to come again', () => {
  const socket = new SocketOfNode();
  const told: unknown[] = [];
  adapt(
    socket as never,
    () => {},
    (end) => told.push(end),
  );
  socket.emit('unexpected-response', {}, { statusCode: 503, headers: { 'retry-after': '2' } });
  expect(told).toMatchObject([{ code: 1006, reason: 'the server answered 503', retry: 2_000 }]);
  expect(socket.calls).toEqual(['terminate']);
});

test("a browser's is left as it is", () => {
  expect(
    adapt(
      {} as never,
      () => {},
      () => {},
    ),
  ).toBeUndefined();
});
