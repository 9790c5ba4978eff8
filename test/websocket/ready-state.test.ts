import { expect, it } from 'vitest';
import { notOpen, ReadyState } from '../../src/websocket/ready-state.ts';

it('has the four values of the WHATWG API', () => {
  expect(ReadyState).toEqual({ CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 });
});

it.each(Object.entries(ReadyState))(
  'says %s by its name in the error of what needs an open connection',
  (name, state) => {
    expect(notOpen(state).message).toBe(`WebSocket is not open: readyState ${state} (${name})`);
  },
);
