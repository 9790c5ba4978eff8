import { expect, test } from 'vitest';
import { healthOf } from '../../src/app/health.ts';

const TRANSPORTS = { websocket: 3, sse: 2, poll: 1 };

test.each([
  [false, 'up', 'ok'],
  [false, 'down', 'degraded'],
  [true, 'up', 'stopping'],
  [true, 'down', 'stopping'],
] as const)('stopping: %s, broker: %s is %s', (isStopping, broker, status) => {
  expect(healthOf(isStopping, broker, TRANSPORTS, 4, 1.9)).toEqual({
    status,
    broker,
    connections: 6,
    transports: TRANSPORTS,
    rooms: 4,
    uptime: 1,
  });
});
