import { expect, it } from 'vitest';
import { AuthenticationError, forgiveRefusal } from '../../src/server/authentication-error.ts';

it('says by a stable code which way an authentication failed', () => {
  expect(new AuthenticationError()).toMatchObject({
    name: 'AuthenticationError',
    code: 'WS_ERR_AUTHENTICATION_REFUSED',
    message: 'authentication failed',
  });
  expect(new AuthenticationError('too late', { failure: 'TIMED_OUT' }).code).toBe('WS_ERR_AUTHENTICATION_TIMED_OUT');
});

it('has a cause where there was one', () => {
  const cause = new Error('the database is down');
  expect(new AuthenticationError(undefined, { cause }).cause).toBe(cause);
  expect('cause' in new AuthenticationError()).toBe(false);
});

// RFC 6455 §5.5: 125 bytes, of which the code takes two.
it('takes a reason that fits into a Close frame, and no longer one', () => {
  expect(new AuthenticationError('ü'.repeat(61)).message).toHaveLength(61);
  expect(() => new AuthenticationError('ü'.repeat(62))).toThrow(RangeError);
});

it('is forgiven where nobody waits for it, and nothing else is', () => {
  expect(() => forgiveRefusal(new AuthenticationError())).not.toThrow();
  const mistake = new TypeError('a mistake');
  expect(() => forgiveRefusal(mistake)).toThrow(mistake);
});
