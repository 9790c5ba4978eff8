// A JSON Web Token in its compact form (RFC 7519 §3, RFC 7515 §7.1), as far as it can be judged without a key: where it stands
// in the first message, how long it is, whether it is three parts of base64url with one spelling each. Never throws.

/** Why a token is refused before its signature is looked at; never a byte of it. */
export class TokenFault {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** How many bytes the JSON around a token may have. */
const ENVELOPE_BYTES = 1_024;
/** RFC 7515 §2: base64url without padding. */
const COMPACT = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/;

/** The token of a first message: all of it, or what is `token` in `{ "type": "AUTH", "token": ... }`. */
export function tokenOf(data: Buffer, isBinary: boolean, maxTokenLength: number): string | TokenFault {
  if (isBinary) return new TokenFault('the first message must be text');
  if (data.length > maxTokenLength + ENVELOPE_BYTES) return new TokenFault('the first message is too long');
  const text = data.toString('utf8');
  const token = text.startsWith('{') ? tokenInJson(text) : text;
  if (token === undefined) return new TokenFault('the first message must be a token, or AUTH with a token');
  if (token.length > maxTokenLength) return new TokenFault('the token is too long');
  return token;
}

function tokenInJson(text: string): string | undefined {
  try {
    const { type, token } = JSON.parse(text) as { type?: unknown; token?: unknown };
    return type === 'AUTH' && typeof token === 'string' ? token : undefined;
  } catch {
    return undefined;
  }
}

/** What is wrong with the form of a token; `undefined` when nothing is. */
export function faultOfForm(token: string): TokenFault | undefined {
  const parts = COMPACT.exec(token);
  if (parts === null) return new TokenFault('the token is not three parts of base64url');
  // RFC 4648 §3.5: bits that stand for nothing are zero, or one signature would have several spellings.
  for (const part of parts.slice(1)) {
    if (Buffer.from(part, 'base64url').toString('base64url') !== part) {
      return new TokenFault('a part of the token is not canonical base64url');
    }
  }
  return undefined;
}
