import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { faultOfForm, TokenFault, tokenOf } from '../../src/jwt/token.ts';
import { claims, hs256, part } from './tokens.ts';

const read = (text: string, isBinary = false): string | TokenFault => tokenOf(Buffer.from(text), isBinary, 100);

describe('the token of a first message', () => {
  test.each([
    ['all of it', 'a.b.c'],
    ['the token of AUTH', '{"type":"AUTH","token":"a.b.c"}'],
    ['the token of AUTH with more around it', '{ "token": "a.b.c", "type": "AUTH", "ref": 1, "__proto__": {} }'],
  ])('is %s', (_, text) => {
    expect(read(text.trim())).toBe('a.b.c');
  });

  test.each([
    ['JSON of another type', '{"type":"MESSAGE","token":"a.b.c"}'],
    ['JSON without a token', '{"type":"AUTH"}'],
    ['a token that is no string', '{"type":"AUTH","token":["a.b.c"]}'],
    ['JSON that is none', '{"type":"AUTH","token":"a.b.c"'],
    ['a token of more characters than it may have', 'x'.repeat(101)],
    ['more bytes than a token and its envelope have', `{"type":"AUTH","token":"a.b.c"${' '.repeat(2_000)}}`],
  ])('is not in %s', (_, text) => {
    expect(read(text)).toBeInstanceOf(TokenFault);
  });

  test('is text', () => {
    expect(read('a.b.c', true)).toBeInstanceOf(TokenFault);
  });

  test('may have as many characters as it may have', () => {
    expect(read('x'.repeat(100))).toHaveLength(100);
  });
});

describe('the form of a token', () => {
  test('of three parts of base64url is good', () => {
    expect(faultOfForm(hs256(claims()))).toBeUndefined();
  });

  const good = hs256(claims());
  const [header, payload, signature] = good.split('.') as [string, string, string];
  test.each([
    ['no dot', 'abc'],
    ['one dot', 'abc.def'],
    ['three dots', `${good}.abc`],
    ['a million dots', '.'.repeat(1_000_000)],
    ['no signature', `${header}.${payload}.`],
    ['no payload', `${header}..${signature}`],
    ['no header', `.${payload}.${signature}`],
    ['padding', `${header}.${payload}.${signature}=`],
    ['the letters of standard base64', `${header}.${payload}.+/${signature.slice(2)}`],
    ['a space before it', ` ${good}`],
    ['an end of line behind it', `${good}\n`],
    ['a part of one letter, which is no byte', `a.${payload}.${signature}`],
    // 32 bytes are 43 letters, of which the last stands for four bits and two zeros.
    [
      'bits that stand for nothing',
      `${header}.${payload}.${signature.slice(0, -1)}${next(signature.at(-1) as string)}`,
    ],
  ])('with %s is bad', (_, token) => {
    expect(faultOfForm(token)).toBeInstanceOf(TokenFault);
  });

  test('is good for whatever bytes there are, and for one spelling of them only', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), fc.string(), (bytes, text) => {
        const spelt = Buffer.from(bytes).toString('base64url');
        expect(faultOfForm(`${spelt}.${spelt}.${spelt}`)).toBeUndefined();
        expect(faultOfForm(`${spelt}.${spelt}.${spelt}=`)).toBeDefined();
        expect(faultOfForm(text) === undefined).toBe(
          text.split('.').every((each) => each !== '' && again(each) === each) && text.split('.').length === 3,
        );
      }),
    );
  });

  test('never carries what it was found in', () => {
    expect(faultOfForm(`${part('secret')}.!`)?.text).not.toContain(part('secret'));
  });
});

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The letter with the lowest bit the other way. */
function next(letter: string): string {
  return LETTERS[LETTERS.indexOf(letter) ^ 1] as string;
}

function again(text: string): string {
  return Buffer.from(text, 'base64url').toString('base64url');
}
