// Which algorithms go with which key: RFC 7518 §3. Whoever lets the token choose among all of them has a public key used as
// a secret one day; so both are fixed here, before the first token comes, and must belong together.
import { createPublicKey, type JsonWebKey, KeyObject } from 'node:crypto';
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';

/** What verifies signatures. */
export type VerificationKey = Uint8Array | KeyObject | JWTVerifyGetKey;

/** The keys of the options; exactly one is given. */
export interface KeyOptions {
  /** For HS256, HS384 and HS512: at least as many bytes as the hash has (RFC 7518 §3.2). A string is its UTF-8. */
  readonly secret?: string | Uint8Array | undefined;
  /** A public key: PEM, a JWK or a KeyObject. */
  readonly key?: string | KeyObject | JsonWebKey | undefined;
  /** A set of public keys, or a function that finds one: `createRemoteJWKSet(url)` of `jose`. */
  readonly jwks?: { readonly keys: readonly object[] } | JWTVerifyGetKey | undefined;
  /** The algorithms that are accepted, by their names in RFC 7518: never what the token says. */
  readonly algorithms: readonly string[];
}

/** RFC 7518 §3.2: bytes of the hash, and so of the shortest key. */
const SECRET_BYTES: ReadonlyMap<string, number> = new Map([
  ['HS256', 32],
  ['HS384', 48],
  ['HS512', 64],
]);
const RSA_PSS = ['PS256', 'PS384', 'PS512'];
/** By the type of a public key, and the curve where it has one. */
const ALGORITHMS: ReadonlyMap<string, readonly string[]> = new Map([
  ['rsa', ['RS256', 'RS384', 'RS512', ...RSA_PSS]],
  ['rsa-pss', RSA_PSS],
  ['ec prime256v1', ['ES256']],
  ['ec secp384r1', ['ES384']],
  ['ec secp521r1', ['ES512']],
  ['ed25519', ['EdDSA', 'Ed25519']],
]);
const PUBLIC_ALGORITHMS: ReadonlySet<string> = new Set([...ALGORITHMS.values()].flat());

/**
 * The key of the options.
 *
 * @throws TypeError when there is not exactly one, when an algorithm is unknown, or does not go with the key; RangeError when
 *   the secret is too short.
 */
export function readKey({ secret, key, jwks, algorithms }: KeyOptions): VerificationKey {
  if (!Array.isArray(algorithms) || algorithms.length === 0) {
    throw new TypeError("algorithms must be an array such as ['ES256']: it is never left to the token");
  }
  if ([secret, key, jwks].filter((given) => given !== undefined).length !== 1) {
    throw new TypeError('exactly one of the options secret, key and jwks must be given');
  }
  if (secret !== undefined) return readSecret(secret, algorithms);
  if (key !== undefined) {
    const publicKey = readPublicKey(key);
    assertKnown(algorithms, new Set(algorithmsOf(publicKey)), `this key (${kindOf(publicKey)})`);
    return publicKey;
  }
  assertKnown(algorithms, PUBLIC_ALGORITHMS, 'public keys');
  return typeof jwks === 'function' ? jwks : readKeySet(jwks as { keys: readonly object[] }, algorithms);
}

function readSecret(secret: string | Uint8Array, algorithms: readonly string[]): Uint8Array {
  if (typeof secret !== 'string' && !(secret instanceof Uint8Array)) {
    throw new TypeError(`secret must be a string or bytes, got ${typeof secret}`);
  }
  const bytes = Buffer.from(secret as string);
  assertKnown(algorithms, new Set(SECRET_BYTES.keys()), 'a secret');
  if (isPublic(bytes)) throw new TypeError('secret is a key of a pair: what others may know proves nothing');
  const least = Math.max(...algorithms.map((algorithm) => SECRET_BYTES.get(algorithm) as number));
  if (bytes.length < least) {
    throw new RangeError(`secret must have at least ${least} bytes for ${algorithms.join(', ')} (RFC 7518 §3.2)`);
  }
  return new Uint8Array(bytes);
}

/** A mistake in the configuration is found here; that tokens cannot choose how a key is used does not hang on it. */
function isPublic(bytes: Buffer): boolean {
  const forms = [bytes.toString('latin1').trim(), { key: bytes, format: 'der', type: 'spki' }] as const;
  return forms.some((form) => {
    try {
      createPublicKey(form);
      return true;
    } catch {
      return false;
    }
  });
}

function readPublicKey(key: string | KeyObject | JsonWebKey): KeyObject {
  if (key instanceof KeyObject) {
    if (key.type === 'public') return key;
    throw new TypeError(`key must be a public key, got a ${key.type} one`);
  }
  try {
    return typeof key === 'string' ? createPublicKey(key) : createPublicKey({ key, format: 'jwk' });
  } catch {
    // What OpenSSL says may quote the key.
    throw new TypeError('key must be a public key: PEM, a JWK or a KeyObject');
  }
}

function kindOf(key: KeyObject): string {
  const curve = key.asymmetricKeyDetails?.namedCurve;
  return curve === undefined ? `${key.asymmetricKeyType}` : `${key.asymmetricKeyType} ${curve}`;
}

function algorithmsOf(key: KeyObject): readonly string[] {
  return ALGORITHMS.get(kindOf(key)) ?? [];
}

function readKeySet(jwks: { readonly keys: readonly object[] }, algorithms: readonly string[]): JWTVerifyGetKey {
  if (typeof jwks !== 'object' || jwks === null || !Array.isArray(jwks.keys)) {
    throw new TypeError('jwks must be { keys: [...] } or a function');
  }
  const usable = jwks.keys.some((jwk: JsonWebKey) => {
    // RFC 7517 §9: whoever has a copy of the set could sign.
    if (jwk.kty === 'oct' || jwk.d !== undefined) throw new TypeError('jwks must hold public keys only');
    try {
      return algorithmsOf(createPublicKey({ key: jwk, format: 'jwk' })).some((name) => algorithms.includes(name));
    } catch {
      // Of a kind that nobody here knows: other keys may do.
      return false;
    }
  });
  if (!usable) throw new TypeError(`jwks has no key for ${algorithms.join(', ')}`);
  return createLocalJWKSet(jwks as JSONWebKeySet);
}

function assertKnown(algorithms: readonly string[], known: ReadonlySet<string>, key: string): void {
  for (const algorithm of algorithms) {
    if (known.has(algorithm)) continue;
    throw new TypeError(`the algorithm ${JSON.stringify(algorithm)} does not go with ${key}`);
  }
}
