// The responses of a poll: none may be kept by a cache.
import { expect, test } from 'vitest';
import { additionalFields, jsonAnswer, NO_CONTENT, refusal } from '../../src/poll/answers.ts';

test('JSON comes with its length in bytes', () => {
  expect(jsonAnswer(Buffer.from('"é"'))).toEqual({
    status: 200,
    fields: { 'Cache-Control': 'no-store', 'Content-Type': 'application/json', 'Content-Length': '4' },
    body: Buffer.from('"é"'),
  });
});

test('an error says what it is', () => {
  const { status, fields, body } = refusal(429, { 'Retry-After': '5' });
  expect([status, fields['Retry-After'], fields['Cache-Control']]).toEqual([429, '5', 'no-store']);
  expect(JSON.parse(String(body))).toEqual({ error: 'Too Many Requests' });
});

test('204 has neither body nor length', () => {
  expect(NO_CONTENT).toEqual({ status: 204, fields: { 'Cache-Control': 'no-store' }, body: undefined });
});

test("an application's own fields are told in order, as text, without those that are undefined", () => {
  expect([...additionalFields(undefined)]).toEqual([]);
  expect([...additionalFields({ B: 1, None: undefined, A: ['x', 'y'] })]).toEqual([
    ['B', '1'],
    ['A', ['x', 'y']],
  ]);
});
