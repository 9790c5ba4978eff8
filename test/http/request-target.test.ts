// Statements about the four forms of a request target, RFC 9112 §3.2.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readRequestTarget, TargetForm } from '../../src/http/request-target.ts';

test.each([
  ['GET', '/', TargetForm.Origin, '', '', '/'],
  ['GET', '/chat?a=b', TargetForm.Origin, '', '', '/chat?a=b'],
  ['GET', '//evil/x', TargetForm.Origin, '', '', '//evil/x'],
  ['GET', '/a:b', TargetForm.Origin, '', '', '/a:b'],
  ['OPTIONS', '*', TargetForm.Asterisk, '', '', '*'],
  ['CONNECT', 'a.example:443', TargetForm.Authority, '', 'a.example:443', ''],
  ['CONNECT', '[::1]:443', TargetForm.Authority, '', '[::1]:443', ''],
  ['GET', 'http://a.example/x?y', TargetForm.Absolute, 'http', 'a.example', '/x?y'],
  ['GET', 'HTTPS://a.example:8443/x', TargetForm.Absolute, 'HTTPS', 'a.example:8443', '/x'],
  ['GET', 'ws://a.example/x', TargetForm.Absolute, 'ws', 'a.example', '/x'],
  ['GET', 'wss://[::1]:1/x', TargetForm.Absolute, 'wss', '[::1]:1', '/x'],
  ['GET', 'http://a.example', TargetForm.Absolute, 'http', 'a.example', '/'],
  ['GET', 'http://a.example?y', TargetForm.Absolute, 'http', 'a.example', '/?y'],
  ['GET', 'http://a.example/http://b.example/', TargetForm.Absolute, 'http', 'a.example', '/http://b.example/'],
] as const)('%s %s is in %s', (method, target, form, scheme, authority, resource) => {
  expect(readRequestTarget(method, target)).toEqual({ form, scheme, authority, resource });
});

test.each([
  ['GET', '', 'nothing'],
  ['GET', '*', 'asterisk-form is for OPTIONS'],
  ['OPTIONS', '**', 'more than an asterisk'],
  ['OPTIONS', '*/x', 'more than an asterisk'],
  ['GET', 'a.example:443', 'authority-form is for CONNECT'],
  ['GET', 'a.example', 'no form at all'],
  ['GET', 'chat', 'a relative path'],
  ['GET', '?a', 'a query alone'],
  ['CONNECT', '/', 'CONNECT takes authority-form only'],
  ['CONNECT', 'a.example', 'CONNECT needs a port'],
  ['CONNECT', 'a.example:', 'CONNECT needs a port'],
  ['CONNECT', '[::1]', 'CONNECT needs a port'],
  ['CONNECT', 'http://a.example:443', 'CONNECT takes authority-form only'],
  ['GET', 'http:///x', 'no host'],
  ['GET', 'http://', 'no host'],
  ['GET', '://a.example/', 'no scheme'],
  ['GET', 'http:/a.example/', 'no authority'],
  ['GET', 'ftp://a.example/', 'a scheme that is not ours'],
  ['GET', 'httpx://a.example/', 'a scheme that is not ours'],
  ['GET', 'http://user@a.example/', 'userinfo'],
  ['GET', 'http://user:secret@a.example/', 'userinfo'],
  ['GET', 'http://a.example:x/', 'a port that is no number'],
  ['GET', 'http://a b/', 'a space'],
  ['GET', 'http://a.example\\b/', 'a backslash'],
])('%s %s is refused: %s', (method, target) => {
  expect(readRequestTarget(method, target)).toBeUndefined();
});

test('what it returns are pieces of the target', () => {
  const part = fc.constantFrom('http', 'ws', '://', '/', '?', ':', 'a.example', '80', '*', '@', '[::1]', '%41', '');
  fc.assert(
    fc.property(fc.constantFrom('GET', 'OPTIONS', 'CONNECT'), fc.array(part, { maxLength: 8 }), (method, parts) => {
      const target = parts.join('');
      const read = readRequestTarget(method, target);
      if (read === undefined) return;
      const { form, scheme, authority, resource } = read;
      if (form === TargetForm.Absolute) {
        expect([`${scheme}://${authority}${resource}`, `${scheme}://${authority}${resource.slice(1)}`]).toContain(
          target,
        );
      } else {
        expect(authority + resource).toBe(target);
      }
    }),
    { numRuns: 2000 },
  );
});
