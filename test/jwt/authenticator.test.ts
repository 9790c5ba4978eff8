// Which tokens are believed: RFC 7519, RFC 8725, and what went wrong elsewhere.
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type JwtOptions, jwtAuthenticator } from '../../src/jwt/authenticator.ts';
import { AUDIENCE, claims, EC, hs256, ISSUER, part, RSA, SECRET, seconds, signed } from './tokens.ts';

const OPTIONS: JwtOptions = { secret: SECRET, algorithms: ['HS256'], issuer: ISSUER, audience: AUDIENCE };

async function verdict(token: string | object, options: Partial<JwtOptions> = {}) {
  const text = typeof token === 'string' ? token : JSON.stringify(token);
  const authenticate = jwtAuthenticator({ ...OPTIONS, ...options });
  return authenticate(Buffer.from(text), false, { signal: new AbortController().signal });
}

async function refusalOf(token: string, options: Partial<JwtOptions> = {}): Promise<Error & { code: string }> {
  const error = await verdict(token, options).then(
    () => expect.unreachable('the token was believed'),
    (reason) => reason,
  );
  expect(['JwtError', 'AuthenticationError']).toContain(error.name);
  // Neither it nor anything on it says what the token said.
  const [, payload = ''] = token.split('.');
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(payload === '' ? '!' : payload);
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('alice');
  return error;
}

describe('a token that is believed', () => {
  test.each([
    ['raw', (token: string): string | object => token],
    ['in AUTH', (token: string): string | object => ({ type: 'AUTH', token })],
  ])('%s says who somebody is, and until when', async (_, form) => {
    const exp = seconds(60);
    expect(await verdict(form(hs256(claims({ exp, role: 'admin' }))))).toEqual({
      userId: 'alice',
      claims: claims({ exp, role: 'admin' }),
      expires: exp * 1_000,
    });
  });

  test.each<[string, Partial<JwtOptions>, string]>([
    [
      'a public key',
      { secret: undefined, key: EC.publicKey, algorithms: ['ES256'] },
      signed(claims(), { alg: 'ES256' }, EC.privateKey),
    ],
    [
      'a set of keys, by its kid',
      {
        secret: undefined,
        jwks: {
          keys: [
            { ...RSA.publicKey.export({ format: 'jwk' }), kid: 'one' },
            { ...EC.publicKey.export({ format: 'jwk' }), kid: 'two' },
          ],
        },
        algorithms: ['ES256', 'RS256'],
      },
      signed(claims(), { alg: 'ES256', kid: 'two' }, EC.privateKey),
    ],
    [
      'a function that finds keys',
      { secret: undefined, jwks: async () => RSA.publicKey, algorithms: ['RS256'] },
      signed(claims(), { alg: 'RS256' }, RSA.privateKey),
    ],
  ])('may be signed for %s', async (_, options, token) => {
    expect(await verdict(token, options)).toMatchObject({ userId: 'alice' });
  });

  test.each([
    ['one audience', AUDIENCE],
    ['several', ['another', AUDIENCE]],
  ])('may be meant for %s', async (_, aud) => {
    expect(await verdict(hs256(claims({ aud })))).toMatchObject({ userId: 'alice' });
  });

  test('may be of anybody and for anybody where that was said in so many words', async () => {
    const anybody = { issuer: null, audience: null };
    expect(await verdict(hs256({ sub: 'alice', exp: seconds(9) }), anybody)).toMatchObject({ userId: 'alice' });
  });

  test('may be as long as it may be, and no longer', async () => {
    const token = hs256(claims({ filling: 'x'.repeat(1_000) }));
    expect(await verdict(token, { maxTokenLength: token.length })).toMatchObject({ userId: 'alice' });
    expect((await refusalOf(token, { maxTokenLength: token.length - 1 })).message).toBe('the token is too long');
    await refusalOf(hs256(claims({ filling: 'x'.repeat(8_192) })));
  });
});

describe('an algorithm that was not chosen here is refused', () => {
  const publicKey = { secret: undefined, key: RSA.publicKey, algorithms: ['RS256'] };
  const pem = RSA.publicKey.export({ type: 'spki', format: 'pem' }) as string;

  // CVE-2015-9235 and those that came after it.
  test.each([
    ['PEM', pem],
    ['PEM without its last line end', pem.trim()],
    ['DER', RSA.publicKey.export({ type: 'spki', format: 'der' })],
    ['the text of a JWK', JSON.stringify(RSA.publicKey.export({ format: 'jwk' }))],
  ])('HS256 under the public key in %s', async (_, key) => {
    expect((await refusalOf(hs256(claims(), { alg: 'HS256' }, key), publicKey)).code).toBe('ERR_JOSE_ALG_NOT_ALLOWED');
  });

  test.each(['none', 'None', 'NONE', 'nOnE', '', 'HS384', 'hs256', undefined, null, ['HS256'], 256, {}])(
    'alg %j',
    async (alg) => {
      await refusalOf(hs256(claims(), { alg }));
      await refusalOf(`${part({ alg })}.${part(claims())}.`);
      await refusalOf(`${part({ alg })}.${part(claims())}.AA`);
    },
  );

  test('one of the same family', async () => {
    expect((await refusalOf(hs256(claims(), { alg: 'HS512' }))).code).toBe('ERR_JOSE_ALG_NOT_ALLOWED');
  });

  // RFC 7515 §4.1.3, §4.1.2: keys that a token brings along.
  test('a key that the token brings along', async () => {
    const jwk = EC.publicKey.export({ format: 'jwk' });
    const options = { secret: undefined, key: RSA.publicKey, algorithms: ['RS256'] };
    await refusalOf(signed(claims(), { alg: 'ES256', jwk }, EC.privateKey), options);
  });
});

describe('a signature', () => {
  const good = hs256(claims());
  const [header, payload, signature] = good.split('.') as [string, string, string];

  test('of another secret is refused', async () => {
    const error = await refusalOf(hs256(claims(), { alg: 'HS256' }, 'another secret of thirty-two bytes'));
    expect(error.code).toBe('ERR_JWS_SIGNATURE_VERIFICATION_FAILED');
  });

  test.each([
    ['stripped', `${header}.${payload}.`],
    ['stripped with its dot', `${header}.${payload}`],
    ['of zeros', `${header}.${payload}.${Buffer.alloc(32).toString('base64url')}`],
    ['cut short', `${header}.${payload}.${Buffer.from(signature, 'base64url').subarray(0, 31).toString('base64url')}`],
    ['over other claims', `${header}.${part(claims({ sub: 'mallory' }))}.${signature}`],
  ])('%s is refused', async (_, token) => {
    await refusalOf(token);
  });

  test('does not stand a single bit the other way, in any part', async () => {
    for (const [index, text] of [header, payload, signature].entries()) {
      const bytes = Buffer.from(text, 'base64url');
      for (let bit = 0; bit < bytes.length * 8; bit += 7) {
        const flipped = Buffer.from(bytes);
        flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
        const parts = [header, payload, signature];
        parts[index] = flipped.toString('base64url');
        await expect(verdict(parts.join('.'))).rejects.toThrow();
      }
    }
  });
});

describe('claims', () => {
  // CVE-2026-107723: an array has no claims to be checked.
  test.each(['[]', 'null', '"alice"', '1', 'true', '', 'nonsense', '{"sub":"alice"'])(
    'as %s are refused',
    async (text) => {
      await refusalOf(hs256(text));
    },
  );

  test.each(['[]', 'null', '"HS256"', '1', 'nonsense'])('under the header %s are refused', async (text) => {
    await refusalOf(hs256(claims(), text));
  });

  // CVE-2026-25537: of the wrong type is not the same as absent, and absent is refused as well.
  test.each([
    ['a string', '"9999999999"'],
    ['infinite', '1e400'],
    ['later than any date', '8.65e12'],
    ['null', 'null'],
    ['an object', '{}'],
    ['a list', '[9999999999]'],
    ['negative', '-1'],
    ['zero', '0'],
  ])('with an exp that is %s are refused', async (_, exp) => {
    const text = JSON.stringify(claims({ exp: 'EXP' })).replace('"EXP"', exp);
    await refusalOf(hs256(text));
  });

  test.each(['exp', 'sub', 'iss', 'aud'])('without %s are refused', async (name) => {
    await refusalOf(hs256(claims({ [name]: undefined })));
  });

  test.each([
    ['iss', 'https://issuer.example.evil.example'],
    ['iss', [ISSUER]],
    ['aud', 'another'],
    ['aud', ['another', 'and another']],
    ['aud', []],
    ['aud', { sluice: true }],
    ['sub', ''],
    ['sub', 7],
    ['sub', { toString: 'alice' }],
    ['nbf', '0'],
    ['iat', '0'],
  ])('whose %s is %j are refused', async (name, value) => {
    await refusalOf(hs256(claims({ [name]: value })));
  });

  test('of which one stands twice are read once, the last, and checked as they are read', async () => {
    const twice = JSON.stringify(claims()).replace(/}$/, `,"exp":${seconds(-60)}}`);
    await refusalOf(hs256(twice));
  });

  // CVE-2026-35042, CVE-2026-32597. RFC 7515 §4.1.11
  test.each([[['exp']], [['b64']], [[]], ['b64'], [null]])('under a header with crit %j are refused', async (crit) => {
    const header = { alg: 'HS256', crit, b64: true, exp: 1 };
    expect((await refusalOf(hs256(claims(), header))).message).toBe('the header of the token has crit');
  });
});

describe('the time', () => {
  test.each([
    ['exp', -1, 0, false],
    ['exp', -59, 60, true],
    ['exp', -61, 60, false],
    ['nbf', 30, 0, false],
    ['nbf', 30, 60, true],
    ['nbf', 90, 60, false],
    ['iat', 30, 0, false],
    ['iat', 30, 60, true],
    ['iat', 90, 60, false],
    ['iat', -9_999, 0, true],
  ])('of %s %d s from now, with a tolerance of %d s, is good: %s', async (name, offset, clockTolerance, isGood) => {
    const token = hs256(claims({ [name]: seconds(offset) }));
    if (isGood) expect(await verdict(token, { clockTolerance })).toMatchObject({ userId: 'alice' });
    else await refusalOf(token, { clockTolerance });
  });

  test('that is over is told to the client, who can get another token', async () => {
    expect(await refusalOf(hs256(claims({ exp: seconds(-1) })))).toMatchObject({
      name: 'AuthenticationError',
      code: 'WS_ERR_AUTHENTICATION_EXPIRED',
      message: 'token expired',
    });
  });

  test('of the connection ends as late as the token is accepted', async () => {
    const exp = seconds(-10);
    expect(await verdict(hs256(claims({ exp })), { clockTolerance: 60 })).toMatchObject({
      expires: (exp + 60) * 1_000,
    });
  });
});

describe('mistakes of the caller', () => {
  test.each([
    ['no issuer', { issuer: undefined }, TypeError],
    ['an empty issuer', { issuer: '' }, TypeError],
    ['no issuers', { issuer: [] }, TypeError],
    ['no audience', { audience: undefined }, TypeError],
    ['an audience that is no string', { audience: [7] }, TypeError],
    ['no algorithms', { algorithms: undefined }, TypeError],
    ['a tolerance that is none', { clockTolerance: -1 }, RangeError],
    ['a length that is none', { maxTokenLength: 1.5 }, RangeError],
  ])('%s is thrown at once', (_, options, kind) => {
    expect(() => jwtAuthenticator({ ...OPTIONS, ...options } as JwtOptions)).toThrow(kind);
  });

  test('keys that cannot be fetched are told as what they are', async () => {
    const jwks = (): Promise<never> => Promise.reject(new TypeError('fetch failed'));
    const token = signed(claims(), { alg: 'RS256' }, RSA.privateKey);
    await expect(verdict(token, { secret: undefined, jwks, algorithms: ['RS256'] })).rejects.toThrow('fetch failed');
  });
});
