// Statements about opcodes: RFC 6455 §5.2 and §11.8.
import { expect, test } from 'vitest';
import { isControl, isReserved, Opcode } from '../../src/frame/opcode.ts';

const ALL = Array.from({ length: 16 }, (_, opcode) => opcode);

test('six opcodes have a meaning, with the numbers of §11.8', () => {
  expect(Opcode).toEqual({ Continuation: 0, Text: 1, Binary: 2, Close: 8, Ping: 9, Pong: 10 });
});

test('3 to 7 and 11 to 15 are reserved', () => {
  expect(ALL.filter(isReserved)).toEqual([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]);
});

test('control frames are those with the top bit of the opcode set', () => {
  expect(ALL.filter(isControl)).toEqual([8, 9, 10, 11, 12, 13, 14, 15]);
});
