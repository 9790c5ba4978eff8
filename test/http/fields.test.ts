// Statements about the fields of one head: lookup, joining, and what may be sent.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkFieldName, checkFieldValue, Fields, serializeFields } from '../../src/http/fields.ts';

const RAW = ['Host', 'a.example', 'X-Two', '1', 'host', 'b.example', 'x-two', '2', 'X-TWO', ''];

describe('a field', () => {
  const fields = Fields.from(RAW);

  test('is found by its name in any case', () => {
    expect(fields.get('HOST')).toBe('a.example, b.example');
    expect(fields.has('hOsT')).toBe(true);
    expect(Fields.from(['A', '']).get('a')).toBe('');
  });

  test('of several lines is joined by comma and space, empty values too', () => {
    expect(fields.get('x-two')).toBe('1, 2, ');
  });

  test('of several lines can be had line by line', () => {
    expect(fields.getAll('X-Two')).toEqual(['1', '2', '']);
    expect(fields.count('x-two')).toBe(3);
  });

  test('that is not there is undefined, none, zero', () => {
    for (const name of ['x', 'hos', 'hosts', '', '__proto__', 'constructor', 'toString']) {
      expect(fields.get(name), name).toBeUndefined();
      expect(fields.getAll(name), name).toEqual([]);
      expect(fields.count(name), name).toBe(0);
      expect(fields.has(name), name).toBe(false);
    }
  });
});

describe('all fields', () => {
  test('keep their order, their case and their duplicates', () => {
    const fields = Fields.from(RAW);
    expect(fields.raw()).toEqual(RAW);
    expect([...fields].flat()).toEqual(RAW);
    expect(fields.size).toBe(5);
  });

  test('of an empty head are none', () => {
    const fields = Fields.from([]);
    expect(fields.size).toBe(0);
    expect(fields.raw()).toEqual([]);
    expect(fields.toObject()).toEqual(Object.create(null));
  });

  test('need a value for each name', () => {
    expect(() => Fields.from(['a'])).toThrow(TypeError);
  });
});

describe('as an object', () => {
  test('the fields have small names and no prototype', () => {
    const object = Fields.from(['Host', 'a', '__proto__', 'x', 'constructor', 'y']).toObject();
    expect(Object.getPrototypeOf(object)).toBeNull();
    expect(Object.entries(object)).toEqual([
      ['host', 'a'],
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
  });

  test('set-cookie is an array even when there is one', () => {
    expect(Fields.from(['Set-Cookie', 'a=1']).toObject()['set-cookie']).toEqual(['a=1']);
    expect(Fields.from(['Set-Cookie', 'a=1', 'set-cookie', 'b']).toObject()['set-cookie']).toEqual(['a=1', 'b']);
  });

  test('cookie is joined by semicolons, a second host is dropped, the rest is joined by commas', () => {
    const object = Fields.from([
      'Cookie',
      'a=1',
      'cookie',
      'b=2',
      'Host',
      'a',
      'Host',
      'b',
      'X',
      '1',
      'x',
      '2',
    ]).toObject();
    expect(object).toEqual(Object.assign(Object.create(null), { cookie: 'a=1; b=2', host: 'a', x: '1, 2' }));
  });

  test('is made anew each time: nobody changes it for another', () => {
    const fields = Fields.from(RAW);
    expect(fields.toObject()).not.toBe(fields.toObject());
  });
});

test('any raw fields come back, and lookup agrees with a plain search', () => {
  const name = fc.constantFrom('a', 'A', 'ab', 'x-y', 'X-Y', '__proto__', 'cookie', 'host');
  fc.assert(
    fc.property(fc.array(fc.tuple(name, fc.string())), name, (lines, wanted) => {
      const fields = Fields.from(lines.flat());
      const found = lines.filter(([given]) => given.toLowerCase() === wanted.toLowerCase()).map(([, value]) => value);
      expect(fields.raw()).toEqual(lines.flat());
      expect(fields.getAll(wanted)).toEqual(found);
      expect(fields.get(wanted)).toBe(found.length === 0 ? undefined : found.join(', '));
      expect(fields.count(wanted)).toBe(found.length);
    }),
  );
});

describe('what is sent', () => {
  test('is one line for each field', () => {
    expect(
      serializeFields([
        ['Host', 'a.example'],
        ['X', ''],
        ['Y', 'caf\xe9\tz'],
      ]),
    ).toBe('Host: a.example\r\nX: \r\nY: caf\xe9\tz\r\n');
    expect(serializeFields(new Map([['a', 'b']]))).toBe('a: b\r\n');
    expect(serializeFields([])).toBe('');
  });

  // CVE-2016-2216, CVE-2018-12116: the last five lose their upper half as latin1 and become CR or LF.
  test.each([
    '\r',
    '\n',
    '\r\n',
    '\0',
    '\x01',
    '\x0b',
    '\x7f',
    '\u010a',
    '\u010d',
    '\u560a',
    '\u560d',
    '\u{1f60d}',
    '\u0100',
  ])('never holds %j', (character) => {
    const value = `a${character}b`;
    expect(() => serializeFields([['X', value]])).toThrow(TypeError);
    expect(() => serializeFields([[`X${character}`, 'a']])).toThrow(TypeError);
    expect(() => checkFieldValue('X', value)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_CHAR' }));
    expect(() => checkFieldName(value)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_HTTP_TOKEN' }));
  });

  test.each(['', ' ', 'a b', 'a:', 'a,', 'caf\xe9'])('has no field called %j', (name) => {
    expect(() => serializeFields([[name, 'a']])).toThrow(TypeError);
  });

  test('names the character it refuses, not the value, which may be a secret', () => {
    expect(() => checkFieldValue('Authorization', 'Basic c2VjcmV0\n')).toThrow(/Authorization.*U\+000A/);
    expect(() => checkFieldValue('Authorization', 'Basic c2VjcmV0\n')).not.toThrow(/c2VjcmV0/);
  });

  test.each([undefined, null, 1, {}, ['a']])('is text: %j is refused', (value) => {
    expect(() => checkFieldValue('X', value as unknown as string)).toThrow(TypeError);
    expect(() => checkFieldName(value as unknown as string)).toThrow(TypeError);
  });

  test('may be checked from an offset on', () => {
    expect(() => checkFieldValue('X', '\n: a', 1)).not.toThrow();
    expect(() => checkFieldValue('X', 'X: \n', 2)).toThrow(TypeError);
  });

  test('is either refused or ends its lines where we end them, whatever the caller gives', () => {
    const text = fc.string({
      unit: fc.oneof(fc.constantFrom('a', ':', ' ', '\r', '\n', '\0', '\u010a', '\u560d'), fc.constant('b')),
    });
    fc.assert(
      fc.property(text, text, (name, value) => {
        let line: string;
        try {
          line = serializeFields([[name, value]]);
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError);
          return;
        }
        const wire = Buffer.from(line, 'latin1').toString('latin1');
        expect(wire).toBe(`${name}: ${value}\r\n`);
        expect(wire.slice(0, -2)).not.toMatch(/[\r\n\0]/);
      }),
    );
  });
});
