import { expect, test } from 'vitest';
import { poll } from '../../src/resilient/poll-transport.ts';
import { chooseTransport } from '../../src/resilient/transport-choice.ts';

// What it does is in http-link.test.ts, and over a network in resilient-websocket.server.test.ts.
test('is a fallback, and brings what chooses one', () => {
  expect([poll.name, poll.choose]).toEqual(['poll', chooseTransport]);
});
