// Statements about headers that an application gives.
import { expect, test } from 'vitest';
import { fieldLines, type OutgoingHeaders } from '../../src/handshake/outgoing-headers.ts';

test('headers become field lines in their order, arrays one line each', () => {
  expect(fieldLines({ 'X-A': 'b', 'Retry-After': 120, 'Set-Cookie': ['a=1', 'b=2'], None: [] })).toEqual([
    ['X-A', 'b'],
    ['Retry-After', '120'],
    ['Set-Cookie', 'a=1'],
    ['Set-Cookie', 'b=2'],
  ]);
});

test('names from an object without a prototype are names like others', () => {
  const headers = Object.assign(Object.create(null) as Record<string, string>, { ['__proto__']: 'x' });
  expect(fieldLines(headers)).toEqual([['__proto__', 'x']]);
});

// CVE-2026-1525
test.each([
  { Host: 'a', host: 'b' },
  { 'content-length': '0', 'Content-Length': '5' },
  { 'X-A': [], 'x-a': 'b' },
])('names that differ only in case are refused: %j', (headers) => {
  expect(() => fieldLines(headers as OutgoingHeaders)).toThrow(TypeError);
});

test.each(['\r', '\n', '\0', '\u010a', '\u560a'])('%j is refused in a name, in a value, in an element', (character) => {
  expect(() => fieldLines({ [`X${character}`]: 'a' })).toThrow(TypeError);
  expect(() => fieldLines({ X: `a${character}` })).toThrow(TypeError);
  expect(() => fieldLines({ X: ['ok', `a${character}`] })).toThrow(TypeError);
});

test.each([undefined, null, true, {}, [undefined], [['a']]])('%j is no value', (value) => {
  expect(() => fieldLines({ X: value as unknown as string })).toThrow(TypeError);
});
