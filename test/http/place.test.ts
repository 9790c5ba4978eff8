// Statements about where in a head a rule is broken, for heads that are HTTP and say what they may not say.
import { describe, expect, test } from 'vitest';
import { fieldLine, findPlace, type Place, startLinePart } from '../../src/http/place.ts';

const REQUEST = 'GET /chat HTTP/1.1\r\nHost: a.example\r\nX:\t 1\r\nhOST:b.example\r\nEmpty:\r\n\r\n';

/** What of `head` is marked: everything from the octet on to the end of its line. */
function marked(head: string, place: Place): string {
  const { offset, excerpt } = findPlace(head, place);
  expect(excerpt?.bytes[excerpt.index]).toBe(head.charCodeAt(offset));
  expect(excerpt?.of).toBe('head');
  return head.slice(offset, head.indexOf('\r\n', offset) + 2);
}

describe('a place is found', () => {
  test.each([
    ['the method', startLinePart(0), 'GET /chat HTTP/1.1\r\n'],
    ['the request target', startLinePart(1), '/chat HTTP/1.1\r\n'],
    ['the version', startLinePart(2), 'HTTP/1.1\r\n'],
    ['the value of a field', fieldLine('Host'), 'a.example\r\n'],
    ['the value of its second line, its name in any case', fieldLine('Host', 1), 'b.example\r\n'],
    ['a value behind tabs and spaces', fieldLine('x'), '1\r\n'],
    ['an empty value', fieldLine('Empty'), '\r\n'],
  ])('%s', (_, place, rest) => {
    expect(marked(REQUEST, place)).toBe(rest);
    // RFC 9112 §2.2: an empty line may come first.
    expect(marked(`\r\n${REQUEST}`, place)).toBe(rest);
  });

  test('a field that is missing, at the empty line', () => {
    for (const place of [fieldLine('Upgrade'), fieldLine('Host', 2), fieldLine('Hos'), fieldLine('')]) {
      expect(findPlace(REQUEST, place).offset).toBe(REQUEST.length - 2);
    }
    expect(findPlace('GET / HTTP/1.1\r\n\r\n', fieldLine('Host')).offset).toBe(16);
  });

  test('of a status line the version and the status', () => {
    const response = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n';
    expect(marked(response, startLinePart(0))).toBe('HTTP/1.1 101 Switching Protocols\r\n');
    expect(marked(response, startLinePart(1))).toBe('101 Switching Protocols\r\n');
    expect(marked(response, fieldLine('Upgrade'))).toBe('websocket\r\n');
  });

  test('and the search ends also where there is no head', () => {
    for (const text of ['', 'GET', 'GET / HTTP/1.1\r\nHost: a', 'a\r\nb']) {
      expect(findPlace(text, fieldLine('Upgrade')).offset).toBe(text.length);
    }
  });
});
