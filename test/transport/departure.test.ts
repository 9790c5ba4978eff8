// Whoever has to answer hears once that nobody is left to answer.
import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Departure } from '../../src/transport/departure.ts';

function stage() {
  const response = new EventEmitter();
  const socket = new EventEmitter();
  let gone = 0;
  const departure = new Departure(response, socket, () => gone++);
  return { response, socket, departure, gone: () => gone };
}

describe('a departure', () => {
  it.each(['response', 'socket'] as const)('is heard from the %s, once, and nothing is kept', (which) => {
    const { response, socket, gone } = stage();
    ({ response, socket })[which].emit('close');
    response.emit('close');
    socket.emit('close');
    expect(gone()).toBe(1);
    expect([response.listenerCount('close'), socket.listenerCount('close')]).toEqual([0, 0]);
  });

  it('is told once also when the connection tells its response first', () => {
    const { response, socket, gone } = stage();
    socket.prependListener('close', () => response.emit('close'));
    socket.emit('close');
    expect(gone()).toBe(1);
  });

  it('of one connection is heard by all that wait for it, with one listener', () => {
    const socket = new EventEmitter();
    const responses = Array.from({ length: 20 }, () => new EventEmitter());
    const gone: number[] = [];
    const departures = responses.map((response, index) => new Departure(response, socket, () => gone.push(index)));
    expect(socket.listenerCount('close')).toBe(1);
    departures[3]?.forget();
    responses[5]?.emit('close');
    socket.emit('close');
    expect(gone).toEqual([
      5,
      ...Array.from({ length: 20 }, (_, index) => index).filter((index) => index !== 3 && index !== 5),
    ]);
    expect(socket.listenerCount('close')).toBe(0);
  });

  it('is not heard by who has forgotten it', () => {
    const { response, socket, departure, gone } = stage();
    departure.forget();
    expect([response.listenerCount('close'), socket.listenerCount('close')]).toEqual([0, 0]);
    response.emit('close');
    expect(gone()).toBe(0);
  });

  it('lets no error of the response end the process', () => {
    const { response, departure } = stage();
    departure.forget();
    expect(() => response.emit('error', new Error('EPIPE'))).not.toThrow();
  });

  it('needs no socket', () => {
    const response = new EventEmitter();
    let gone = 0;
    new Departure(response, undefined, () => gone++);
    response.emit('close');
    expect(gone).toBe(1);
  });
});
