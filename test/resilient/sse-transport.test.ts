import { expect, test } from 'vitest';
import { sse } from '../../src/resilient/sse-transport.ts';
import { chooseTransport } from '../../src/resilient/transport-choice.ts';

// What it does is in http-link.test.ts, and over a network in resilient-websocket.server.test.ts.
test('is a fallback, and brings what chooses one', () => {
  expect([sse.name, sse.choose]).toEqual(['sse', chooseTransport]);
});
