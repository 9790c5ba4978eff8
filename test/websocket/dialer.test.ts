import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { currentDialer, dial, installDialer } from '../../src/websocket/dialer.ts';

const websocket = new EventEmitter();

it('says what to import when no client has been loaded', () => {
  expect(() => currentDialer()).toThrow(/no client has been loaded/);
});

it.each([
  ['no protocols', undefined, undefined, [], {}],
  ['one protocol', 'chat', undefined, ['chat'], {}],
  ['several', ['chat.v2', 'chat.v1'], { origin: 'here' }, ['chat.v2', 'chat.v1'], { origin: 'here' }],
  ['options in their place', { origin: 'here' }, undefined, [], { origin: 'here' }],
  ['both', undefined, { origin: 'here' }, [], { origin: 'here' }],
])('hands over %s as they were meant', (_case, protocols, options, list, given) => {
  const calls: unknown[][] = [];
  installDialer({
    dial: (...values) => {
      calls.push(values);
      return { url: 'ws://there/', abort() {} };
    },
  });
  expect(dial(websocket, 'ws://there', protocols, options).url).toBe('ws://there/');
  expect(calls).toEqual([[websocket, 'ws://there', list, given]]);
});
