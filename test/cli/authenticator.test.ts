import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { authenticatorFor } from '../../src/cli/authenticator.ts';
import type { JwtSettings } from '../../src/cli/command-line.ts';
import { AUDIENCE, claims, EC, hs256, ISSUER, SECRET, signed } from '../jwt/tokens.ts';

const SETTINGS: JwtSettings = {
  secret: SECRET,
  jwks: undefined,
  algorithms: ['HS256'],
  issuer: ISSUER,
  audience: AUDIENCE,
};
const context = { signal: new AbortController().signal };
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-jwks-'));
  writeFileSync(join(folder, 'keys.json'), JSON.stringify({ keys: [EC.publicKey.export({ format: 'jwk' })] }));
  writeFileSync(join(folder, 'none.json'), 'no JSON, but a secret');
});
afterAll(() => rmSync(folder, { recursive: true }));

function withKeys(name: string): JwtSettings {
  return { ...SETTINGS, secret: undefined, jwks: join(folder, name), algorithms: ['ES256'] };
}

test('a secret believes what was signed by it', async () => {
  const authenticate = await authenticatorFor(SETTINGS);
  expect(await authenticate(Buffer.from(hs256(claims())), false, context)).toMatchObject({ userId: 'alice' });
});

test('a file of keys believes what was signed for one of them', async () => {
  const authenticate = await authenticatorFor(withKeys('keys.json'));
  const token = signed(claims(), { alg: 'ES256' }, EC.privateKey);
  expect(await authenticate(Buffer.from(token), false, context)).toMatchObject({ userId: 'alice' });
});

test('a missing package is named, with the way to get it', async () => {
  const missing = Object.assign(new Error("Cannot find package 'jose'"), { code: 'ERR_MODULE_NOT_FOUND' });
  await expect(authenticatorFor(SETTINGS, () => Promise.reject(missing))).rejects.toThrow(
    'JSON Web Tokens need the package jose, which is not installed: npm install jose',
  );
  const other = new Error('something else');
  await expect(authenticatorFor(SETTINGS, () => Promise.reject(other))).rejects.toBe(other);
});

test.each([
  ['nowhere.json', /--jwks .*nowhere\.json cannot be read: ENOENT/],
  ['none.json', /--jwks .*none\.json cannot be read: it is not JSON$/],
])('a file of keys that is none is named, and not quoted: %s', async (name, complaint) => {
  await expect(authenticatorFor(withKeys(name))).rejects.toThrow(complaint);
});
