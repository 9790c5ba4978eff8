// Statements about the error of a failed opening handshake, on either side.
import { expect, test } from 'vitest';
import { excerptOf } from '../../src/bytes/index.ts';
import { HandshakeError, invalidAnswer, invalidHandshake } from '../../src/handshake/handshake-error.ts';
import { HandshakeFailures, HandshakeRefusals } from '../../src/handshake/index.ts';
import { HttpRefusals } from '../../src/http/index.ts';

const FINDING = { offset: 21, excerpt: excerptOf('head', Buffer.from('Host: a'), 6) };

const REFUSALS = [...Object.values(HandshakeRefusals), ...Object.values(HttpRefusals)];

test.each(REFUSALS)('a request refused for $name tells the section, the octet and what was expected', (row) => {
  const error = invalidHandshake(row, FINDING);
  expect(error).toBeInstanceOf(HandshakeError);
  const { section, expected, status } = row;
  expect(error).toMatchObject({ name: 'HandshakeError', section, expected, status, ...FINDING });
  expect(error.code).toMatch(/^WS_ERR_HANDSHAKE_[A-Z]+(?:_[A-Z]+)*$/);
  const text = row.text.slice(0, -1);
  expect(error.message).toBe(
    `Invalid opening handshake: ${text} (${section}, byte 21: 48 6f 73 74 3a 20 [61]); expected ${expected}`,
  );
});

test.each(Object.values(HandshakeFailures))('an answer that fails for $name does too', (row) => {
  const error = invalidAnswer(row, FINDING);
  expect(error).toMatchObject({ section: row.section, expected: row.expected, ...FINDING });
  expect(error.message).toContain('Invalid answer to the opening handshake: ');
  expect('status' in error).toBe(false);
});

test('a head that somebody else has read has no octets to show', () => {
  const error = invalidHandshake(HandshakeRefusals.MissingKey);
  expect(error).toMatchObject({ offset: undefined, excerpt: undefined });
  expect(error.message).toContain('(RFC 6455 §4.2.1); expected one Sec-WebSocket-Key');
});

test('an octet of a body is called one', () => {
  const excerpt = excerptOf('body', Buffer.from('xyz'), 1);
  const error = invalidAnswer(HttpRefusals.InvalidChunkSize, { offset: 4, excerpt });
  expect(error.message).toContain('(RFC 9112 §7.1, byte 4 of the body: 78 [79] 7a)');
});

test('an octet that is gone is told by its place alone', () => {
  const error = invalidAnswer(HttpRefusals.IncompleteBody, { offset: 4, excerpt: undefined });
  expect(error.message).toContain('(RFC 9112 §8, byte 4)');
});

test('where no rule was broken there is no section and no expectation', () => {
  const error = new HandshakeError('TimedOut', 'too late');
  expect(error).toMatchObject({ code: 'WS_ERR_HANDSHAKE_TIMED_OUT', section: undefined, expected: undefined });
  expect(error).toMatchObject({ message: 'too late', offset: undefined, excerpt: undefined });
});
