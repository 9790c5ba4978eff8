import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { Visits } from '../../src/app/visits.ts';
import type { Lease } from '../../src/server/index.ts';

/** A request whose connection and answer end when a test says so. */
function exchange() {
  const response = new EventEmitter();
  const socket = Object.assign(new EventEmitter(), {
    isEnded: false,
    end() {
      socket.isEnded = true;
    },
  });
  return {
    socket,
    response: response as unknown as ServerResponse,
    request: { socket } as unknown as IncomingMessage,
    emit: (event: string): boolean => response.emit(event),
  };
}

function countingLease(): Lease & { released: number } {
  const lease = { released: 0, release: () => void lease.released++, fail() {} };
  return lease;
}

const BATCHES = { batch: 1_000, batchInterval: 100 };

describe('a visit', () => {
  test.each(['response', 'socket'] as const)('is over, once, when its %s is', (which) => {
    const visits = new Visits();
    const { request, response, socket, emit } = exchange();
    const lease = countingLease();
    const visit = visits.begin('sse', request, response, lease);
    expect([visits.count('sse'), visits.count('poll'), visit.isOver]).toEqual([1, 0, false]);
    if (which === 'response') emit('close');
    else socket.emit('close');
    emit('close');
    socket.emit('close');
    expect([visits.count('sse'), lease.released, visit.isOver]).toEqual([0, 1, true]);
    expect([socket.listenerCount('close')]).toEqual([0]);
  });

  test('is sent away when the server stops, and its connection ends behind the answer', () => {
    const visits = new Visits();
    const { request, response, socket, emit } = exchange();
    let sent = 0;
    visits.begin('poll', request, response, countingLease()).begin(() => sent++, Number.POSITIVE_INFINITY);
    visits.stop(BATCHES);
    visits.stop(BATCHES);
    expect([sent, socket.isEnded, visits.isStopping]).toEqual([1, false, true]);
    emit('finish');
    expect(socket.isEnded).toBe(true);
  });

  test('that begins when the server has stopped is sent away at once', () => {
    const visits = new Visits();
    const { request, response } = exchange();
    const visit = visits.begin('poll', request, response, countingLease());
    visits.stop(BATCHES);
    let sent = 0;
    visit.begin(() => sent++, Number.POSITIVE_INFINITY);
    expect(sent).toBe(1);
  });

  test('that is over is sent away by nobody', () => {
    const visits = new Visits();
    const { request, response, emit } = exchange();
    const visit = visits.begin('poll', request, response, countingLease());
    emit('close');
    visits.stop(BATCHES);
    visit.begin(() => expect.unreachable(), Date.now() - 1);
    visit.end();
  });

  test('is sent away when its time is over', async () => {
    const visits = new Visits();
    const { request, response, emit } = exchange();
    const visit = visits.begin('sse', request, response, countingLease());
    await new Promise<void>((resolve) => visit.begin(resolve, Date.now() + 10));
    emit('close');
  });
});
