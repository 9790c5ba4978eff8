// Statements about reason phrases.
import { STATUS_CODES } from 'node:http';
import { expect, test } from 'vitest';
import { reasonPhrase } from '../../src/http/status-text.ts';

/** `node:http` goes by older RFCs here; RFC 9110 §15.5.14 and §15.5.21 gave these two new names. */
const RENAMED = new Map([
  [413, 'Content Too Large'],
  [422, 'Unprocessable Content'],
]);

test('a phrase is the one node:http has, but for the two that RFC 9110 renamed', () => {
  for (let status = 100; status < 600; status++) {
    const phrase = reasonPhrase(status);
    if (phrase !== '') expect(phrase).toBe(RENAMED.get(status) ?? STATUS_CODES[status]);
  }
});

test.each([101, 200, 400, 403, 404, 405, 408, 414, 426, 429, 431, 500, 501, 502, 503, 505])(
  '%d has a phrase',
  (status) => {
    expect(reasonPhrase(status)).not.toBe('');
  },
);

test('a status that HTTP does not define has an empty phrase', () => {
  expect(reasonPhrase(299)).toBe('');
  expect(reasonPhrase(418)).toBe('');
  expect(reasonPhrase(999)).toBe('');
});
