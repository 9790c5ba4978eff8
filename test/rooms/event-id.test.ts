import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatId, parseId } from '../../src/rooms/event-id.ts';

test('an id that was written is read back', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9A-Za-z_]{1,32}$/), fc.nat({ max: 999_999_999 }), (epoch, offset) => {
      expect(parseId(formatId(epoch, offset))).toEqual({ epoch, offset });
    }),
  );
});

test.each([
  '',
  '-',
  'a',
  'a-',
  '-1',
  'a-01',
  'a--1',
  'a-1 ',
  ' a-1',
  'a-1\n',
  'a-1.0',
  'a-1e3',
  'a-b-1',
  'a-1000000000000000',
  `${'a'.repeat(33)}-1`,
  'é-1',
  'a-١',
])('%j is no id', (id) => {
  expect(parseId(id)).toBeUndefined();
});

test('the longest id is one', () => {
  const id = `${'a'.repeat(32)}-999999999999999`;
  expect(parseId(id)).toEqual({ epoch: 'a'.repeat(32), offset: 999_999_999_999_999 });
});

test('no text makes it throw, and every id has one form', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.stringMatching(/^[a-f0-9]*-\d*$/)), (text) => {
      const position = parseId(text);
      if (position !== undefined) expect(formatId(position.epoch, position.offset)).toBe(text);
    }),
  );
});
