// RFC 7692 §7.1: the four parameters, read strictly and written so that they read back the same.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  assertWindowBits,
  type DeflateParameters,
  directionsOf,
  type ExtensionElement,
  formatParameters,
  isParameterFault,
  ParameterFaults,
  parseParameters,
} from '../../src/deflate/parameters.ts';
import { element } from './elements.ts';

const NOTHING: DeflateParameters = {
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  serverMaxWindowBits: undefined,
  clientMaxWindowBits: undefined,
};

describe('reading', () => {
  test('no parameter at all says nothing', () => {
    expect(parseParameters(element('permessage-deflate'))).toEqual(NOTHING);
  });

  test('all four at once', () => {
    const all = element(
      'permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10; client_max_window_bits',
    );
    expect(parseParameters(all)).toEqual({
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      serverMaxWindowBits: 10,
      clientMaxWindowBits: true,
    });
  });

  // RFC 7692 §7.1.2.1(a), §7.1.2.2(a)
  test.each([8, 9, 10, 11, 12, 13, 14, 15])('%d is a window (§7.1.2.1, §7.1.2.2)', (bits) => {
    expect(parseParameters(element(`x; server_max_window_bits=${bits}; client_max_window_bits=${bits}`))).toEqual({
      ...NOTHING,
      serverMaxWindowBits: bits,
      clientMaxWindowBits: bits,
    });
  });

  const NO_WINDOWS = ['', '0', '7', '16', '1000', '08', '010', '9.5', '+9', '-9', ' 9', '9 ', '9\n', '0x9', '1e1', '٩'];

  // RFC 7692 §7.1.2.1(a), §7.1.2.2(a)
  test.each(NO_WINDOWS)('%j is not a window', (value) => {
    const server = { name: 'x', parameters: new Map([['server_max_window_bits', [value]]]) };
    expect(parseParameters(server)).toBe(ParameterFaults.ServerMaxWindowBitsValue);
    const client = { name: 'x', parameters: new Map([['client_max_window_bits', [value]]]) };
    expect(parseParameters(client)).toBe(ParameterFaults.ClientMaxWindowBitsValue);
  });

  // RFC 7692 §7.1.2.1(a)
  test('server_max_window_bits must have a value (§7.1.2.1)', () => {
    expect(parseParameters(element('x; server_max_window_bits'))).toBe(ParameterFaults.ServerMaxWindowBitsValue);
  });

  // RFC 7692 §7.1.1.1(c), §7.1.1.2(b)
  test.each([
    ['server_no_context_takeover=1', ParameterFaults.ServerNoContextTakeoverValue],
    ['server_no_context_takeover=true', ParameterFaults.ServerNoContextTakeoverValue],
    ['client_no_context_takeover=', ParameterFaults.ClientNoContextTakeoverValue],
  ])('%s has a value where none is allowed', (parameter, fault) => {
    expect(parseParameters(element(`x; ${parameter}`))).toBe(fault);
  });

  // RFC 7692 §7(c)(g)
  test.each([
    'server_no_context_takeover; server_no_context_takeover',
    'client_max_window_bits; client_max_window_bits',
    'server_max_window_bits=10; server_max_window_bits=10',
    'client_max_window_bits=10; client_max_window_bits',
  ])('%s names a parameter twice (§7)', (parameters) => {
    expect(parseParameters(element(`x; ${parameters}`))).toBe(ParameterFaults.RepeatedParameter);
  });

  test.each(['unknown', 'unknown=8', '__proto__', 'constructor=8', 'Server_no_context_takeover', 'max_window_bits=8'])(
    '%s is not defined (§7)',
    (parameter) => {
      expect(parseParameters(element(`x; ${parameter}`))).toBe(ParameterFaults.UnknownParameter);
    },
  );

  test('never throws, and answers with parameters or with a row of the table', () => {
    const names = fc.oneof(
      fc.constantFrom(
        'server_no_context_takeover',
        'client_no_context_takeover',
        'server_max_window_bits',
        'client_max_window_bits',
      ),
      fc.string(),
    );
    const values = fc.array(fc.oneof(fc.constant<true>(true), fc.nat(20).map(String), fc.string()), { maxLength: 3 });
    const anyElement: fc.Arbitrary<ExtensionElement> = fc
      .array(fc.tuple(names, values))
      .map((entries) => ({ name: 'permessage-deflate', parameters: new Map(entries) }));
    fc.assert(
      fc.property(anyElement, (candidate) => {
        const result = parseParameters(candidate);
        if (isParameterFault(result)) expect(Object.values(ParameterFaults)).toContain(result);
        else expect(Object.keys(result)).toEqual(Object.keys(NOTHING));
      }),
    );
  });
});

describe('writing', () => {
  // RFC 6455 §9.1(d)
  test('says only what is there', () => {
    expect(formatParameters(NOTHING)).toBe('permessage-deflate');
    expect(formatParameters({ ...NOTHING, clientMaxWindowBits: true })).toBe(
      'permessage-deflate; client_max_window_bits',
    );
  });

  test('reads back as it was', () => {
    const anyBits = fc.option(fc.integer({ min: 8, max: 15 }), { nil: undefined });
    const anyParameters: fc.Arbitrary<DeflateParameters> = fc.record({
      serverNoContextTakeover: fc.boolean(),
      clientNoContextTakeover: fc.boolean(),
      serverMaxWindowBits: anyBits,
      clientMaxWindowBits: fc.oneof(anyBits, fc.constant<true>(true)),
    });
    fc.assert(
      fc.property(anyParameters, (parameters) => {
        expect(parseParameters(element(formatParameters(parameters)))).toEqual(parameters);
      }),
    );
  });
});

describe('what was agreed, seen from one side', () => {
  const agreed = {
    serverNoContextTakeover: true,
    clientNoContextTakeover: false,
    serverMaxWindowBits: 10,
    clientMaxWindowBits: 12,
  };
  const fromServer = { windowBits: 10, contextTakeover: false };
  const fromClient = { windowBits: 12, contextTakeover: true };

  // RFC 7692 §5(c)
  test('a server deflates with the server parameters and inflates with the client parameters', () => {
    expect(directionsOf(agreed, 'server')).toEqual({ deflate: fromServer, inflate: fromClient });
  });

  // RFC 7692 §5(c)
  test('a client does the opposite', () => {
    expect(directionsOf(agreed, 'client')).toEqual({ deflate: fromClient, inflate: fromServer });
  });
});

test.each([7, 16, 9.5, Number.NaN, Number.POSITIVE_INFINITY])('a caller may not ask for a window of 2^%d', (bits) => {
  expect(() => assertWindowBits('windowBits', bits)).toThrow(RangeError);
});

test.each([8, 15])('a caller may ask for a window of 2^%d', (bits) => {
  expect(() => assertWindowBits('windowBits', bits)).not.toThrow();
});

test.each(Object.entries(ParameterFaults))('%s names its section', (_, row) => {
  expect(row.section).toMatch(/^RFC 7692 §7(\.1\.[12]\.[12])?$/);
  expect(row.text).toMatch(/^permessage-deflate: /);
});
