// Statements about `uri-host [ ":" port ]`, RFC 3986 §3.2 and RFC 9112 §3.2.
import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isAuthority, MAX_HOST_LENGTH } from '../../src/http/authority.ts';

test.each([
  'example.com',
  'EXAMPLE.com',
  'localhost:8080',
  '127.0.0.1',
  '127.0.0.1:80',
  'a',
  'a:',
  'a:0',
  'a:65535',
  'a:00080',
  'under_score.example',
  'x--y.example.',
  "sub-delims!$&'()*+,;=",
  '%41%5b',
  '[::]',
  '[::1]',
  '[::1]:8080',
  '[1:2:3:4:5:6:7:8]',
  '[1::8]',
  '[1:2:3:4:5:6:7::]',
  '[::2:3:4:5:6:7:8]',
  '[fe80::ABCD]',
  '[::ffff:192.0.2.1]',
  '[1:2:3:4:5:6:192.0.2.1]',
  '[64:ff9b::192.0.2.255]',
])('%s is an authority', (text) => {
  expect(isAuthority(text)).toBe(true);
});

test.each([
  '',
  '[',
  ']',
  '[]',
  '%',
  '%4',
  '%4g',
  '%g4',
  '\xff',
  'ex\u00e4mple',
  '\u212a',
  'a:b:c',
  'a:b',
  ':80',
  'a:65536',
  'a:000080',
  'a:-1',
  'a:+1',
  'a:8 0',
  'user@example.com',
  'a/b',
  'a?b',
  'a#b',
  'a b',
  ' a',
  'a ',
  'a\t',
  'a, a',
  'a\\b',
  '[::1',
  '[::1]80',
  '[::1]:x',
  '::1',
  '[1]',
  '[1:2:3:4:5:6:7]',
  '[1:2:3:4:5:6:7:8:9]',
  '[1:2:3:4:5:6:7:8::]',
  '[::1::2]',
  '[:::]',
  '[1:]',
  '[:1]',
  '[12345::]',
  '[::g]',
  '[1::2 ]',
  '[fe80::1%25eth0]',
  '[v1.fe80::a]',
  '[::1.2.3]',
  '[::1.2.3.4.5]',
  '[::1.2.3.256]',
  '[::01.2.3.4]',
  '[::1.2.3.a]',
  '[::1.2.3.]',
  '[::1.2.3.1000]',
  '[1:2:3:4:5:6:7:1.2.3.4]',
])('%j is not', (text) => {
  expect(isAuthority(text)).toBe(false);
});

test(`a host has at most ${MAX_HOST_LENGTH} characters`, () => {
  expect(isAuthority('a'.repeat(MAX_HOST_LENGTH))).toBe(true);
  expect(isAuthority(`${'a'.repeat(MAX_HOST_LENGTH)}:65535`)).toBe(true);
  expect(isAuthority('a'.repeat(MAX_HOST_LENGTH + 1))).toBe(false);
  expect(isAuthority('a'.repeat(10_000))).toBe(false);
});

test('a literal in brackets is judged as node:net judges it, zones aside', () => {
  const group = fc.constantFrom('', '0', '1', 'ab', 'FFFF', '10000', 'g', '1.2.3.4', '1.2.3', '1.2.3.999');
  const text = fc.array(group, { minLength: 1, maxLength: 10 }).map((groups) => groups.join(':'));
  fc.assert(
    fc.property(text, (address) => {
      expect(isAuthority(`[${address}]`)).toBe(isIPv6(address));
    }),
    { numRuns: 2000 },
  );
});

test('any text gets an answer', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      expect(typeof isAuthority(text)).toBe('boolean');
    }),
  );
});

test.each(['[', ':', '%', '[:', '[::', '1.', '[1.', '%41', '['.repeat(10)])('16 KiB of %j are judged', (part) => {
  expect(isAuthority(part.repeat(16_384 / part.length))).toBe(false);
});
