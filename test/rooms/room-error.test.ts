import { expect, test } from 'vitest';
import { RoomError, type RoomErrorCode, RoomRefusals } from '../../src/rooms/room-error.ts';

test.each(Object.keys(RoomRefusals) as RoomErrorCode[])(
  '%s is an error with its status, and what was behind it',
  (code) => {
    const cause = new Error('why');
    const error = new RoomError(code, { cause });
    expect(error).toMatchObject({ name: 'RoomError', code, cause, status: RoomRefusals[code].status });
    expect(error.status).toBeGreaterThanOrEqual(400);
    expect(error.message).toBe(RoomRefusals[code].text);
  },
);
