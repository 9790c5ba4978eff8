// Where a client left off: field before query, UTF-8 in the octets of a field, bounded, and never an error.
import type { IncomingMessage } from 'node:http';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastEventIdOf, lastEventIdOfRequest } from '../../src/sse/last-event-id.ts';

const asNode = (url: string | undefined, field?: string): IncomingMessage =>
  ({ url, headers: field === undefined ? {} : { 'last-event-id': field } }) as unknown as IncomingMessage;

const ofBoth = (query: string, field?: string): (string | undefined)[] => [
  lastEventIdOf(asNode(`/stream${query}`, field)),
  lastEventIdOfRequest(
    new Request(`http://localhost/stream${query}`, field === undefined ? {} : { headers: { 'Last-Event-ID': field } }),
  ),
];

/** How the octets of UTF-8 come in a field. */
const octets = (text: string): string => Buffer.from(text).toString('latin1');

describe('the last event ID', () => {
  it.each([
    ['the field', '?a=1', '7', '7'],
    ['the field before the query', '?lastEventId=6&since=5', '7', '7'],
    ['the query', '?a=1&lastEventId=6&since=5', undefined, '6'],
    ['the query where the field is empty', '?since=5', '', '5'],
    ['the first of a name', '?since=5&since=4', undefined, '5'],
    ['the query, decoded', '?since=%D0%BA+%26', undefined, 'к &'],
    ['UTF-8 in the octets of the field', '', octets('ключ 🗝'), 'ключ 🗝'],
    ['nothing', '', undefined, undefined],
    ['nothing for an empty one', '?since=&lastEventId=', undefined, undefined],
    ['nothing for a field that is no UTF-8, also when the query has one', '?since=1', '\xe9', undefined],
    ['nothing for a line end in the query', '?since=1%0A2', undefined, undefined],
    ['nothing for a NUL in the query', '?since=%00', undefined, undefined],
    ['what a name like __proto__ cannot be', '?__proto__=1', undefined, undefined],
  ])('is %s', (_what, query, field, id) => {
    expect(ofBoth(query, field)).toEqual([id, id]);
  });

  it('may be as long as it may be, and no longer, in bytes', () => {
    const longest = 'é'.repeat(512);
    expect(ofBoth('', octets(longest))).toEqual([longest, longest]);
    expect(ofBoth('', octets(`${longest}a`))).toEqual([undefined, undefined]);
    expect(ofBoth(`?since=${encodeURIComponent(longest)}`)).toEqual([longest, longest]);
    expect(ofBoth(`?since=${encodeURIComponent(`${longest}a`)}`)).toEqual([undefined, undefined]);
    expect(lastEventIdOf(asNode('/', 'abc'), { maxLastEventIdLength: 2 })).toBeUndefined();
  });

  it('is taken as it is where somebody has decoded it', () => {
    expect(lastEventIdOf(asNode('/', 'ключ'))).toBe('ключ');
  });

  it('never throws, whatever is sent, and has no line end', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.option(fc.string({ unit: 'binary' })), (url, field) => {
        expect(lastEventIdOf(asNode(url, field ?? undefined)) ?? '').not.toMatch(/[\r\n\0]/);
      }),
    );
    expect(lastEventIdOf(asNode(undefined))).toBeUndefined();
    const twice = { url: '/', headers: { 'last-event-id': ['1', '2'] } } as unknown as IncomingMessage;
    expect(lastEventIdOf(twice)).toBe('1');
  });
});
