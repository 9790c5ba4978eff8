// What --jwt-secret and --jwks ask for: `sluice/jwt`, which is loaded only now, for it needs a package that not everybody has.
import { readFileSync } from 'node:fs';
import type { JwtIdentity } from '../jwt/index.ts';
import type { Authenticate } from '../server/index.ts';
import type { JwtSettings } from './command-line.ts';

type JwtModule = typeof import('../jwt/index.ts');

/** `sluice/jwt`. */
const loadJwt = (): Promise<JwtModule> => import('../jwt/index.ts');

/**
 * What believes the tokens that the settings speak of.
 *
 * @param load for a test without the package.
 * @throws Error in one line, without the secret, when the package is missing or the settings cannot be used.
 */
export async function authenticatorFor(settings: JwtSettings, load = loadJwt): Promise<Authenticate<JwtIdentity>> {
  const { jwtAuthenticator } = await load().catch((error: NodeJS.ErrnoException): never => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Error('JSON Web Tokens need the package jose, which is not installed: npm install jose');
  });
  const { secret, jwks, algorithms, issuer, audience } = settings;
  const key = jwks === undefined ? { secret } : { jwks: readKeySet(jwks) };
  return jwtAuthenticator({ ...key, algorithms, issuer, audience });
}

function readKeySet(file: string): { readonly keys: readonly object[] } {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    // What JSON.parse says quotes the file.
    const why = error instanceof SyntaxError ? 'it is not JSON' : (error as Error).message;
    throw new Error(`--jwks ${file} cannot be read: ${why}`);
  }
}
