// Statements about lists of extensions, RFC 6455 §9.1.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Extension,
  ExtensionListFault,
  formatExtensions,
  isExtensionListFault,
  MAX_EXTENSION_PARAMETERS,
  MAX_EXTENSIONS,
  parseExtensions,
} from '../../src/handshake/extensions.ts';

/** The list as plain arrays, or the fault. */
function parse(value: string): [name: string, ...parameters: [string, ...(string | true)[]][]][] | string {
  const list = parseExtensions(value);
  if (isExtensionListFault(list)) return list;
  return list.map(({ name, parameters }) => [
    name,
    ...[...parameters].map(([key, values]): [string, ...(string | true)[]] => [key, ...values]),
  ]);
}

describe('a list', () => {
  // RFC 6455 §4.3(a), §9.1(b)
  test.each<[string, ReturnType<typeof parse>]>([
    ['foo', [['foo']]],
    ['deflate-stream', [['deflate-stream']]],
    [
      'mux; max-channels=4; flow-control, deflate-stream',
      [['mux', ['max-channels', '4'], ['flow-control', true]], ['deflate-stream']],
    ],
    ['permessage-deflate; client_max_window_bits', [['permessage-deflate', ['client_max_window_bits', true]]]],
    ['a; b="10"', [['a', ['b', '10']]]],
    ['a; b="\\1\\0"', [['a', ['b', '10']]]],
    ['a;b=1;b=2;b', [['a', ['b', '1', '2', true]]]],
    ['a, a;x, a', [['a'], ['a', ['x', true]], ['a']]],
    [' a ; b = 1\t;\tc = "2" , d ', [['a', ['b', '1'], ['c', '2']], ['d']]],
    [',, a,, b ,', [['a'], ['b']]],
    ['__proto__; __proto__; constructor=1', [['__proto__', ['__proto__', true], ['constructor', '1']]]],
    ['toString; hasOwnProperty=1', [['toString', ['hasOwnProperty', '1']]]],
  ])('%j is read in order', (value, list) => {
    expect(parse(value)).toEqual(list);
  });

  test('that most browsers send is the same as any other, and nobody shares it', () => {
    const value = 'permessage-deflate; client_max_window_bits';
    expect(parse(value)).toEqual(parse(` ${value}`));
    const [{ parameters }] = parseExtensions(value) as [Extension];
    (parameters as Map<string, (string | true)[]>).clear();
    expect(parse(value)).toEqual(parse(` ${value}`));
  });

  // RFC 6455 §9.1(a)(b), §4.3(a)
  test.each([
    '',
    ' ',
    ',',
    'a;',
    'a; ;b',
    ';a',
    'a b',
    'a;b c',
    'a;b=',
    'a;b=,c',
    'a;=1',
    'a=1',
    'a;b=1=2',
    'a;b=""',
    'a;b="x y"',
    'a;b="x,y"',
    'a;b="x',
    'a;b="x\\',
    'a;b="x"y',
    'a;b=x"y"',
    '"a"',
    'caf\xe9',
    'a;b=\xe9',
    'a\r\n',
    'a;b="\\c\\c\\c\\c',
  ])('%j is malformed', (value) => {
    expect(parse(value)).toBe(ExtensionListFault.Malformed);
  });
});

describe('the parts of a list are limited', () => {
  const listOf = (count: number): string => Array(count).fill('x').join(',');
  const parametersOf = (count: number): string => `x${';y'.repeat(count)}`;

  test(`to ${MAX_EXTENSIONS} extensions`, () => {
    expect(parse(listOf(MAX_EXTENSIONS))).toHaveLength(MAX_EXTENSIONS);
    expect(parse(listOf(MAX_EXTENSIONS + 1))).toBe(ExtensionListFault.TooMany);
    expect(parse(listOf(100))).toBe(ExtensionListFault.TooMany);
  });

  test(`to ${MAX_EXTENSION_PARAMETERS} parameters of one`, () => {
    expect(parse(parametersOf(MAX_EXTENSION_PARAMETERS))).toHaveLength(1);
    expect(parse(parametersOf(MAX_EXTENSION_PARAMETERS + 1))).toBe(ExtensionListFault.TooMany);
  });

  test('empty elements are no extensions', () => {
    expect(parse(`${','.repeat(1000)}x`)).toEqual([['x']]);
  });
});

// CVE-2020-7662, CVE-2020-7663, CVE-2021-32640
test.each([
  `a; b="${'\\c'.repeat(32_768)}`,
  `a; b="${'\\c'.repeat(32_768)}" x`,
  `a${' '.repeat(65_536)}b`,
  `a;${' '.repeat(65_536)}`,
  `a; b=${' '.repeat(65_536)}`,
  '"'.repeat(65_536),
  'a;'.repeat(32_768),
])('64 KiB that others choke on get an answer', (value) => {
  expect([ExtensionListFault.Malformed, ExtensionListFault.TooMany]).toContain(parse(value));
});

describe('written', () => {
  test('a list is as short as it can be', () => {
    const list: Extension[] = [
      {
        name: 'permessage-deflate',
        parameters: new Map<string, (string | true)[]>([
          ['server_max_window_bits', ['10']],
          ['x', [true, 'y']],
        ]),
      },
      { name: 'other', parameters: new Map() },
    ];
    expect(formatExtensions(list)).toBe('permessage-deflate; server_max_window_bits=10; x; x=y, other');
    expect(formatExtensions([])).toBe('');
  });

  // RFC 6455 §4.3(a)
  test.each(['', 'a b', 'a,b', 'a;b', 'a\r\nX: y', 'caf\xe9', '\u010a'])('a part is never %j', (text) => {
    expect(() => formatExtensions([{ name: text, parameters: new Map() }])).toThrow(TypeError);
    expect(() => formatExtensions([{ name: 'a', parameters: new Map([[text, [true as const]]]) }])).toThrow(TypeError);
    expect(() => formatExtensions([{ name: 'a', parameters: new Map([['b', [text]]]) }])).toThrow(TypeError);
  });

  test('and read again it is the same list', () => {
    const token = fc.string({ unit: fc.constantFrom('a', 'B', '1', '_', '-', '!'), minLength: 1, maxLength: 6 });
    const parameter = fc.tuple(
      token,
      fc.array(fc.oneof(token, fc.constant(true as const)), { minLength: 1, maxLength: 3 }),
    );
    const extension = fc.record({
      name: token,
      parameters: fc.array(parameter, { maxLength: 4 }).map((pairs) => new Map(pairs)),
    });
    fc.assert(
      fc.property(fc.array(extension, { minLength: 1, maxLength: 5 }), (list) => {
        expect(parseExtensions(formatExtensions(list))).toEqual(list);
      }),
    );
  });
});

test('any text is a list or a fault, never thrown', () => {
  const text = fc.string({
    unit: fc.oneof(fc.constantFrom('a', ';', ',', '=', '"', '\\', ' ', '\t', '1'), fc.constant('\xe9')),
    maxLength: 30,
  });
  fc.assert(
    fc.property(text, (value) => {
      const list = parseExtensions(value);
      if (!isExtensionListFault(list)) expect(parseExtensions(formatExtensions(list))).toEqual(list);
    }),
    { numRuns: 2000 },
  );
});

test('a list belongs to who has read it: what becomes of it is not seen by who reads the same again', () => {
  const offer = 'permessage-deflate; client_max_window_bits';
  const mine = parseExtensions(offer) as [Extension, ...Extension[]];
  (mine[0].parameters as Map<string, unknown>).clear();
  mine.push({ name: 'another', parameters: new Map() });
  expect(parseExtensions(offer)).toEqual([
    { name: 'permessage-deflate', parameters: new Map([['client_max_window_bits', [true]]]) },
  ]);
});
