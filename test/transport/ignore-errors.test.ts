// Between two owners an error of a socket ends nothing.
import { expect, test } from 'vitest';
import { heedErrors, ignoreErrors } from '../../src/transport/ignore-errors.ts';
import { FakeSocket } from './fake-socket.ts';
import { closed } from './socket-pairs.ts';

test('an error of a socket nobody owns is heard and forgotten', async () => {
  const socket = new FakeSocket();
  ignoreErrors(socket);
  await closed(socket.destroy(new Error('reset')));
});

test('a socket is listened to once, however often it changes hands', () => {
  const socket = new FakeSocket();
  ignoreErrors(socket);
  ignoreErrors(socket);
  expect(socket.listenerCount('error')).toBe(1);
  heedErrors(socket);
  expect(socket.listenerCount('error')).toBe(0);
  heedErrors(socket);
});
