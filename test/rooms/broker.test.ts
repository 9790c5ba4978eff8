import { expect, test } from 'vitest';
import { BrokerError, BrokerFault } from '../../src/rooms/broker.ts';

test('a BrokerError says what it is by its code, and what was behind it', () => {
  const cause = new Error('ECONNRESET');
  const error = new BrokerError(BrokerFault.Unknown, 'the store was lost', { cause });
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({
    name: 'BrokerError',
    code: 'WS_ERR_BROKER_UNKNOWN',
    message: 'the store was lost',
    cause,
  });
});
