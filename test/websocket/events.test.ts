import { expect, it } from 'vitest';
import { CloseEvent, ErrorEvent, MessageEvent, WebSocketEvent } from '../../src/websocket/events.ts';

const target = { the: 'target' };

it('has a type and a target on every event', () => {
  const error = new Error('broken');
  for (const event of [
    new WebSocketEvent('open', target),
    new MessageEvent('message', target, 'text'),
    new CloseEvent('close', target, 1000, 'done', true),
    new ErrorEvent('error', target, error),
  ]) {
    expect(event).toBeInstanceOf(WebSocketEvent);
    expect(event.target).toBe(target);
  }
});

it('has on each event what it is about', () => {
  const error = new Error('broken');
  expect(new MessageEvent('message', target, 'text')).toMatchObject({ type: 'message', data: 'text' });
  expect(new CloseEvent('close', target, 1006, '', false)).toMatchObject({ code: 1006, reason: '', wasClean: false });
  expect(new ErrorEvent('error', target, error)).toMatchObject({ error, message: 'broken' });
});
