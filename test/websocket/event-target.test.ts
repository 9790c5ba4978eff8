import { describe, expect, it } from 'vitest';
import { markCleanlyClosed, WebSocketEventTarget } from '../../src/websocket/event-target.ts';
import type { CloseEvent, ErrorEvent, MessageEvent, WebSocketEvent } from '../../src/websocket/events.ts';

describe('addEventListener', () => {
  it('tells of each event with an object that has what it is about', () => {
    const target = new WebSocketEventTarget();
    const seen: WebSocketEvent[] = [];
    for (const type of ['open', 'message', 'close', 'error'] as const)
      target.addEventListener(type, (event) => seen.push(event));
    target.emit('open');
    target.emit('message', Buffer.from('text'), false);
    target.emit('message', Buffer.from([1]), true);
    target.emit('error', new Error('broken'));
    target.emit('close', 1000, Buffer.from('done'));
    expect(seen.map(({ type }) => type)).toEqual(['open', 'message', 'message', 'error', 'close']);
    expect(seen.every((event) => event.target === target)).toBe(true);
    expect((seen[1] as MessageEvent).data).toBe('text');
    expect((seen[2] as MessageEvent).data).toEqual(Buffer.from([1]));
    expect((seen[3] as ErrorEvent).message).toBe('broken');
    expect(seen[4] as CloseEvent).toMatchObject({ code: 1000, reason: 'done', wasClean: false });
  });

  it('says that an end was clean when both sides had said Close', () => {
    const target = new WebSocketEventTarget();
    markCleanlyClosed(target);
    let wasClean = false;
    target.addEventListener('close', (event) => {
      wasClean = event.wasClean;
    });
    target.emit('close', 1000, Buffer.alloc(0));
    expect(wasClean).toBe(true);
  });

  it('adds the same listener once, and removes it', () => {
    const target = new WebSocketEventTarget();
    let count = 0;
    const listener = (): void => {
      count++;
    };
    target.addEventListener('open', listener);
    target.addEventListener('open', listener);
    target.emit('open');
    expect(count).toBe(1);
    target.removeEventListener('open', listener);
    target.emit('open');
    expect(count).toBe(1);
  });

  it('takes objects with handleEvent, and once', () => {
    const target = new WebSocketEventTarget();
    const seen: string[] = [];
    const listener = { handleEvent: (event: WebSocketEvent) => seen.push(event.type) };
    target.addEventListener('open', listener, { once: true });
    target.emit('open');
    target.emit('open');
    expect(seen).toEqual(['open']);
    target.addEventListener('open', listener, { once: true });
    target.removeEventListener('open', listener);
    target.emit('open');
    expect(seen).toEqual(['open']);
  });

  it('ignores types that have no event', () => {
    const target = new WebSocketEventTarget();
    target.addEventListener('ping' as never, () => {});
    target.removeEventListener('ping' as never, () => {});
    expect(target.eventNames()).toEqual([]);
  });
});

describe('the on… properties', () => {
  it.each(['onopen', 'onmessage', 'onclose', 'onerror'] as const)('%s holds one listener, or null', (name) => {
    const target = new WebSocketEventTarget();
    const type = name.slice(2);
    const seen: string[] = [];
    expect(target[name]).toBeNull();
    const first = (): void => void seen.push('first');
    const second = (): void => void seen.push('second');
    target[name] = first;
    expect(target[name]).toBe(first);
    target[name] = second;
    target.emit(type, new Error('x'));
    expect(seen).toEqual(['second']);
    target[name] = null;
    expect(target[name]).toBeNull();
    expect(target.listenerCount(type)).toBe(0);
  });

  it('is another listener than the same function added', () => {
    const target = new WebSocketEventTarget();
    let count = 0;
    const listener = (): void => {
      count++;
    };
    target.addEventListener('open', listener);
    target.onopen = listener;
    target.emit('open');
    expect(count).toBe(2);
    target.removeEventListener('open', listener);
    expect(target.onopen).toBe(listener);
  });

  it('calls with the target as this', () => {
    const target = new WebSocketEventTarget();
    let self: unknown;
    target.onopen = function (this: unknown) {
      self = this;
    };
    target.emit('open');
    expect(self).toBe(target);
  });
});
