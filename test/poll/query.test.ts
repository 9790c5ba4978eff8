// The query of a poll: never an error, whatever is sent.
import type { IncomingMessage } from 'node:http';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { queryOf, sinceOf } from '../../src/poll/query.ts';

const asked = (url: string | undefined): IncomingMessage => ({ url }) as unknown as IncomingMessage;

test('is read of both kinds of request', () => {
  expect(queryOf(asked('/poll?room=a&since=1#x')).get('since')).toBe('1');
  expect(queryOf(new Request('http://localhost/poll?room=a%20b')).get('room')).toBe('a b');
  expect([...queryOf(asked('/poll'))]).toEqual([]);
  expect([...queryOf(asked(undefined))]).toEqual([]);
  expect(queryOf(asked('/poll?__proto__=1')).get('constructor')).toBeNull();
});

test('since is a text of bounded length, in bytes, or nothing', () => {
  const since = (value: string): string | undefined => sinceOf(new URLSearchParams({ since: value }));
  expect([since(''), since('7'), sinceOf(new URLSearchParams())]).toEqual([undefined, '7', undefined]);
  expect(since('é'.repeat(512))).toBe('é'.repeat(512));
  expect(since(`${'é'.repeat(512)}a`)).toBeUndefined();
  expect(sinceOf(new URLSearchParams('since=123'), 2)).toBeUndefined();
  expect(sinceOf(new URLSearchParams('since=1&since=2'))).toBe('1');
});

test('never throws', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (url) => {
      sinceOf(queryOf(asked(url)));
    }),
  );
});
