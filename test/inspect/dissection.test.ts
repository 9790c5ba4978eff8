import { expect, test } from 'vitest';
import { bitField, byteCount, byteField } from '../../src/inspect/dissection.ts';

test('a field of bits says which bits of which byte', () => {
  expect(bitField('Opcode', 0, 4, 4, '0x1', 'text', 'RFC 6455 §5.2')).toEqual({
    name: 'Opcode',
    offset: 0,
    length: 1,
    bits: { first: 4, count: 4 },
    value: '0x1',
    meaning: 'text',
    section: 'RFC 6455 §5.2',
  });
});

test('a field of bytes has no bits', () => {
  expect(byteField('Masking key', 2, 4, '00', 'a key', 'RFC 6455 §5.3')).toMatchObject({
    offset: 2,
    length: 4,
    bits: undefined,
  });
});

test.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [2, '2 bytes'],
])('%i is counted as "%s"', (count, text) => {
  expect(byteCount(count)).toBe(text);
});
