// Properties of the head parsers: what is written is read, no cut changes anything, nothing is ever thrown.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RequestHeadParser, ResponseHeadParser } from '../../src/http/head.ts';
import { cutAt } from './cuttings.ts';
import { feed } from './head-outcome.ts';

const token = fc.string({ unit: fc.constantFrom(..."abzABZ019!#$%&'*+-.^_`|~"), minLength: 1, maxLength: 12 });
const fieldValue = fc
  .string({ unit: fc.constantFrom('a', 'Z', '0', ' ', '\t', ':', ',', '"', '\\', '\x80', '\xff', '~') })
  .map((text) => text.replace(/^[ \t]+|[ \t]+$/g, ''));
const whitespace = fc.string({ unit: fc.constantFrom(' ', '\t'), maxLength: 3 });
const fields = fc.array(fc.tuple(token, whitespace, fieldValue, whitespace), { maxLength: 10 });
const target = fc
  .string({ unit: fc.constantFrom('a', '/', '?', '%', '=', '&', '~', '!', ':') })
  .map((rest) => `/${rest}`);
const method = fc
  .string({ unit: fc.constantFrom('A', 'G', 'Z', '-'), minLength: 1, maxLength: 32 })
  .filter((m) => m !== 'CONNECT');
const places = fc.array(fc.nat(600), { maxLength: 20 });
const rest = fc.string({ unit: fc.constantFrom('\x81', '\0', '\r', '\n', 'G') });

test('a request that is written is read, in whatever pieces', () => {
  fc.assert(
    fc.property(method, target, fc.constantFrom(0, 1), fields, rest, places, (m, t, minor, lines, after, cuts) => {
      const written = lines.map(([name, before, value, behind]) => `${name}:${before}${value}${behind}\r\n`).join('');
      const head = `${m} ${t} HTTP/1.${minor}\r\n${written}\r\n`;
      const outcome = feed(new RequestHeadParser(), cutAt(Buffer.from(head + after, 'latin1'), cuts));
      expect(outcome).toEqual({
        is: 'complete',
        startLine: { method: m, target: t, majorVersion: 1, minorVersion: minor },
        fields: lines.flatMap(([name, , value]) => [name, value]),
        raw: head,
        rest: after,
      });
    }),
  );
});

test('a response that is written is read, in whatever pieces', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 100, max: 999 }),
      fieldValue,
      fields,
      rest,
      places,
      (status, reason, lines, after, cuts) => {
        const written = lines.map(([name, before, value, behind]) => `${name}:${before}${value}${behind}\r\n`).join('');
        const head = `HTTP/1.1 ${status} ${reason}\r\n${written}\r\n`;
        const outcome = feed(new ResponseHeadParser(), cutAt(Buffer.from(head + after, 'latin1'), cuts));
        expect(outcome).toMatchObject({
          is: 'complete',
          startLine: { statusCode: status, reason },
          fields: lines.flatMap(([name, , value]) => [name, value]),
          raw: head,
          rest: after,
        });
      },
    ),
  );
});

/** Octets that look like a head often enough to get past its first line. */
const almostAHead = fc
  .array(
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc.constantFrom('GET / HTTP/1.1\r\n', 'HTTP/1.1 101 OK\r\n', 'A: b\r\n', 'Host: a\r\n', '\r\n'),
      },
      {
        weight: 2,
        arbitrary: fc.constantFrom('\r', '\n', ' ', '\t', ':', 'G', '/', '*', '\0', '\x7f', '\xff', 'A', '1', 'HTTP/'),
      },
      { weight: 1, arbitrary: fc.string({ unit: 'binary-ascii', maxLength: 4 }) },
    ),
    { maxLength: 16 },
  )
  .map((parts) => parts.join(''));

test.each([
  ['requests', RequestHeadParser],
  ['responses', ResponseHeadParser],
])('any octets have one outcome, however they are cut and whatever the limits: %s', (_name, Parser) => {
  const limits = fc.record({
    maxHeaderSize: fc.integer({ min: 1, max: 200 }),
    maxHeadersCount: fc.integer({ min: 1, max: 5 }),
  });
  fc.assert(
    fc.property(almostAHead, limits, places, (text, limit, cuts) => {
      const bytes = Buffer.from(text, 'latin1');
      const whole = feed(new Parser(limit), [Buffer.from(bytes)]);
      expect(feed(new Parser(limit), cutAt(bytes, cuts))).toEqual(whole);
      expect(feed(new Parser(limit), cutAt(bytes, [...bytes.keys()]))).toEqual(whole);
      if (whole.is === 'complete') expect(whole.raw + whole.rest).toBe(text);
      if (whole.is === 'refused') expect(whole.at).toBeLessThanOrEqual(Math.min(text.length, limit.maxHeaderSize));
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ['requests', RequestHeadParser],
  ['responses', ResponseHeadParser],
])('a parser that was reset is as good as a new one, whatever it has read before: %s', (_name, Parser) => {
  const limits = { maxHeaderSize: 100, maxHeadersCount: 3 };
  fc.assert(
    fc.property(fc.array(fc.tuple(almostAHead, places), { minLength: 2, maxLength: 4 }), (heads) => {
      const parser = new Parser(limits);
      for (const [text, cuts] of heads) {
        const bytes = Buffer.from(text, 'latin1');
        const expected = feed(new Parser(limits), cutAt(Buffer.from(bytes), cuts));
        expect(feed(parser, cutAt(bytes, cuts))).toEqual(expected);
        parser.reset();
        expect(parser.bufferedLength).toBe(0);
        expect(() => parser.head).toThrow(TypeError);
        expect(() => parser.refusal).toThrow(TypeError);
      }
    }),
    { numRuns: 1000 },
  );
});

test('what a parser has read stays as it was when it is reset and reads another head', () => {
  const parser = new RequestHeadParser();
  parser.push(Buffer.from('GET /one HTTP/1.1\r\nA: 1\r\nB: 2\r\n\r\n'));
  const { head } = parser;
  parser.reset();
  parser.push(Buffer.from('GET /two HTTP/1.0\r\nC: 3\r\n\r\n'));
  expect([head.target, head.minorVersion, head.fields.raw()]).toEqual(['/one', 1, ['A', '1', 'B', '2']]);
  expect([parser.head.target, parser.head.minorVersion, parser.head.fields.raw()]).toEqual(['/two', 0, ['C', '3']]);
});

test('a head of 16 KiB in pieces of one octet is read', () => {
  const head = `GET / HTTP/1.1\r\n${`A: ${'x'.repeat(150)}\r\n`.repeat(100)}\r\n`;
  expect(head.length).toBeGreaterThan(15_000);
  const chunks = Array.from(Buffer.from(head), (octet) => Buffer.of(octet));
  expect(feed(new RequestHeadParser(), chunks)).toMatchObject({ is: 'complete', raw: head });
});
