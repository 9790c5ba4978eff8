// The sink of a response without a body.
import { expect, test } from 'vitest';
import { NOWHERE, Outcome } from '../../src/sse/sink.ts';

test('nowhere takes everything, holds nothing and tells nobody', () => {
  const never = (): void => expect.unreachable();
  NOWHERE.start({ onRoom: never, onTaken: never, onGone: never });
  expect(NOWHERE.write(Buffer.from('x'))).toBe(Outcome.Taken);
  NOWHERE.awaitTaken();
  NOWHERE.end();
  NOWHERE.destroy();
  NOWHERE.release();
  expect(NOWHERE.bufferedAmount).toBe(0);
});
