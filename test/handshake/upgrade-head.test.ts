// A statement about a type: heads from our parser and from `node:http` are what the handshake reads.
import { expect, test } from 'vitest';
import { headOfIncomingMessage, RequestHeadParser, type UpgradeHead } from '../../src/handshake/index.ts';
import { GOOD_FIELDS, requestText } from './openings.ts';

test('a head of our own parser and one of node:http give the same answers', () => {
  const parser = new RequestHeadParser();
  parser.push(Buffer.from(requestText([...GOOD_FIELDS, 'X', '1', 'x', '2'])));
  const rawHeaders = parser.head.fields.raw();
  const message = { method: 'GET', url: '/chat', httpVersionMajor: 1, httpVersionMinor: 1, rawHeaders };
  const heads: readonly UpgradeHead[] = [parser.head, headOfIncomingMessage(message)];
  for (const head of heads) {
    expect(head).toMatchObject({ method: 'GET', target: '/chat', majorVersion: 1, minorVersion: 1 });
    expect(head.truncated ?? false).toBe(false);
    expect(head.fields.get('x')).toBe('1, 2');
    expect(head.fields.getAll('X')).toEqual(['1', '2']);
    expect(head.fields.count('host')).toBe(1);
  }
});
