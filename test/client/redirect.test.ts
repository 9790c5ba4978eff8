// Redirects: where they lead, and what of the caller's goes along. RFC 9110 §15.4.
import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../src/client/address.ts';
import { firstRoute, headersFor, isRedirect, type Route, redirected } from '../../src/client/redirect.ts';
import { Fields, type ResponseHead } from '../../src/http/index.ts';

function headOf(statusCode: number, ...raw: string[]): ResponseHead {
  return { statusCode, reason: '', majorVersion: 1, minorVersion: 1, fields: Fields.from(raw) };
}

test.each([
  [301, true],
  [302, true],
  [303, true],
  [307, true],
  [308, true],
  [200, false],
  [300, false],
  [304, false],
  [404, false],
])('%i with a Location is a redirect: %s', (statusCode, expected) => {
  expect(isRedirect(headOf(statusCode, 'Location', '/'))).toBe(expected);
  expect(isRedirect(headOf(statusCode))).toBe(false);
});

/** The way from `url` over all `locations`. */
function routeOver(url: string, ...locations: string[]): Route {
  return locations.reduce(redirected, firstRoute(parseAddress(url)));
}

describe('a route', () => {
  test.each([
    ['ws://a.example/', ['/b'], true, true],
    ['ws://a.example/', ['ws://A.example:80/b'], true, true],
    ['ws://a.example/', ['wss://a.example/'], true, true],
    ['wss://a.example/', ['ws://a.example/'], true, false],
    ['wss://a.example/', ['ws://a.example/', 'wss://a.example/'], true, false],
    ['ws://a.example/', ['ws://b.a.example/'], false, false],
    ['ws://a.example/', ['ws://a.example:81/'], false, false],
    ['ws://a.example/', ['ws://b.example/', 'ws://a.example/'], false, false],
    ['ws://a.example/', ['ws://b.example/', 'ws://a.example/', '/b'], false, false],
    ['ws://localhost/', ['ws+unix:/a.sock'], false, false],
    ['ws+unix:/a.sock', ['ws://localhost/'], false, false],
    ['ws+unix:/a.sock', ['ws+unix:/b.sock'], false, false],
    ['ws+unix:/a.sock', ['ws+unix:/a.sock:/b'], true, true],
    ['ws+unix:/a.sock', ['/b'], true, true],
  ])('from %s over %j stays with the host: %s, and is trusted: %s', (url, locations, sameHost, trusted) => {
    expect(routeOver(url, ...locations)).toMatchObject({ sameHost, trusted });
  });
});

describe('what goes along', () => {
  const headers = {
    AUTHORIZATION: 'a',
    cookie: ['b', 'c'],
    'Proxy-Authorization': ['d', 'e'],
    Host: 'f',
    'X-Other': 'g',
  };
  const names = (route: Route, auth?: string): string[] => headersFor(route, headers, auth).map(([name]) => name);

  test('to the same host is everything', () => {
    expect(names(routeOver('ws://a.example/', '/b'))).toEqual(Object.keys(headers));
  });

  test('to another host is nothing that tells who the caller is, in whatever case and however often', () => {
    expect(names(routeOver('ws://a.example/', 'ws://b.example/'), 'u:p')).toEqual(['X-Other']);
    expect(names(routeOver('ws://a.example/', 'ws://u:p@b.example/'))).toEqual(['X-Other']);
  });

  test('from TLS to none is no credential; Host is none, and stays', () => {
    expect(names(routeOver('wss://a.example/', 'ws://a.example/'), 'u:p')).toEqual(['Host', 'X-Other']);
  });

  test('is made of auth, or of the URL, unless there is a header', () => {
    const basic = [['Authorization', `Basic ${Buffer.from('u:pä').toString('base64')}`]];
    expect(headersFor(firstRoute(parseAddress('ws://a.example/')), {}, 'u:pä')).toEqual(basic);
    expect(headersFor(firstRoute(parseAddress('ws://u:p%C3%A4@a.example/')), {}, undefined)).toEqual(basic);
    expect(headersFor(firstRoute(parseAddress('ws://x:y@a.example/')), {}, 'u:pä')).toEqual(basic);
    expect(headersFor(firstRoute(parseAddress('ws://a.example/')), { authorization: 'z' }, 'u:p')).toEqual([
      ['authorization', 'z'],
    ]);
  });
});
