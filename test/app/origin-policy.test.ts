import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { OriginPolicy, type OriginSettings } from '../../src/app/origin-policy.ts';

/** Whether it is admitted, and who may read the answer. */
function judge(settings: OriginSettings, host: string | undefined, origin?: string): [boolean, string | undefined] {
  const fields = new Map<string, string>();
  const response = { setHeader: (name: string, value: string) => fields.set(name, value) } as unknown as ServerResponse;
  const request = { headers: { host, origin } } as unknown as IncomingMessage;
  return [new OriginPolicy(settings).admits(request, response), fields.get('Access-Control-Allow-Origin')];
}

describe('where everybody is a guest', () => {
  const settings: OriginSettings = { allowedOrigins: 'same-host', isOpen: true };

  test.each(['127.0.0.1', 'localhost:8080', '[::1]:8080', 'LOCALHOST', undefined])('%s is a name of ours', (host) => {
    expect(judge(settings, host)[0]).toBe(true);
  });

  test.each(['evil.example', 'evil.example:8080', '127.0.0.1.evil.example', 'localhost.evil.example', '', 'a b', '@'])(
    '%j is not: a page has brought it by DNS rebinding',
    (host) => {
      expect(judge(settings, host)[0]).toBe(false);
    },
  );

  test('a page must be of this machine, and of this very server', () => {
    expect(judge(settings, 'localhost:80', 'http://localhost:80')).toEqual([true, undefined]);
    expect(judge(settings, 'localhost:80', 'http://localhost:81')[0]).toBe(false);
    expect(judge(settings, 'localhost:80', 'https://evil.example')[0]).toBe(false);
    expect(judge(settings, 'localhost:80', 'null')[0]).toBe(false);
    const policy = new OriginPolicy(settings);
    expect([policy.isAtHome('http://evil.example'), policy.isAtHome('null'), policy.isAtHome(undefined)]).toEqual([
      false,
      false,
      true,
    ]);
  });

  test('sites that are listed are names of ours, too, and no others', () => {
    const listed: OriginSettings = { allowedOrigins: ['https://app.example', 'null'], isOpen: true };
    expect(judge(listed, 'app.example', 'https://app.example')).toEqual([true, 'https://app.example']);
    expect(judge(listed, 'localhost', 'https://app.example')).toEqual([true, 'https://app.example']);
    expect(judge(listed, 'evil.example')[0]).toBe(false);
  });

  test('every name is good where every page may come', () => {
    expect(judge({ allowedOrigins: '*', isOpen: true }, 'any.example', 'https://other.example')).toEqual([
      true,
      'https://other.example',
    ]);
  });
});

describe('where tokens are asked for', () => {
  test('the name does not matter: a page that has brought its own has no token', () => {
    const settings: OriginSettings = { allowedOrigins: 'same-host', isOpen: false };
    expect(judge(settings, 'chat.example', 'https://chat.example')).toEqual([true, undefined]);
    expect(judge(settings, 'chat.example')[0]).toBe(true);
    expect(judge(settings, 'chat.example', 'https://evil.example')[0]).toBe(false);
  });
});

test('an origin that is none is refused when the policy is made', () => {
  expect(() => new OriginPolicy({ allowedOrigins: ['nonsense'], isOpen: true })).toThrow(TypeError);
});
