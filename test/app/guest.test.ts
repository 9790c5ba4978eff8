import { expect, test } from 'vitest';
import { authenticateGuest, guestName } from '../../src/app/guest.ts';

test.each(['Ada', 'Grace Hopper', '世界', '👩‍💻', '__proto__', 'x'.repeat(64)])('a guest may be called %s', (name) => {
  expect(guestName(name)).toBe(name);
});

test('spaces around a name do not count', () => {
  expect(guestName('  Ada ')).toBe('Ada');
});

test.each(['', '   ', 'a\nb', 'a\x1b[31m', 'a\u202eb', 'a\u2028b', '\ud800', 'x'.repeat(65)])(
  'nobody is called %j',
  (name) => {
    expect(guestName(name)).toBeUndefined();
  },
);

test('a guest is who AUTH says', () => {
  expect(authenticateGuest(Buffer.from('{"type":"AUTH","token":" Ada "}'), false)).toEqual({ userId: 'Ada' });
});

test.each([
  ['hello', false, 'the first message must be AUTH'],
  ['{"type":"AUTH","token":"Ada"}', true, 'the first message must be AUTH'],
  ['{"type":"AUTH","token":"a\\nb"}', false, 'the token is no name'],
])('%j is nobody', (text, isBinary, reason) => {
  expect(() => authenticateGuest(Buffer.from(text), isBinary)).toThrow(reason);
});
