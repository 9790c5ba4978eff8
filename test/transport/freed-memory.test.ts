// One block, once in a process, for who reads large pieces at a time; docs/performance.md has what it is good for.
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FakeSocket } from './fake-socket.ts';

const MIB = 1_048_576;

/** The module as a process has it that has read nothing yet. */
async function freshModule(): Promise<typeof import('../../src/transport/freed-memory.ts')> {
  vi.resetModules();
  return await import('../../src/transport/freed-memory.ts');
}

describe('freed memory', () => {
  const allocate = vi.spyOn(Buffer, 'allocUnsafeSlow');
  beforeEach(() => {
    allocate.mockClear();
  });
  afterEach(() => {
    allocate.mockReset();
  });

  test('is kept from the first call on: one block is allocated, no larger than glibc learns from', async () => {
    const { keepFreedMemory } = await freshModule();
    keepFreedMemory();
    keepFreedMemory();
    expect(allocate).toHaveBeenCalledTimes(1);
    const [size] = allocate.mock.calls[0] as [number];
    expect(size).toBeLessThan(32 * MIB);
    expect(size).toBeGreaterThan(31 * MIB);
  });

  test('is left alone where there is no such block to be had', async () => {
    const { keepFreedMemory } = await freshModule();
    allocate.mockImplementation(() => {
      throw new RangeError('Array buffer allocation failed');
    });
    expect(keepFreedMemory).not.toThrow();
  });

  test('is nothing to think of until a peer sends 16 KiB at a time', async () => {
    await freshModule();
    const { adopt } = await import('../../src/transport/transport.ts');
    const socket = new FakeSocket();
    const chunks: number[] = [];
    const handler = {
      onChunk: (chunk: Buffer) => chunks.push(chunk.length),
      onPeerEnd() {},
      onSocketDrain() {},
      onSocketError() {},
      onRest() {},
      onGone() {},
    };
    const owner = { onWaiting() {}, onBlocked() {}, onUnblocked() {}, onDrain() {} };
    adopt(socket, Buffer.alloc(0), { ...handler, ...owner });
    const isBlock = ([size]: [number]): boolean => size > 31 * MIB;
    socket.emit('data', Buffer.alloc(16_383));
    expect(allocate.mock.calls.filter(isBlock)).toEqual([]);
    socket.emit('data', Buffer.alloc(16_384));
    socket.emit('data', Buffer.alloc(16_384));
    expect(allocate.mock.calls.filter(isBlock)).toHaveLength(1);
    expect(chunks).toEqual([16_383, 16_384, 16_384]);
    socket.destroy();
    await once(socket, 'close');
  });
});
