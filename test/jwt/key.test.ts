import { createSecretKey, generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type KeyOptions, readKey } from '../../src/jwt/key.ts';
import { EC, RSA, SECRET } from './tokens.ts';

const pem = (key: typeof EC.publicKey): string => key.export({ type: 'spki', format: 'pem' }) as string;
const der = (key: typeof EC.publicKey): Buffer => key.export({ type: 'spki', format: 'der' });
const jwk = (key: typeof EC.publicKey): JsonWebKey => key.export({ format: 'jwk' });
const ed25519 = generateKeyPairSync('ed25519').publicKey;
const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2_048 }).publicKey;

describe('a key goes with its algorithms', () => {
  test.each<[string, KeyOptions]>([
    ['a secret', { secret: SECRET, algorithms: ['HS256'] }],
    ['a secret in bytes', { secret: Buffer.alloc(64, 1), algorithms: ['HS256', 'HS384', 'HS512'] }],
    ['an RSA key', { key: RSA.publicKey, algorithms: ['RS256', 'PS512'] }],
    ['an RSA key in PEM', { key: pem(RSA.publicKey), algorithms: ['RS256'] }],
    ['an RSA-PSS key', { key: pss, algorithms: ['PS256'] }],
    ['an EC key as a JWK', { key: jwk(EC.publicKey), algorithms: ['ES256'] }],
    ['an Ed25519 key', { key: ed25519, algorithms: ['EdDSA', 'Ed25519'] }],
    ['a set of keys', { jwks: { keys: [jwk(EC.publicKey), { kty: 'unheard of' }] }, algorithms: ['ES256', 'RS256'] }],
    ['a function that finds keys', { jwks: async () => EC.publicKey, algorithms: ['ES256'] }],
  ])('%s', (_, options) => {
    expect(readKey(options)).toBeDefined();
  });

  // CVE-2015-9235, CVE-2017-11424, CVE-2023-48223: a public key used as a secret.
  test.each<[string, KeyOptions]>([
    ['HS256 with a public key', { key: RSA.publicKey, algorithms: ['HS256'] }],
    ['HS256 beside what goes with the key', { key: pem(RSA.publicKey), algorithms: ['RS256', 'HS256'] }],
    ['HS256 with a set', { jwks: { keys: [jwk(RSA.publicKey)] }, algorithms: ['HS256'] }],
    ['HS256 with a function', { jwks: async () => RSA.publicKey, algorithms: ['HS256'] }],
    ['a public key in PEM as the secret', { secret: pem(RSA.publicKey), algorithms: ['HS256'] }],
    ['the same behind a space', { secret: ` ${pem(RSA.publicKey)}`, algorithms: ['HS256'] }],
    ['a public key in DER as the secret', { secret: der(RSA.publicKey), algorithms: ['HS256'] }],
    ['RS256 with a secret', { secret: SECRET, algorithms: ['RS256'] }],
    ['ES256 with an RSA key', { key: RSA.publicKey, algorithms: ['ES256'] }],
    ['ES384 with a key of P-256', { key: EC.publicKey, algorithms: ['ES384'] }],
    ['RS256 with an RSA-PSS key', { key: pss, algorithms: ['RS256'] }],
    ['none', { secret: SECRET, algorithms: ['none'] }],
    ['an algorithm nobody knows', { key: EC.publicKey, algorithms: ['ES256K'] }],
    ['no algorithm', { secret: SECRET, algorithms: [] }],
    ['algorithms left out', { secret: SECRET } as never],
    ['algorithms as a string', { secret: SECRET, algorithms: 'HS256' } as never],
    ['no key', { algorithms: ['HS256'] }],
    ['two keys', { secret: SECRET, key: EC.publicKey, algorithms: ['HS256'] }],
    ['a private key', { key: EC.privateKey, algorithms: ['ES256'] }],
    ['a secret as a KeyObject', { key: createSecretKey(Buffer.from(SECRET)), algorithms: ['HS256'] }],
    ['a secret that is no string', { secret: 7, algorithms: ['HS256'] } as never],
    ['PEM that is none', { key: 'nonsense', algorithms: ['ES256'] }],
    ['a JWK that is none', { key: { kty: 'EC' }, algorithms: ['ES256'] }],
    ['a set with a secret in it', { jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] }, algorithms: ['RS256'] }],
    [
      'a set with a private key in it',
      { jwks: { keys: [EC.privateKey.export({ format: 'jwk' })] }, algorithms: ['ES256'] },
    ],
    ['a set without a key that fits', { jwks: { keys: [jwk(EC.publicKey)] }, algorithms: ['RS256'] }],
    ['a set that is none', { jwks: { keys: 'none' }, algorithms: ['RS256'] } as never],
    ['a set that is a string', { jwks: 'https://issuer.example/keys', algorithms: ['RS256'] } as never],
  ])('%s is a mistake', (_, options) => {
    expect(() => readKey(options)).toThrow(TypeError);
  });

  // RFC 7518 §3.2
  test.each([
    ['HS256', 31],
    ['HS384', 47],
    ['HS512', 63],
  ])('a secret for %s has more than %d bytes', (algorithm, bytes) => {
    expect(() => readKey({ secret: 'x'.repeat(bytes), algorithms: [algorithm] })).toThrow(RangeError);
    expect(readKey({ secret: 'x'.repeat(bytes + 1), algorithms: [algorithm] })).toHaveLength(bytes + 1);
  });

  test('no complaint quotes a key', () => {
    const secret = 'short and secret';
    try {
      readKey({ secret, algorithms: ['HS256'] });
      expect.unreachable();
    } catch (error) {
      expect(String(error)).not.toContain(secret);
    }
  });
});
