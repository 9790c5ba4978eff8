import { afterEach, expect, test, vi } from 'vitest';
import { makeEvent } from '../../src/resilient/events.ts';

afterEach(() => vi.unstubAllGlobals());

test("a message is the platform's MessageEvent", () => {
  const event = makeEvent('message', { data: 'hi' });
  expect(event).toBeInstanceOf(MessageEvent);
  expect(event).toMatchObject({ type: 'message', data: 'hi' });
});

test("an end is the platform's CloseEvent, where it has one", () => {
  const end = { code: 1006, reason: 'gone', wasClean: false };
  class CloseEvent extends Event {
    constructor(type: string, init: object) {
      super(type);
      Object.assign(this, init);
    }
  }
  vi.stubGlobal('CloseEvent', CloseEvent);
  expect(makeEvent('close', end)).toBeInstanceOf(CloseEvent);
  vi.stubGlobal('CloseEvent', undefined);
  expect(makeEvent('close', end)).toMatchObject({ type: 'close', ...end });
});

test('everything else is an Event with what it has to say', () => {
  const event = makeEvent('gap', { roomId: 'lobby', cursor: 'abc-1' });
  expect(event).toBeInstanceOf(Event);
  expect(event).toMatchObject({ type: 'gap', roomId: 'lobby', cursor: 'abc-1' });
});
