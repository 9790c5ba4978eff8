import { describe, expect, test } from 'vitest';
import { meaningOfHeadField } from '../../src/inspect/head-field.ts';

test('names of fields are compared without regard to case (RFC 9110 §5.1)', () => {
  expect(meaningOfHeadField('SEC-WebSocket-key')).toBe(meaningOfHeadField('sec-websocket-key'));
  expect(meaningOfHeadField('sec-websocket-key').section).toBe('RFC 6455 §11.3.1');
});

describe('a name that nobody knows has the meaning of all such names', () => {
  test.each(['X-Whatever', '__proto__', 'constructor', 'toString', ''])('%s', (name) => {
    expect(meaningOfHeadField(name)).toEqual({ meaning: 'the handshake does not need it', section: 'RFC 9110 §5' });
  });
});
