// Statements about lists of subprotocols, RFC 6455 §4.1 step 10 and §11.3.4.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as ws from 'ws';
import {
  formatSubprotocols,
  isSubprotocolListFault,
  parseSubprotocols,
  SubprotocolListFault,
  subprotocol,
} from '../../src/handshake/subprotocol.ts';

const theirs = (ws as unknown as { readonly subprotocol: { parse(header: string): Set<string> } }).subprotocol;

describe('a list', () => {
  test.each([
    ['chat', ['chat']],
    ['chat, superchat', ['chat', 'superchat']],
    ['superchat,chat', ['superchat', 'chat']],
    ['b , a\t,c', ['b', 'a', 'c']],
    ['a,,b,', ['a', 'b']],
    ['Chat, chat', ['Chat', 'chat']],
    ['__proto__, constructor', ['__proto__', 'constructor']],
  ])('%j is read in the order of preference', (value, names) => {
    const list = parseSubprotocols(value);
    expect(isSubprotocolListFault(list)).toBe(false);
    expect([...list]).toEqual(names);
  });

  // RFC 6455 §4.2.1(a)
  test.each([
    ['', SubprotocolListFault.Empty],
    [' ,\t, ', SubprotocolListFault.Empty],
    ['a b', SubprotocolListFault.Malformed],
    ['"a"', SubprotocolListFault.Malformed],
    ['a;b', SubprotocolListFault.Malformed],
    ['a/b', SubprotocolListFault.Malformed],
    ['caf\xe9', SubprotocolListFault.Malformed],
    ['a, a', SubprotocolListFault.Duplicate],
    ['a, b, a', SubprotocolListFault.Duplicate],
    [`b${' '.repeat(65_536)}x`, SubprotocolListFault.Malformed],
  ])('%j is refused as %s', (value, fault) => {
    expect(parseSubprotocols(value)).toBe(fault);
    expect(isSubprotocolListFault(parseSubprotocols(value))).toBe(true);
  });
});

describe('written', () => {
  test('a list is joined by comma and space, and read again the same', () => {
    const token = fc.string({ unit: fc.constantFrom('a', 'B', '1', '.', '-'), minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.uniqueArray(token, { minLength: 1 }), (names) => {
        const value = formatSubprotocols(names);
        expect(value).toBe(names.join(', '));
        expect([...parseSubprotocols(value)]).toEqual(names);
        expect([...subprotocol.parse(value)]).toEqual(names);
      }),
    );
    expect(formatSubprotocols([])).toBe('');
  });

  test.each(['', ' ', 'a b', 'a,b', 'a\r\nX: y', '\u010a', '\u560a', 'caf\xe9', 1, null, undefined])(
    'a name is never %j',
    (name) => {
      expect(() => formatSubprotocols(['ok', name as string])).toThrow(SyntaxError);
    },
  );

  // RFC 6455 §4.1(y)
  test('a name is never given twice', () => {
    expect(() => formatSubprotocols(['a', 'b', 'a'])).toThrow(SyntaxError);
    expect(formatSubprotocols(['a', 'A'])).toBe('a, A');
  });
});

describe('the parse of ws', () => {
  test.each(['', ' ', 'a,', ',a', 'a,,b', ' a', 'a ', 'a b', 'a, a', '"a"', 'a ,', 'a;'])(
    'throws a SyntaxError at %j',
    (header) => {
      expect(() => subprotocol.parse(header)).toThrow(SyntaxError);
      expect(() => theirs.parse(header)).toThrow(SyntaxError);
    },
  );

  test('says where', () => {
    expect(() => subprotocol.parse('a b')).toThrow(/offset 2/);
    expect(() => subprotocol.parse('a,')).toThrow(/ends too early/);
  });

  test('reads and refuses what ws reads and refuses', () => {
    const part = fc.constantFrom('a', 'b', 'c', ',', ' ', '\t', ', ', ' , ', ';', '"', '\xe9', '__proto__');
    const attempt = (parse: (header: string) => Set<string>, header: string): unknown => {
      try {
        return [...parse(header)];
      } catch (error) {
        return error instanceof SyntaxError ? 'SyntaxError' : error;
      }
    };
    fc.assert(
      fc.property(fc.array(part, { maxLength: 10 }), (parts) => {
        const header = parts.join('');
        expect(attempt(subprotocol.parse, header)).toEqual(attempt(theirs.parse, header));
      }),
      { numRuns: 10_000 },
    );
  });
});
