// Statements about the `extension` export of `ws`, held against `ws` itself.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as ws from 'ws';
import { extension, type WsExtensionsInput } from '../../src/handshake/ws-extension.ts';

interface Exported {
  readonly extension: { parse(header: string): unknown; format(extensions: unknown): string };
}
const theirs = (ws as unknown as Exported).extension;

/** A result that can be compared: what came out, or that it was a SyntaxError. */
function attempt(parse: (header: string) => unknown, header: string): unknown {
  try {
    return parse(header);
  } catch (error) {
    expect(error).toBeInstanceOf(SyntaxError);
    return 'SyntaxError';
  }
}

describe('parse', () => {
  test('gives objects without a prototype', () => {
    const parsed = extension.parse('__proto__; __proto__=1; a, __proto__');
    expect(Object.getPrototypeOf(parsed)).toBeNull();
    expect(Object.keys(parsed)).toEqual(['__proto__']);
    const [[first, second]] = Object.values(parsed) as [[object, object]];
    expect(Object.getPrototypeOf(first)).toBeNull();
    expect(Object.entries(first)).toEqual([
      ['__proto__', ['1']],
      ['a', [true]],
    ]);
    expect(Object.entries(second)).toEqual([]);
  });

  test.each([
    '',
    ' a',
    'a ',
    'a,',
    ',a',
    'a,,b',
    'a;',
    'a;b=',
    'a; b =1',
    'a; b= 1',
    'a;b=""',
    'a;b="x y"',
    'a;b="x',
    'a;b="x"y',
    'a b',
    'a=1',
  ])('throws a SyntaxError at %j', (header) => {
    expect(() => extension.parse(header)).toThrow(SyntaxError);
    expect(() => theirs.parse(header)).toThrow(SyntaxError);
  });

  test('says where', () => {
    expect(() => extension.parse('a; b c')).toThrow(/offset 5/);
    expect(() => extension.parse('a;')).toThrow(/ends too early/);
  });

  test('reads and refuses what ws reads and refuses', () => {
    const part = fc.constantFrom(
      'a',
      'b',
      '__proto__',
      ';',
      ',',
      '=',
      '"',
      '\\',
      ' ',
      '\t',
      '"x"',
      '="x"',
      '; b',
      '=1',
      ', ',
      '\xe9',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const header = parts.join('');
        expect(attempt(extension.parse, header)).toEqual(attempt(theirs.parse, header));
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('format', () => {
  test.each<[WsExtensionsInput, string]>([
    [{}, ''],
    [{ a: [{}] }, 'a'],
    [{ a: {} }, 'a'],
    [{ a: [{ x: [true] }, { y: ['1', true] }], b: { q: '10' } }, 'a; x, a; y=1; y, b; q=10'],
    [{ a: { x: true } }, 'a; x'],
  ])('writes %j as ws does', (extensions, header) => {
    expect(extension.format(extensions)).toBe(header);
    expect(theirs.format(extensions)).toBe(header);
  });

  test('writes what parse reads', () => {
    const token = fc.string({ unit: fc.constantFrom('a', 'b', '-', '_'), minLength: 1, maxLength: 4 });
    const value = fc.oneof(token, fc.constant(true as const));
    const parameters = fc.dictionary(token, fc.array(value, { minLength: 1, maxLength: 3 }), {
      noNullPrototype: false,
    });
    const extensions = fc.dictionary(token, fc.array(parameters, { minLength: 1, maxLength: 3 }), { minKeys: 1 });
    fc.assert(
      fc.property(extensions, (given) => {
        const header = extension.format(given);
        expect(header).toBe(theirs.format(given));
        expect(extension.format(extension.parse(header))).toBe(header);
      }),
    );
  });
});
