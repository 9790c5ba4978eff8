// Events and comments, written: nothing that a caller passes adds a line of its own.
import { describe, expect, it } from 'vitest';
import { writeComment, writeEvent } from '../../src/eventstream/index.ts';

describe('an event', () => {
  it.each([
    ['data', { data: 'a' }, 'data: a\n\n'],
    ['all fields', { data: 'a', id: '1', event: 'add', retry: 3_000 }, 'event: add\nid: 1\nretry: 3000\ndata: a\n\n'],
    ['empty data, which is an event', { data: '' }, 'data: \n\n'],
    ['an ID alone', { id: '1' }, 'id: 1\n\n'],
    ['an empty ID, which takes the last one away', { id: '', data: 'a' }, 'id: \ndata: a\n\n'],
    ['a reconnection time alone', { retry: 0 }, 'retry: 0\n\n'],
    ['the largest reconnection time', { retry: Number.MAX_SAFE_INTEGER }, 'retry: 9007199254740991\n\n'],
    ['fields that are not there', { data: 'a', id: undefined, event: undefined, retry: undefined }, 'data: a\n\n'],
    ['a space at the start, which is kept', { data: ' a', id: ' 1' }, 'id:  1\ndata:  a\n\n'],
  ])('with %s', (_, event, text) => {
    expect(writeEvent(event)).toBe(text);
  });

  it.each([
    ['LF', 'a\nid: 2', 'data: a\ndata: id: 2\n\n'],
    ['CR', 'a\rid: 2', 'data: a\ndata: id: 2\n\n'],
    ['CRLF', 'a\r\nid: 2', 'data: a\ndata: id: 2\n\n'],
    ['LF LF', 'a\n\ndata: b', 'data: a\ndata: \ndata: data: b\n\n'],
    ['CR CR', 'a\r\rdata: b', 'data: a\ndata: \ndata: data: b\n\n'],
    ['LF CR, which are two', 'a\n\rb', 'data: a\ndata: \ndata: b\n\n'],
    ['an end of line at the end', 'a\n', 'data: a\ndata: \n\n'],
    ['nothing but ends of lines', '\r\n\r', 'data: \ndata: \ndata: \n\n'],
  ])('has a line of data for every line of its data: %s', (_, data, text) => {
    expect(writeEvent({ data })).toBe(text);
  });

  it.each(['\n', '\r', '\r\n', '\n\n', '\r\r'])('does not end a line in its ID or its type: %j', (end) => {
    for (const text of [end, `a${end}`, `${end}a`, `1${end}data: injected`]) {
      expect(() => writeEvent({ data: 'a', id: text })).toThrow(
        new TypeError('id must be one line: it holds a CR or LF'),
      );
      expect(() => writeEvent({ data: 'a', event: text })).toThrow(
        new TypeError('event must be one line: it holds a CR or LF'),
      );
    }
  });

  it.each(['\0', '\u2028', '\u2029', '\u0085', '\u000b', '\ufeff', '\ud800', '\udc00'])(
    'holds what ends no line here as it is: %j',
    (character) => {
      expect(writeEvent({ data: character, event: character })).toBe(`event: ${character}\ndata: ${character}\n\n`);
      if (character !== '\0') expect(writeEvent({ id: character })).toBe(`id: ${character}\n\n`);
    },
  );

  it('has no NUL in its ID: browsers would ignore it', () => {
    expect(() => writeEvent({ data: 'a', id: '1\0' })).toThrow(TypeError);
  });

  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '3000', '1\ndata: injected', null])(
    'does not come again after %s milliseconds',
    (retry) => {
      expect(() => writeEvent({ data: 'a', retry: retry as number })).toThrow(RangeError);
    },
  );

  it.each([1, null, {}, ['a'], Buffer.from('a'), Symbol('a')])('has fields that are strings: %s', (value) => {
    for (const field of ['data', 'id', 'event']) {
      expect(() => writeEvent({ data: 'a', [field]: value })).toThrow(TypeError);
    }
  });

  it('is something that a client can see', () => {
    expect(() => writeEvent({})).toThrow(TypeError);
    expect(() => writeEvent({ event: 'add', id: '1' })).toThrow(TypeError);
  });
});

describe('a comment', () => {
  it.each([
    ['heartbeat', ': heartbeat\n'],
    ['', ': \n'],
    ['a\ndata: b', ': a\n: data: b\n'],
    ['a\rdata: b', ': a\n: data: b\n'],
    ['a\r\n\r\ndata: b', ': a\n: \n: data: b\n'],
    ['\n', ': \n: \n'],
  ])('is a comment in each of its lines: %j', (text, written) => {
    expect(writeComment(text)).toBe(written);
  });

  it('is a string', () => {
    expect(() => writeComment(1 as unknown as string)).toThrow(TypeError);
  });
});
