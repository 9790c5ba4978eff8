// Tokens for tests, honest and forged: signed by node:crypto and not by the library under test.
import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export const SECRET = 'a secret of thirty-two bytes, or of more than that';
export const ISSUER = 'https://issuer.example';
export const AUDIENCE = 'sluice';
export const EC = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const RSA = generateKeyPairSync('rsa', { modulusLength: 2_048 });

/** Seconds since 1970, `offset` from now. */
export function seconds(offset = 0): number {
  return Math.floor(Date.now() / 1_000) + offset;
}

/** Claims that are believed, and what is changed in them; `undefined` takes one away. */
export function claims(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return { sub: 'alice', iss: ISSUER, aud: AUDIENCE, exp: seconds(3_600), ...changes };
}

/** The base64url of JSON; a string is taken as it stands. */
export function part(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).toString('base64url');
}

/** A token with a good HS256 signature over whatever it says. */
export function hs256(payload: unknown, header: unknown = { alg: 'HS256' }, secret: string | Buffer = SECRET): string {
  const signed = `${part(header)}.${part(payload)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/** A token with a good signature by a private key. */
export function signed(payload: unknown, header: unknown, key: KeyObject): string {
  const text = `${part(header)}.${part(payload)}`;
  return `${text}.${sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}
