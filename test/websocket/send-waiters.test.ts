// Those who wait for room: served in order, as long as there is room; told when there will be none.
import { describe, expect, test, vi } from 'vitest';
import { SendWaiters } from '../../src/websocket/send-waiters.ts';

describe('send waiters', () => {
  test('are let through in order while there is room, and no further', async () => {
    const waiters = new SendWaiters();
    const sent: string[] = [];
    const promises = ['a', 'b', 'c'].map((name) => waiters.wait(() => void sent.push(name)));
    waiters.release(() => sent.length < 2);
    expect(sent).toEqual(['a', 'b']);
    await Promise.all(promises.slice(0, 2));
    expect(waiters.isEmpty).toBe(false);
    waiters.release(() => true);
    await promises[2];
    expect(waiters.isEmpty).toBe(true);
  });

  test('whose turn throws are rejected, and the next are served', async () => {
    const waiters = new SendWaiters();
    const bad = waiters.wait(() => {
      throw new TypeError('mine');
    });
    const good = waiters.wait(() => {});
    waiters.release(() => true);
    await expect(bad).rejects.toThrow('mine');
    await good;
  });

  test('that come while others are served wait for their turn', async () => {
    const waiters = new SendWaiters();
    const late = vi.fn();
    let latecomer: Promise<void> | undefined;
    const first = waiters.wait(() => {
      latecomer = waiters.wait(late);
    });
    let room = 1;
    waiters.release(() => room-- > 0);
    await first;
    expect(late).not.toHaveBeenCalled();
    waiters.release(() => true);
    await latecomer;
    expect(late).toHaveBeenCalledOnce();
  });

  test('are all rejected when there will be no room any more', async () => {
    const waiters = new SendWaiters();
    const send = vi.fn();
    const promises = [waiters.wait(send), waiters.wait(send)];
    const reason = new Error('closed');
    waiters.abandon(reason);
    for (const promise of promises) await expect(promise).rejects.toBe(reason);
    waiters.release(() => true);
    expect(send).not.toHaveBeenCalled();
    expect(waiters.isEmpty).toBe(true);
  });
});
