// Statements about requests that `node:http` has parsed.
import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { headOfIncomingMessage, type IncomingMessageLike } from '../../src/handshake/incoming-message.ts';
import { HandshakeRefusals } from '../../src/handshake/refusal.ts';
import { readOpeningHandshake } from '../../src/handshake/server-handshake.ts';
import { GOOD_FIELDS } from './openings.ts';

const message: IncomingMessageLike = {
  method: 'GET',
  url: '/chat',
  httpVersionMajor: 1,
  httpVersionMinor: 1,
  rawHeaders: GOOD_FIELDS,
};

test('an http.IncomingMessage is of the shape', () => {
  const head = (incoming: IncomingMessage) => headOfIncomingMessage(incoming);
  expect(head(message as unknown as IncomingMessage).target).toBe('/chat');
});

test('a second Host is seen, which headers would hide', () => {
  const head = headOfIncomingMessage({ ...message, rawHeaders: [...GOOD_FIELDS, 'host', 'evil'] });
  expect(readOpeningHandshake(head)).toBe(HandshakeRefusals.DuplicateHost);
});

test('a message without method or url is refused, not thrown at', () => {
  expect(readOpeningHandshake(headOfIncomingMessage({ ...message, method: undefined }))).toBe(
    HandshakeRefusals.MethodNotGet,
  );
  expect(readOpeningHandshake(headOfIncomingMessage({ ...message, url: undefined }))).toBe(
    HandshakeRefusals.InvalidResourceName,
  );
});

// CVE-2024-37890: what node:http drops may be a second Host or the Upgrade itself.
test('more fields than are accepted may be fewer than were sent: the head is refused', () => {
  const filled = (count: number): string[] => [
    ...GOOD_FIELDS,
    ...Array(count - GOOD_FIELDS.length / 2)
      .fill(['X', 'y'])
      .flat(),
  ];
  expect(headOfIncomingMessage({ ...message, rawHeaders: filled(100) }).truncated).toBe(false);
  const truncated = headOfIncomingMessage({ ...message, rawHeaders: filled(101) });
  expect(truncated.truncated).toBe(true);
  expect(readOpeningHandshake(truncated)).toBe(HandshakeRefusals.TruncatedHead);
  expect(headOfIncomingMessage({ ...message, rawHeaders: filled(101) }, 101).truncated).toBe(false);
});
