import { expect, it } from 'vitest';
import { excerptOf } from '../../src/bytes/index.ts';
import { Violations } from '../../src/frame/index.ts';
import { ProtocolError } from '../../src/websocket/protocol-error.ts';

const EXCERPT = excerptOf('frames', Buffer.from('8105486568', 'hex'), 2);

it.each(Object.values(Violations))('tells of $name the section, the byte and what was expected', (violation) => {
  const error = new ProtocolError(violation, 4_242, EXCERPT);
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({
    name: 'ProtocolError',
    code: violation.code,
    closeCode: violation.status,
    section: violation.section,
    offset: 4_242,
    expected: violation.expected,
    excerpt: EXCERPT,
  });
  for (const part of [violation.text, violation.section, 'byte 4242: 81 05 [48] 65 68', violation.expected]) {
    expect(error.message).toContain(part);
  }
});

it('says so when the bytes are those of an inflated text', () => {
  const error = new ProtocolError(Violations.InvalidText, 9, excerptOf('inflated', Buffer.from('61ff62', 'hex'), 1));
  expect(error.message).toContain('(RFC 6455 §8.1, byte 9, inflated: 61 [ff] 62)');
});

it('shows nothing where there is nothing to show', () => {
  const error = new ProtocolError(Violations.MessageTimeout, 7);
  expect(error.excerpt).toBeUndefined();
  expect(error.message).toContain('(RFC 6455 §10.4, byte 7); expected');
});
