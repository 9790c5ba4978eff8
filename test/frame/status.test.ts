// Statements about close codes: RFC 6455 §7.4 and the IANA registry.
import { expect, test } from 'vitest';
import { CloseCode, mayTravel } from '../../src/frame/status.ts';

// RFC 6455 §7.4.2(A)
test('of all 65,536 codes exactly 1000 to 1003, 1007 to 1014 and 3000 to 4999 may stand in a Close frame', () => {
  const expected: number[] = [1000, 1001, 1002, 1003];
  for (let code = 1007; code <= 1014; code++) expected.push(code);
  for (let code = 3000; code <= 4999; code++) expected.push(code);
  const allowed: number[] = [];
  for (let code = 0; code <= 0xffff; code++) if (mayTravel(code)) allowed.push(code);
  expect(allowed).toEqual(expected);
});

test('the registered codes are those of §7.4.1 and of the IANA registry', () => {
  expect(CloseCode).toEqual({
    NormalClosure: 1000,
    GoingAway: 1001,
    ProtocolError: 1002,
    UnsupportedData: 1003,
    NoStatusReceived: 1005,
    AbnormalClosure: 1006,
    InvalidPayload: 1007,
    PolicyViolation: 1008,
    MessageTooBig: 1009,
    MandatoryExtension: 1010,
    InternalError: 1011,
    ServiceRestart: 1012,
    TryAgainLater: 1013,
    BadGateway: 1014,
    TlsHandshake: 1015,
  });
});

// RFC 6455 §7.4.1(a)(b)(d)
test('the codes that stand for something that did not happen never travel', () => {
  for (const code of [CloseCode.NoStatusReceived, CloseCode.AbnormalClosure, CloseCode.TlsHandshake]) {
    expect(mayTravel(code)).toBe(false);
  }
});

test('every other registered code travels', () => {
  const silent: readonly number[] = [1005, 1006, 1015];
  for (const code of Object.values(CloseCode)) expect(mayTravel(code)).toBe(!silent.includes(code));
});
