// Statements about field lines, RFC 9112 §5, cut in every way.
import { describe, expect, test } from 'vitest';
import { FieldLines } from '../../src/http/field-lines.ts';
import { type HttpRefusal, HttpRefusals } from '../../src/http/refusal.ts';
import { cuttingsOf } from './cuttings.ts';

interface Read {
  readonly end: number;
  readonly complete: boolean;
  readonly refusal: string | undefined;
  readonly fields: readonly (readonly [string, string])[];
}

/** Reads `text` in every cutting and insists on one result. */
function read(text: string, maxCount = 10): Read {
  const bytes = Buffer.from(text, 'latin1');
  const results = cuttingsOf(bytes).map(({ name, chunks }) => {
    const lines = new FieldLines(maxCount);
    let position = 0;
    let end = 0;
    for (const chunk of chunks) {
      end += chunk.length;
      position = lines.scan(bytes, position, end);
      if (lines.complete || lines.refusal !== undefined) break;
    }
    const fields: [string, string][] = [];
    const { offsets } = lines;
    for (let i = 0; i < offsets.length; i += 4) {
      fields.push([text.slice(offsets[i], offsets[i + 1]), text.slice(offsets[i + 2], offsets[i + 3])]);
    }
    return { name, result: { end: position, complete: lines.complete, refusal: lines.refusal?.name, fields } };
  });
  const first = results[0]!.result;
  for (const { name, result } of results) expect(result, name).toEqual(first);
  return first;
}

test.each<[text: string, fields: [string, string][]]>([
  ['\r\n', []],
  ['A: b\r\n\r\n', [['A', 'b']]],
  ['A:b\r\n\r\n', [['A', 'b']]],
  ['A:\r\n\r\n', [['A', '']]],
  ['A: \t \r\n\r\n', [['A', '']]],
  ['A: \t b \t c \t \r\n\r\n', [['A', 'b \t c']]],
  ['Upgrade: websocket \t\r\n\r\n', [['Upgrade', 'websocket']]],
  ['A: \xe9\x80\xff\r\n\r\n', [['A', '\xe9\x80\xff']]],
  ['A: b:c\r\n\r\n', [['A', 'b:c']]],
  ["!#$%&'*+-.^_`|~09azAZ: x\r\n\r\n", [["!#$%&'*+-.^_`|~09azAZ", 'x']]],
  [
    'a: 1\r\nA: 2\r\n__proto__: 3\r\n\r\n',
    [
      ['a', '1'],
      ['A', '2'],
      ['__proto__', '3'],
    ],
  ],
])('%j are field lines', (text, fields) => {
  expect(read(`${text}rest`)).toEqual({ end: text.length, complete: true, refusal: undefined, fields });
});

const { BareLineFeed, BareCarriageReturn, WhitespaceBeforeFields, ObsoleteFold, EmptyFieldName } = HttpRefusals;
const { InvalidFieldName, WhitespaceBeforeColon, MissingColon, InvalidFieldValue, TooManyFields } = HttpRefusals;

test.each<[text: string, refusal: HttpRefusal, at: number]>([
  [' A: b\r\n', WhitespaceBeforeFields, 0],
  ['\tA: b\r\n', WhitespaceBeforeFields, 0],
  ['A: b\r\n c\r\n', ObsoleteFold, 6],
  ['A: b\r\n\tc\r\n', ObsoleteFold, 6],
  ['A: b\r\n : c\r\n', ObsoleteFold, 6],
  [': b\r\n', EmptyFieldName, 0],
  ['\n', BareLineFeed, 0],
  ['A: b\r\n\n', BareLineFeed, 6],
  ['A: b\n\r\n', BareLineFeed, 4],
  ['A:\n', BareLineFeed, 2],
  ['A: b\rC: d\r\n', BareCarriageReturn, 5],
  ['A: b\r\r\n', BareCarriageReturn, 5],
  ['A: b\r\n\rX', BareCarriageReturn, 7],
  ['A: b\r\n\r\r\n', BareCarriageReturn, 7],
  ['A : b\r\n', WhitespaceBeforeColon, 1],
  ['A\t: b\r\n', WhitespaceBeforeColon, 1],
  ['A B: c\r\n', WhitespaceBeforeColon, 1],
  ['A\r\n', MissingColon, 1],
  ['A\n', MissingColon, 1],
  ['A(: b\r\n', InvalidFieldName, 1],
  ['(A: b\r\n', InvalidFieldName, 0],
  ['\x00A: b\r\n', InvalidFieldName, 0],
  ['\xe9: b\r\n', InvalidFieldName, 0],
  ['A\xe9: b\r\n', InvalidFieldName, 1],
  ['A: \x00\r\n', InvalidFieldValue, 3],
  ['A: b\x00\r\n', InvalidFieldValue, 4],
  ['A: \x01\r\n', InvalidFieldValue, 3],
  ['A: b\x0b\r\n', InvalidFieldValue, 4],
  ['A: \x7f\r\n', InvalidFieldValue, 3],
])('%j is refused: %j at %i', (text, refusal, at) => {
  expect(read(text)).toMatchObject({ end: at, complete: false, refusal: refusal.name });
});

describe('the number of fields', () => {
  test('may be the limit', () => {
    expect(read('A: 1\r\nB: 2\r\n\r\n', 2)).toMatchObject({ complete: true });
  });

  test('is refused at the first octet of the field too many, before its end is known', () => {
    expect(read('A: 1\r\nB: 2\r\nC', 2)).toMatchObject({ refusal: TooManyFields.name, end: 12 });
  });
});

test('incomplete lines are neither complete nor refused', () => {
  const text = 'Host: a.example\r\nA:  b  \r\n\r';
  for (let length = 0; length <= text.length; length++) {
    expect(read(text.slice(0, length))).toMatchObject({ end: length, complete: false, refusal: undefined });
  }
});
