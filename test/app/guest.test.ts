import { expect, test } from 'vitest';
import { guestName } from '../../src/app/guest.ts';

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
