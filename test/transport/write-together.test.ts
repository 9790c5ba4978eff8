// Several buffers to one socket.
import { afterEach, expect, test } from 'vitest';
import { writeTogether } from '../../src/transport/write-together.ts';
import { FakeSocket } from './fake-socket.ts';

const sockets: FakeSocket[] = [];

function socket(): FakeSocket {
  const made = new FakeSocket('now');
  sockets.push(made);
  return made;
}

afterEach(() => {
  for (const each of sockets.splice(0)) each.destroy();
});

test.each([
  ['one', [70_000]],
  ['several short ones', [1, 16_382, 1]],
  ['several long ones', [1, 16_383, 1]],
])('%s reach the kernel in one call, in their order', async (_which, lengths) => {
  const to = socket();
  const buffers = lengths.map((length, index) => Buffer.alloc(length, index + 1));
  const whole = Buffer.concat(buffers);
  await new Promise<void>((resolve) => writeTogether(to, buffers, whole.length, () => resolve()));
  expect(to.taken.equals(whole)).toBe(true);
  expect(to.writes).toBe(1);
});

test('the answer is that of the socket: whether there is room for more', () => {
  const full = new FakeSocket('never');
  sockets.push(full);
  const most = full.writableHighWaterMark;
  expect(writeTogether(full, [Buffer.alloc(1), Buffer.alloc(1)], 2, undefined)).toBe(true);
  expect(writeTogether(full, [Buffer.alloc(most), Buffer.alloc(1)], most + 1, undefined)).toBe(false);
});
