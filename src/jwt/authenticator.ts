// JSON Web Tokens (RFC 7519) as the first message of a connection, with the advice of RFC 8725 made the only way: algorithms,
// issuer and audience are fixed before a token comes, and a token without an end is none. `jose` verifies signatures. Nothing
// of a token is ever logged, thrown or sent back.
import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import { type Authenticate, AuthenticationError } from '../server/index.ts';
import { type KeyOptions, readKey } from './key.ts';
import { faultOfForm, TokenFault, tokenOf } from './token.ts';

/** Whose token it was. */
export interface JwtIdentity {
  /** The claim `sub`. */
  readonly userId: string;
  /** All claims; the signature covers them, their types are the issuer's choice. */
  readonly claims: JWTPayload;
  /** When the token ends, in milliseconds since 1970: the claim `exp`, and `clockTolerance`. */
  readonly expires: number;
}

/** The options of {@link jwtAuthenticator}. */
export interface JwtOptions extends KeyOptions {
  /** Who may have issued the token (`iss`). `null` for anybody: only right for a secret of this one program. */
  readonly issuer: string | readonly string[] | null;
  /** Whom the token must be meant for (`aud`). `null` for anybody: only right for a secret of this one program. */
  readonly audience: string | readonly string[] | null;
  /** Seconds by which the clocks may differ. Default 0. */
  readonly clockTolerance?: number | undefined;
  /** The longest token in characters. Default 8,192. A first message of more than 4,096 bytes needs `maxPayload` too. */
  readonly maxTokenLength?: number | undefined;
}

/** A token is not believed. Its message says why, for the application alone, and holds nothing of the token. */
export class JwtError extends Error {
  override readonly name = 'JwtError';
  /** Stable: that of `jose` where it has found the fault, for instance `ERR_JWS_SIGNATURE_VERIFICATION_FAILED`. */
  readonly code: string;

  constructor(message: string, code = 'ERR_JWT_INVALID') {
    super(message);
    this.code = code;
  }
}

/** In characters. */
export const DEFAULT_MAX_TOKEN_LENGTH = 8_192;
const SECOND = 1_000;
/** ECMA-262 §21.4.1.1: the last moment that a Date can name, in milliseconds since 1970. */
const LAST_MOMENT = 8.64e15;
/** Without these a token says neither whose it is nor until when. */
const REQUIRED_CLAIMS = ['sub', 'exp'];

/**
 * Makes an `authenticate` for `requireFirstMessage` that believes JSON Web Tokens: the first message is a token, or
 * `{ "type": "AUTH", "token": "..." }`.
 *
 * @throws TypeError or RangeError naming the option that is missing or makes no sense, or a key that does not go with the
 *   algorithms.
 */
export function jwtAuthenticator(options: JwtOptions): Authenticate<JwtIdentity> {
  const key = readKey(options);
  const tolerance = natural('clockTolerance', options.clockTolerance, 0);
  const maxTokenLength = natural('maxTokenLength', options.maxTokenLength, DEFAULT_MAX_TOKEN_LENGTH);
  const issuer = names('issuer', options.issuer);
  const audience = names('audience', options.audience);
  const rules = {
    algorithms: [...options.algorithms],
    clockTolerance: tolerance,
    requiredClaims: REQUIRED_CLAIMS,
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience }),
  };

  return async (data, isBinary) => {
    const token = tokenOf(data, isBinary, maxTokenLength);
    if (token instanceof TokenFault) throw new JwtError(token.text);
    const fault = faultOfForm(token) ?? faultOfHeader(token);
    if (fault !== undefined) throw new JwtError(fault.text);
    try {
      // jose takes a secret and a function by different signatures of one function.
      const { payload } = await jwtVerify(token, key as Parameters<typeof jwtVerify>[1], rules);
      return identityOf(payload, tolerance);
    } catch (error) {
      throw plain(error);
    }
  };
}

/** RFC 7515 §4.1.11: what is critical must be understood, and nothing is. */
function faultOfHeader(token: string): TokenFault | undefined {
  try {
    return 'crit' in decodeProtectedHeader(token) ? new TokenFault('the header of the token has crit') : undefined;
  } catch {
    return new TokenFault('the header of the token is not a JSON object');
  }
}

function identityOf(claims: JWTPayload, tolerance: number): JwtIdentity {
  const { sub, exp, iat } = claims;
  if (typeof sub !== 'string' || sub === '') throw new JwtError('sub is not a string that names somebody');
  const expires = ((exp as number) + tolerance) * SECOND;
  // JSON has numbers that are no time: 1e400 is Infinity, and a connection would last for ever.
  if (!(expires <= LAST_MOMENT)) throw new JwtError('exp is not a time');
  if (iat !== undefined && iat > Date.now() / SECOND + tolerance) throw new JwtError('iat is in the future');
  return { userId: sub, claims, expires };
}

/** An error without what `jose` keeps in its own: the claims. An expired token is told to its client, who can get another. */
function plain(error: unknown): Error {
  if (error instanceof errors.JWTExpired) {
    const cause = new JwtError('the token has expired', error.code);
    return new AuthenticationError('token expired', { failure: 'EXPIRED', cause });
  }
  if (error instanceof errors.JOSEError) return new JwtError(error.message, error.code);
  // What is left has another reason than the token: keys that cannot be fetched, for instance.
  return error as Error;
}

function names(name: string, value: string | readonly string[] | null): string[] | undefined {
  if (value === null) return undefined;
  const list = typeof value === 'string' ? [value] : value;
  if (!Array.isArray(list) || list.length === 0 || list.some((entry) => typeof entry !== 'string' || entry === '')) {
    throw new TypeError(`${name} must be a string, an array of strings, or null for anybody`);
  }
  return [...list];
}

function natural(name: string, value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`${name} must be a whole number that is not negative, got ${String(value)}`);
  }
  return value;
}
