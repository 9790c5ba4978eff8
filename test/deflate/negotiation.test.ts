// RFC 7692 §5 and §7.1: which offers a server takes and how it answers, and which answers a client lets pass.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  acceptOffer,
  acceptResponse,
  createOffer,
  isNegotiationFailure,
  NegotiationFailures,
} from '../../src/deflate/negotiation.ts';
import { normaliseOptions, type PerMessageDeflateOptions } from '../../src/deflate/options.ts';
import { element, elements } from './elements.ts';

const NAME = 'permessage-deflate';
const BOTH = '; server_no_context_takeover; client_no_context_takeover';
const TAKEOVER: PerMessageDeflateOptions = { serverNoContextTakeover: false, clientNoContextTakeover: false };

function answer(offers: string, options: PerMessageDeflateOptions = TAKEOVER): string | undefined {
  return acceptOffer(elements(offers), normaliseOptions(options))?.response;
}

describe('a server', () => {
  test('forgets by default, and tells the client to forget, asked or not (§7.1.1.1, §7.1.1.2)', () => {
    expect(answer(NAME, {})).toBe(NAME + BOTH);
  });

  test('lets both remember when its options say so', () => {
    expect(answer(NAME)).toBe(NAME);
    expect(answer(NAME, { serverNoContextTakeover: false })).toBe(`${NAME}; client_no_context_takeover`);
  });

  // RFC 7692 §7.1.1.1(a)(b)
  test('forgets when the client demands it, whatever its options say (§7.1.1.1)', () => {
    expect(answer(`${NAME}; server_no_context_takeover`)).toBe(`${NAME}; server_no_context_takeover`);
  });

  test('confirms that the client forgets (§7.1.1.2)', () => {
    expect(answer(`${NAME}; client_no_context_takeover`)).toBe(`${NAME}; client_no_context_takeover`);
  });

  // RFC 6455 §9(b); RFC 7692 §5(c)(k)(m), §7.2.2(e)
  test('spells out what was agreed', () => {
    expect(acceptOffer([element(`${NAME}; client_max_window_bits`)], normaliseOptions({}))?.parameters).toEqual({
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      serverMaxWindowBits: 15,
      clientMaxWindowBits: 15,
    });
    const options = normaliseOptions({ ...TAKEOVER, serverMaxWindowBits: 9, clientMaxWindowBits: 10 });
    expect(acceptOffer([element(`${NAME}; client_max_window_bits`)], options)?.parameters).toEqual({
      serverNoContextTakeover: false,
      clientNoContextTakeover: false,
      serverMaxWindowBits: 9,
      clientMaxWindowBits: 10,
    });
  });

  describe('and the window of the server (§7.1.2.1)', () => {
    // RFC 7692 §5(j), §7.1.2.1(b)
    test.each([8, 9, 12, 15])('a demanded 2^%d is answered with the same', (bits) => {
      expect(answer(`${NAME}; server_max_window_bits=${bits}`)).toBe(`${NAME}; server_max_window_bits=${bits}`);
    });

    // RFC 7692 §7.1.2.1(b)
    test.each([
      [12, 10, 10],
      [10, 12, 10],
      [15, 15, 15],
      [8, 15, 8],
    ])('demanded %d, own limit %d: %d', (demanded, own, agreed) => {
      expect(answer(`${NAME}; server_max_window_bits=${demanded}`, { ...TAKEOVER, serverMaxWindowBits: own })).toBe(
        `${NAME}; server_max_window_bits=${agreed}`,
      );
    });

    test('an own limit is told unasked, unless it is none', () => {
      expect(answer(NAME, { ...TAKEOVER, serverMaxWindowBits: 11 })).toBe(`${NAME}; server_max_window_bits=11`);
      expect(answer(NAME, { ...TAKEOVER, serverMaxWindowBits: 15 })).toBe(NAME);
    });

    // RFC 7692 §5(l), §7(d), §7.1.2.1(d)
    test('false declines an offer that demands one, and no other', () => {
      const options = { ...TAKEOVER, serverMaxWindowBits: false };
      expect(answer(`${NAME}; server_max_window_bits=15`, options)).toBeUndefined();
      expect(answer(NAME, options)).toBe(NAME);
    });
  });

  describe('and the window of the client (§7.1.2.2)', () => {
    // RFC 7692 §7.1.2.2(b)
    test('is never named when the client did not offer it', () => {
      expect(answer(NAME)).toBe(NAME);
      expect(answer(NAME, { ...TAKEOVER, clientMaxWindowBits: 15 })).toBe(NAME);
    });

    // RFC 7692 §7(d), §7.1.2.2(A)
    test('a client that cannot be limited is declined by a server that must', () => {
      expect(answer(NAME, { ...TAKEOVER, clientMaxWindowBits: 14 })).toBeUndefined();
    });

    // RFC 7692 §5(n), §7.1.2.2(c)
    test.each([
      ['', true, ''],
      ['', 10, '=10'],
      ['', 15, '=15'],
      ['=12', true, '=12'],
      ['=12', 10, '=10'],
      ['=10', 12, '=10'],
    ])('offered "client_max_window_bits%s", own limit %s: "client_max_window_bits%s"', (value, own, agreed) => {
      const response = answer(`${NAME}; client_max_window_bits${value}`, { ...TAKEOVER, clientMaxWindowBits: own });
      expect(response).toBe(agreed === '' ? NAME : `${NAME}; client_max_window_bits${agreed}`);
    });

    // RFC 7692 §7.2.2(e)
    test('false leaves it alone', () => {
      const options = normaliseOptions({ ...TAKEOVER, clientMaxWindowBits: false });
      const accepted = acceptOffer(elements(`${NAME}; client_max_window_bits=9`), options);
      expect(accepted?.response).toBe(NAME);
      expect(accepted?.parameters.clientMaxWindowBits).toBe(15);
    });
  });

  describe('and many offers (§5)', () => {
    // RFC 7692 §5(a)(d)(f)
    test('takes the first it can meet', () => {
      expect(answer(`${NAME}; server_max_window_bits=10, ${NAME}`)).toBe(`${NAME}; server_max_window_bits=10`);
      const options = { ...TAKEOVER, serverMaxWindowBits: false };
      expect(answer(`${NAME}; server_max_window_bits=10, ${NAME}`, options)).toBe(NAME);
    });

    // RFC 7692 §7(a)(b)(c)
    test.each([
      'server_max_window_bits=16',
      'server_max_window_bits=7',
      'server_max_window_bits=08',
      'server_max_window_bits',
      'client_max_window_bits=',
      'server_no_context_takeover=1',
      'client_no_context_takeover; client_no_context_takeover',
      'unknown',
      '__proto__=1',
    ])('passes over a malformed one (§7): %s', (parameter) => {
      expect(answer(`${NAME}; ${parameter}`)).toBeUndefined();
      expect(answer(`${NAME}; ${parameter}, ${NAME}; client_no_context_takeover`)).toBe(
        `${NAME}; client_no_context_takeover`,
      );
    });

    // RFC 6455 §4.2.2(h)(i), §9(a), §9.1(c); RFC 7692 §5(d)(f)
    test('passes over other extensions, and over names that are only alike', () => {
      expect(answer(`x-webkit-deflate-frame, permessage-bzip2; x=1, ${NAME}`)).toBe(NAME);
      expect(answer('Permessage-Deflate, permessage-deflate2')).toBeUndefined();
      expect(answer('')).toBeUndefined();
    });

    test('finds the hundredth', () => {
      expect(answer(`${`${NAME}; unknown, `.repeat(99)}${NAME}`)).toBe(NAME);
    });
  });
});

describe('a client', () => {
  const offerOf = (options: PerMessageDeflateOptions) => createOffer(normaliseOptions(options));
  const judge = (response: string, options: PerMessageDeflateOptions = {}) =>
    acceptResponse(elements(response), normaliseOptions(options));

  // RFC 7692 §5(h)(i)
  test.each([
    [{}, `${NAME}${BOTH}; client_max_window_bits`],
    [TAKEOVER, `${NAME}; client_max_window_bits`],
    [{ ...TAKEOVER, clientMaxWindowBits: false }, NAME],
    [{ ...TAKEOVER, clientMaxWindowBits: 9 }, `${NAME}; client_max_window_bits=9`],
    [
      { ...TAKEOVER, serverMaxWindowBits: 10, clientMaxWindowBits: true },
      `${NAME}; server_max_window_bits=10; client_max_window_bits`,
    ],
    [{ ...TAKEOVER, serverMaxWindowBits: true, clientMaxWindowBits: false }, NAME],
    [{ ...TAKEOVER, serverMaxWindowBits: false, clientMaxWindowBits: false }, NAME],
  ])('with %j offers %s', (options, offer) => {
    expect(offerOf(options)).toBe(offer);
  });

  // RFC 7692 §5(p)
  test('understands silence as "declined" (§5.1)', () => {
    expect(judge('')).toBeUndefined();
    expect(judge('permessage-bzip2')).toBeUndefined();
    expect(isNegotiationFailure(undefined)).toBe(false);
  });

  // RFC 7692 §5(c), §7.2.2(d)
  test('spells out what was agreed', () => {
    expect(judge(NAME, TAKEOVER)).toEqual({
      serverNoContextTakeover: false,
      clientNoContextTakeover: false,
      serverMaxWindowBits: 15,
      clientMaxWindowBits: 15,
    });
    const answered = `${NAME}${BOTH}; server_max_window_bits=9; client_max_window_bits=10`;
    expect(judge(answered, { ...TAKEOVER, serverMaxWindowBits: 12 })).toEqual({
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      serverMaxWindowBits: 9,
      clientMaxWindowBits: 10,
    });
  });

  // RFC 7692 §7.1.1.1(d), §7.1.2.1(c)
  test('lets the server limit itself unasked (§7.1.1.1, §7.1.2.1)', () => {
    expect(judge(`${NAME}; server_no_context_takeover`, TAKEOVER)).toMatchObject({ serverNoContextTakeover: true });
    expect(judge(`${NAME}; server_max_window_bits=8`, TAKEOVER)).toMatchObject({ serverMaxWindowBits: 8 });
  });

  // RFC 7692 §7.1.1.2(a)
  test('forgets when the server says so, asked or not (§7.1.1.2)', () => {
    expect(judge(`${NAME}; client_no_context_takeover`, TAKEOVER)).toMatchObject({ clientNoContextTakeover: true });
  });

  // RFC 7692 §7.1.1.2(c), §7.1.2.2(d)
  test('keeps what its offer promised even when the answer does not repeat it (§7.1.1.2, §7.1.2.2)', () => {
    expect(judge(`${NAME}; server_no_context_takeover`)).toMatchObject({ clientNoContextTakeover: true });
    expect(judge(NAME, { ...TAKEOVER, clientMaxWindowBits: 9 })).toMatchObject({ clientMaxWindowBits: 9 });
  });

  test.each([8, 9, 10])('accepts a client window of 2^%d when it offered 10', (bits) => {
    expect(judge(`${NAME}; client_max_window_bits=${bits}`, { ...TAKEOVER, clientMaxWindowBits: 10 })).toMatchObject({
      clientMaxWindowBits: bits,
    });
  });

  // RFC 7692 §5(A), §7(e)(f)(g)(h), §7.1.1.1(A), §7.1.2.1(A)
  test.each([
    ...['0', '7', '16', '1000', '08', '9.5', '+9', ''].flatMap((value) => [
      [`; server_max_window_bits=${value}`, {}, NegotiationFailures.ServerMaxWindowBitsValue] as const,
      [`; client_max_window_bits=${value}`, {}, NegotiationFailures.ClientMaxWindowBitsValue] as const,
    ]),
    ['; server_max_window_bits', {}, NegotiationFailures.ServerMaxWindowBitsValue],
    ['; client_max_window_bits', {}, NegotiationFailures.ClientMaxWindowBitsMissingValue],
    ['; server_max_window_bits=9; server_max_window_bits=9', {}, NegotiationFailures.RepeatedParameter],
    ['; client_max_window_bits=9', { clientMaxWindowBits: false }, NegotiationFailures.ClientMaxWindowBitsNotOffered],
    ['; client_max_window_bits', { clientMaxWindowBits: false }, NegotiationFailures.ClientMaxWindowBitsNotOffered],
    ['; client_max_window_bits=11', { clientMaxWindowBits: 10 }, NegotiationFailures.ClientMaxWindowBitsTooLarge],
    ['; server_max_window_bits=11', { serverMaxWindowBits: 10 }, NegotiationFailures.ServerMaxWindowBitsTooLarge],
    ['', { serverMaxWindowBits: 10 }, NegotiationFailures.ServerMaxWindowBitsMissing],
    ['', { serverNoContextTakeover: true }, NegotiationFailures.ServerContextTakeover],
    ['; server_no_context_takeover=1', {}, NegotiationFailures.ServerNoContextTakeoverValue],
    ['; client_no_context_takeover=1', {}, NegotiationFailures.ClientNoContextTakeoverValue],
    ['; unknown', {}, NegotiationFailures.UnknownParameter],
    ['; __proto__', {}, NegotiationFailures.UnknownParameter],
    [`, ${NAME}`, {}, NegotiationFailures.RepeatedExtension],
    [', x, permessage-deflate; unknown', {}, NegotiationFailures.RepeatedExtension],
  ] as const)('fails the connection over "permessage-deflate%s" when it has %j', (response, options, failure) => {
    const result = judge(NAME + response, { ...TAKEOVER, ...options });
    expect(result).toBe(failure);
    expect(isNegotiationFailure(result)).toBe(true);
  });

  test.each(Object.entries(NegotiationFailures))('%s names its section', (_, row) => {
    expect(row.section).toMatch(/^RFC 7692 §(5|7)/);
    expect(row.text).toMatch(/^permessage-deflate: /);
  });
});

describe('a client and a server of ours', () => {
  const anyOptions: fc.Arbitrary<PerMessageDeflateOptions> = fc.record({
    serverNoContextTakeover: fc.option(fc.boolean(), { nil: undefined }),
    clientNoContextTakeover: fc.option(fc.boolean(), { nil: undefined }),
    serverMaxWindowBits: fc.option(fc.oneof(fc.boolean(), fc.integer({ min: 8, max: 15 })), { nil: undefined }),
    clientMaxWindowBits: fc.option(fc.oneof(fc.boolean(), fc.integer({ min: 8, max: 15 })), { nil: undefined }),
  });

  // RFC 7692 §5(c)
  test('agree on the same parameters whatever their options, or on none', () => {
    fc.assert(
      fc.property(anyOptions, anyOptions, (clientOptions, serverOptions) => {
        const client = normaliseOptions(clientOptions);
        const accepted = acceptOffer(elements(createOffer(client)), normaliseOptions(serverOptions));
        const agreed = acceptResponse(elements(accepted?.response ?? ''), client);
        expect(isNegotiationFailure(agreed)).toBe(false);
        if (accepted === undefined || agreed === undefined || isNegotiationFailure(agreed)) {
          expect([accepted, agreed]).toEqual([undefined, undefined]);
          return;
        }
        // The server may know less than the client: a promise it did not repeat. Its inflater is then merely larger.
        expect(agreed.clientMaxWindowBits).toBeLessThanOrEqual(accepted.parameters.clientMaxWindowBits);
        expect({ ...agreed, clientMaxWindowBits: 0 }).toEqual({ ...accepted.parameters, clientMaxWindowBits: 0 });
      }),
      { numRuns: 500 },
    );
  });
});
