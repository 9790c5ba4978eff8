// A last answer arrives, whatever the peer is doing meanwhile, and then the connection goes. RFC 9112 §9.6.
import { once } from 'node:events';
import { afterEach, expect, test, vi } from 'vitest';
import { refuse } from '../../src/transport/refuse.ts';
import { FakeSocket } from './fake-socket.ts';
import { closed, readAll, tcpPair } from './socket-pairs.ts';

afterEach(() => {
  vi.useRealTimers();
});

const ANSWER = 'HTTP/1.1 400 Bad Request\r\nX: \u00e9\r\n\r\n';

test('the peer gets the answer, one octet for each character, and then the end', async () => {
  const { ours, theirs } = await tcpPair();
  refuse(ours, ANSWER);
  expect((await readAll(theirs)).toString('latin1')).toBe(ANSWER);
  theirs.end();
  await closed(ours);
});

test('a peer that goes on sending gets the whole answer all the same: nothing unread resets the connection', async () => {
  const { ours, theirs } = await tcpPair();
  theirs.write(Buffer.alloc(300_000));
  await once(ours, 'readable');
  const answer = readAll(theirs);
  refuse(ours, ANSWER);
  theirs.write(Buffer.alloc(3_000_000));
  expect((await answer).toString('latin1')).toBe(ANSWER);
  theirs.end();
  await closed(ours);
});

test('a peer that never closes is cut off after a second', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  const socket = new FakeSocket();
  refuse(socket, ANSWER);
  vi.advanceTimersByTime(999);
  expect(socket.destroyed).toBe(false);
  vi.advanceTimersByTime(1);
  expect(socket.destroyed).toBe(true);
  expect(socket.taken.toString('latin1')).toBe(ANSWER);
});

test('a peer that resets the connection ends nothing but it', async () => {
  const { ours, theirs } = await tcpPair();
  refuse(ours, ANSWER);
  theirs.resetAndDestroy();
  await closed(ours);
});

test('a socket that is gone is left alone', async () => {
  const socket = new FakeSocket();
  socket.destroy();
  await closed(socket);
  refuse(socket, ANSWER);
  expect(socket.writes).toBe(0);
});
