// Statements about the HTTP version in a start line, RFC 9112 §2.3.
import { expect, test } from 'vitest';
import { HttpRefusals } from '../../src/http/refusal.ts';
import { judgeVersionOctet, minorVersionAt, VERSION_LENGTH } from '../../src/http/start-line.ts';

/** The first complaint about a text that has the length of a version. */
function judge(text: string): string | undefined {
  for (let i = 0; i < text.length; i++) {
    const refusal = judgeVersionOctet(i, text.charCodeAt(i));
    if (refusal !== undefined) return refusal.name;
  }
  return undefined;
}

test('a version has eight octets', () => {
  expect(VERSION_LENGTH).toBe('HTTP/1.1'.length);
});

test.each(['HTTP/1.1', 'HTTP/1.0'])('%s is spoken', (text) => {
  expect(judge(text)).toBeUndefined();
  expect(minorVersionAt(Buffer.from(`xx${text}`), 2)).toBe(Number(text.at(-1)));
});

test.each(['HTTP/1.2', 'HTTP/1.9', 'HTTP/2.0', 'HTTP/0.9', 'HTTP/3.0', 'HTTP/9.1'])('%s is not spoken', (text) => {
  expect(judge(text)).toBe(HttpRefusals.VersionNotSupported.name);
});

test.each(['http/1.1', 'HTTP 1.1', 'HTTP/1,1', 'HTTP/x.1', 'HTTP/1.x', 'HTTP/+1.', 'ICY 1.1 ', 'HTTQ/1.1', ' HTTP/1.'])(
  '%j is no version',
  (text) => {
    expect(judge(text)).toBe(HttpRefusals.InvalidVersion.name);
  },
);
