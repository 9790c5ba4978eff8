// Statements about tokens, quoted strings and lists, RFC 9110 §5.6.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FieldValueCursor, isToken, listHas, readTokenList } from '../../src/http/field-value.ts';

const SEMICOLON = 0x3b;

test.each(['a', 'websocket', "!#$%&'*+-.^_`|~", '0', '__proto__'])('%j is a token', (text) => {
  expect(isToken(text)).toBe(true);
});

test.each(['', ' ', 'a b', 'a,', '"a"', 'a/b', 'a;b', 'a=b', 'caf\xe9', '\u212a', '\r', 'a\n', '\0'])(
  '%j is no token',
  (text) => {
    expect(isToken(text)).toBe(false);
  },
);

describe('a cursor', () => {
  test('goes forward over whitespace, tokens and single characters', () => {
    const cursor = new FieldValueCursor(' \t abc ;x');
    cursor.skipWhitespace();
    expect(cursor.token()).toBe('abc');
    expect(cursor.take(SEMICOLON)).toBe(false);
    cursor.skipWhitespace();
    expect(cursor.take(SEMICOLON)).toBe(true);
    expect(cursor.done).toBe(false);
    expect(cursor.token()).toBe('x');
    expect(cursor.done).toBe(true);
    expect(cursor.take(SEMICOLON)).toBe(false);
    expect(cursor.token()).toBe('');
  });

  test.each([
    ['""', ''],
    ['"a"', 'a'],
    ['"a b\t,;="', 'a b\t,;='],
    ['"\\""', '"'],
    ['"\\\\"', '\\'],
    ['"a\\bc\\d"', 'abcd'],
    ['"\xe9\\\xe9"', '\xe9\xe9'],
  ])('reads %s as what it stands for', (text, content) => {
    const cursor = new FieldValueCursor(`${text}rest`);
    expect(cursor.quotedString()).toBe(content);
    expect(cursor.token()).toBe('rest');
  });

  test.each(['', 'a', '"', '"a', '"a\\', '"a\\"', '"\x00"', '"\r"', '"\\\n"', '"\u0100"'])(
    'finds no quoted string in %j',
    (text) => {
      expect(new FieldValueCursor(text).quotedString()).toBeUndefined();
    },
  );

  test('gives back any text that was quoted', () => {
    const character = fc.constantFrom('a', '"', '\\', ' ', '\t', ',', '\xe9');
    fc.assert(
      fc.property(fc.string({ unit: character }), (content) => {
        const quoted = `"${content.replace(/["\\]/g, '\\$&')}"`;
        expect(new FieldValueCursor(quoted).quotedString()).toBe(content);
      }),
    );
  });
});

describe('a list has an element', () => {
  test.each([
    'upgrade',
    'Upgrade',
    'keep-alive, Upgrade',
    'keep-alive,Upgrade',
    'Upgrade,keep-alive',
    '  upgrade  ',
    ',, ,upgrade,,',
    'a b, upgrade',
    'a;b="x, y", upgrade',
    'a="\\"", upgrade',
    '"upgrade", upgrade',
  ])('upgrade: %j', (value) => {
    expect(listHas(value, 'upgrade')).toBe(true);
  });

  test.each([
    '',
    ' ',
    ',',
    'notupgrade',
    'upgraded',
    'no-upgrade, up grade',
    'upgrade;q=1',
    'upgrade upgrade',
    '"upgrade"',
    '"x, upgrade, y"',
    '"\\", upgrade"',
    '"x, upgrade',
    'upgrade/1',
    'up\xadgrade',
    '\u212aeep',
  ])('not upgrade: %j', (value) => {
    expect(listHas(value, 'upgrade')).toBe(false);
  });
});

describe('a list of tokens', () => {
  test.each([
    ['', []],
    [' , ,', []],
    ['a', ['a']],
    ['a,b', ['a', 'b']],
    [' a\t,\tb , ', ['a', 'b']],
    ['a,,b', ['a', 'b']],
    ['a,a', ['a', 'a']],
    ['__proto__, constructor', ['__proto__', 'constructor']],
  ])('%j is read', (value, tokens) => {
    expect(readTokenList(value)).toEqual(tokens);
  });

  test.each(['a b', '"a"', 'a;b', 'a=1', 'caf\xe9', 'a,b c', '\0', 'a\r\n'])('%j is not one', (value) => {
    expect(readTokenList(value)).toBeUndefined();
  });

  test('comes back as it was written', () => {
    const token = fc.string({ unit: fc.constantFrom('a', 'B', '1', '-', '!', '~'), minLength: 1, maxLength: 5 });
    const gap = fc.string({ unit: fc.constantFrom(' ', '\t', ','), maxLength: 3 });
    fc.assert(
      fc.property(fc.array(fc.tuple(gap, token, gap)), (parts) => {
        const value = parts.map(([before, text, after]) => before + text + after).join(',');
        expect(readTokenList(value)).toEqual(parts.map(([, text]) => text));
      }),
    );
  });
});

// What made others' regular expressions run for minutes: see the names. A walk with a cursor has nothing to go back to.
test.each([
  ['CVE-2021-32640: a token, many spaces, a token', `b${' '.repeat(65_536)}x`],
  ['CVE-2020-7662: an unclosed string of escapes', `a; b="${'\\c'.repeat(65_536)}`],
  ['only spaces', ' '.repeat(65_536)],
  ['only commas', ','.repeat(65_536)],
  ['only quotes', '"'.repeat(65_536)],
  ['only backslashes', '\\'.repeat(65_536)],
  ['quotes and commas', '",'.repeat(65_536)],
])('128 KiB are walked once: %s', (_name, value) => {
  expect(listHas(value, 'upgrade')).toBe(false);
  const tokens = readTokenList(value);
  expect(tokens === undefined || tokens.length === 0).toBe(true);
  const cursor = new FieldValueCursor(value);
  while (!cursor.done) {
    const { at } = cursor;
    cursor.skipWhitespace();
    cursor.token();
    cursor.quotedString();
    if (cursor.at === at) cursor.take(value.charCodeAt(at));
    expect(cursor.at).toBeGreaterThan(at);
  }
});
