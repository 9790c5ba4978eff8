// The reasons of a failed opening handshake: a stable code and a section for every row that there is.
import { describe, expect, test } from 'vitest';
import {
  abortedBy,
  closedTooEarly,
  type Fault,
  hungUp,
  invalidLocation,
  timedOut,
  tooManyInterimResponses,
  tooManyRedirects,
  unexpectedResponse,
  wrongHead,
} from '../../src/client/opening-error.ts';
import { type NegotiationFailure, NegotiationFailures } from '../../src/deflate/index.ts';
import { HandshakeError, HandshakeFailures } from '../../src/handshake/index.ts';
import { Fields, HttpRefusals } from '../../src/http/index.ts';

const NO_FIELDS = Fields.from([]);

const rows: [string, Fault][] = [
  ...Object.entries(HandshakeFailures),
  ...Object.entries(HttpRefusals),
  ...Object.entries(NegotiationFailures),
];

describe('every row of a fault', () => {
  test.each(rows)('%s becomes an error with its section', (_, row) => {
    const error = wrongHead(row, NO_FIELDS);
    expect(error).toBeInstanceOf(HandshakeError);
    expect(error).toBeInstanceOf(Error);
    expect(error.code).toMatch(/^WS_ERR_HANDSHAKE_[A-Z]+(?:_[A-Z]+)*$/);
    expect(error.section).toBe(row.section);
    expect(error.expected).toBe(row.expected);
    expect(error.message).toContain(`(${row.section}); expected ${row.expected}`);
  });

  test('has a code of its own', () => {
    const codes = rows.map(([, row]) => wrongHead(row, NO_FIELDS).code);
    expect(new Set(codes).size).toBe(codes.length);
  });

  test('has the code of its name', () => {
    expect(wrongHead(HandshakeFailures.AcceptMismatch, NO_FIELDS).code).toBe('WS_ERR_HANDSHAKE_ACCEPT_MISMATCH');
    expect(wrongHead(HttpRefusals.HeadTooLarge, NO_FIELDS).code).toBe('WS_ERR_HANDSHAKE_HEAD_TOO_LARGE');
    expect(wrongHead(NegotiationFailures.RepeatedExtension, NO_FIELDS).code).toBe(
      'WS_ERR_HANDSHAKE_REPEATED_EXTENSION',
    );
  });

  test('has one too when nobody knows it', () => {
    const row = { section: 'RFC 7692 §7', text: 'new', expected: 'old' } as unknown as NegotiationFailure;
    expect(wrongHead(row, NO_FIELDS).code).toBe('WS_ERR_HANDSHAKE_EXTENSION');
  });
});

test.each([
  [timedOut(), 'WS_ERR_HANDSHAKE_TIMED_OUT', 'Opening handshake has timed out'],
  [closedTooEarly(), 'WS_ERR_HANDSHAKE_ABORTED', 'WebSocket was closed before the connection was established'],
  [unexpectedResponse(404, NO_FIELDS), 'WS_ERR_HANDSHAKE_UNEXPECTED_RESPONSE', 'Unexpected server response: 404'],
  [tooManyRedirects(), 'WS_ERR_HANDSHAKE_TOO_MANY_REDIRECTS', 'Maximum number of redirects exceeded'],
  [hungUp(), 'ECONNRESET', 'socket hang up'],
])('%s', (error, code, message) => {
  expect(error).toMatchObject({ code, message });
});

test('an unexpected response has its status', () => {
  expect(unexpectedResponse(503, NO_FIELDS).statusCode).toBe(503);
});

test('too many interim responses are counted in the message', () => {
  expect(tooManyInterimResponses(8).message).toContain('more than 8 interim responses');
});

test('a wrong Location stays a SyntaxError', () => {
  const error = invalidLocation(new SyntaxError('no'), NO_FIELDS);
  expect(error).toBeInstanceOf(SyntaxError);
  expect(error).toMatchObject({ message: 'no', code: 'WS_ERR_HANDSHAKE_INVALID_LOCATION' });
});

test('an aborted signal gives its reason as the cause', () => {
  const reason = new Error('enough');
  expect(abortedBy(AbortSignal.abort(reason))).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', cause: reason });
});
