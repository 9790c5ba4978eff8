import { expect, it } from 'vitest';
import { Violations } from '../../src/frame/index.ts';
import { ProtocolError } from '../../src/websocket/protocol-error.ts';

it.each(Object.values(Violations))('tells of $name the section, the byte and what was expected', (violation) => {
  const error = new ProtocolError(violation, 4_242);
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({
    name: 'ProtocolError',
    code: violation.code,
    closeCode: violation.status,
    section: violation.section,
    offset: 4_242,
    expected: violation.expected,
  });
  for (const part of [violation.text, violation.section, 'byte 4242', violation.expected]) {
    expect(error.message).toContain(part);
  }
});
