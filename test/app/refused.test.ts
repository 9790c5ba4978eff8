import { describe, expect, test } from 'vitest';
import { refusedBy } from '../../src/app/refused.ts';
import { BrokerError, RoomError, type RoomErrorCode } from '../../src/rooms/index.ts';
import { RoomRefusals } from '../../src/rooms/room-error.ts';

test.each(Object.keys(RoomRefusals) as RoomErrorCode[])('%s has a code for clients and a status', (code) => {
  const refused = refusedBy(new RoomError(code));
  expect(refused?.code).toMatch(/^[A-Z_]+$/);
  expect(refused?.status).toBe(RoomRefusals[code].status);
});

describe('a broker', () => {
  test('that says no is tried again later', () => {
    for (const code of ['WS_ERR_BROKER_DOWN', 'WS_ERR_BROKER_FULL', 'WS_ERR_BROKER_CLOSED'] as const) {
      expect(refusedBy(new BrokerError(code, 'a secret'))).toEqual({
        code: 'UNAVAILABLE',
        message: 'the room cannot be reached: try again later',
        status: 503,
      });
    }
  });

  test('that does not know must be asked again with the same key', () => {
    expect(refusedBy(new BrokerError('WS_ERR_BROKER_UNKNOWN', 'a secret'))?.message).toContain('the same key and ref');
  });
});

test('a mistake of the program is no refusal', () => {
  for (const error of [new TypeError('no'), undefined, 'text']) expect(refusedBy(error)).toBeUndefined();
});
