// Addresses: RFC 6455 §3, the constructor of WHATWG WebSockets §3.1, and `ws+unix:`.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Address, parseAddress, resolveLocation } from '../../src/client/address.ts';

function addressOf(url: string, parts: Partial<Address>): Address {
  return {
    url,
    secure: false,
    host: 'example.com',
    port: 80,
    authority: 'example.com',
    path: '/',
    socketPath: undefined,
    auth: undefined,
    ...parts,
  };
}

describe('an address', () => {
  // RFC 6455 §3(b), §4.1(q)(r), §11.1.1(a)(b), §11.1.2(a)(b)
  test.each([
    ['ws://example.com', addressOf('ws://example.com/', {})],
    ['WS://EXAMPLE.com:80/', addressOf('ws://example.com/', {})],
    ['http://example.com', addressOf('ws://example.com/', {})],
    ['wss://example.com', addressOf('wss://example.com/', { secure: true, port: 443 })],
    ['https://example.com:443', addressOf('wss://example.com/', { secure: true, port: 443 })],
    [
      'wss://example.com:80/',
      addressOf('wss://example.com:80/', { secure: true, port: 80, authority: 'example.com:80' }),
    ],
    ['ws://example.com/a b?c=ü', addressOf('ws://example.com/a%20b?c=%C3%BC', { path: '/a%20b?c=%C3%BC' })],
    ['ws://[::1]:81/', addressOf('ws://[::1]:81/', { host: '::1', port: 81, authority: '[::1]:81' })],
    ['ws://u%3A:p%40@example.com/', addressOf('ws://u%3A:p%40@example.com/', { auth: 'u::p@' })],
    ['ws://u@example.com/', addressOf('ws://u@example.com/', { auth: 'u:' })],
    ['ws://u%zz@example.com/', addressOf('ws://u%zz@example.com/', { auth: 'u%zz:' })],
  ])('%s', (url, expected) => {
    expect(parseAddress(url)).toEqual(expected);
    expect(parseAddress(new URL(url))).toEqual(expected);
  });

  test.each([
    ['ws+unix:/a.sock', '/a.sock', '/'],
    ['ws+unix:/a.sock:', '/a.sock', '/'],
    ['ws+unix:/a.sock:/b?c:d', '/a.sock', '/b?c:d'],
    ['ws+unix:/a%20b.sock:/b', '/a b.sock', '/b'],
    ['ws+unix:a.sock:/b', 'a.sock', '/b'],
  ])('%s is a Unix socket', (url, socketPath, path) => {
    expect(parseAddress(url)).toEqual(
      addressOf(new URL(url).href, { host: 'localhost', authority: 'localhost', socketPath, path }),
    );
  });

  // RFC 6455 §3(a), §4.1(b)
  test.each([
    ['', /Invalid URL/],
    ['example.com', /Invalid URL/],
    ['ws://', /Invalid URL/],
    ['ws://a b/', /Invalid URL/],
    ['ftp://example.com/', /scheme/],
    ['wss+unix:/a.sock', /scheme/],
    ['javascript:1', /scheme/],
    ['ws://example.com/#a', /fragment/],
    ['ws://example.com/#', /fragment/],
    ['ws+unix:', /path of a socket/],
    ['ws+unix::/b', /path of a socket/],
  ])('is not: %j', (url, message) => {
    expect(() => parseAddress(url)).toThrow(SyntaxError);
    expect(() => parseAddress(url)).toThrow(message);
  });

  test('never is changed where it was given as a URL', () => {
    const url = new URL('http://example.com/');
    parseAddress(url);
    expect(url.href).toBe('http://example.com/');
  });

  test('of any text is an address or a SyntaxError', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.webUrl(),
          fc.string(),
          fc.string().map((text) => `ws+unix:${text}`),
        ),
        (text) => {
          try {
            const { path, url } = parseAddress(text);
            expect(path).toMatch(/^[^#]+$/);
            expect(parseAddress(url).url).toBe(url);
          } catch (error) {
            expect(error).toBeInstanceOf(SyntaxError);
          }
        },
      ),
    );
  });
});

describe('a Location', () => {
  const here = parseAddress('wss://example.com:8443/a/b?c');

  test.each([
    ['/d', 'wss://example.com:8443/d'],
    ['d', 'wss://example.com:8443/a/d'],
    ['?e', 'wss://example.com:8443/a/b?e'],
    ['//other.example/d', 'wss://other.example/d'],
    ['ws://other.example/d', 'ws://other.example/d'],
    ['http://other.example/d', 'ws://other.example/d'],
    ['https://other.example/d', 'wss://other.example/d'],
    ['ws+unix:/a.sock', 'ws+unix:/a.sock'],
    ['', 'wss://example.com:8443/a/b?c'],
  ])('%j leads from a host to %s', (location, url) => {
    expect(resolveLocation(location, here).url).toBe(url);
  });

  const local = parseAddress('ws+unix:/a%20b.sock:/a/b?c');

  test.each([
    ['/d?e', 'ws+unix:/a%20b.sock:/d?e'],
    ['d', 'ws+unix:/a%20b.sock:/a/d'],
    ['ws://other.example/', 'ws://other.example/'],
  ])('%j leads from a Unix socket to %s', (location, url) => {
    expect(resolveLocation(location, local).url).toBe(url);
  });

  test.each(['//other.example/d', '\\\\other.example', 'd#e'])('%j leads from a Unix socket nowhere', (location) => {
    expect(() => resolveLocation(location, local)).toThrow(SyntaxError);
  });

  test.each(['ftp://example.com/', '/d#e', 'http://['])('%j leads nowhere', (location) => {
    expect(() => resolveLocation(location, here)).toThrow(SyntaxError);
  });
});
