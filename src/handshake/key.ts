// The key of a client and the accept value of a server: what proves that the server understood the handshake.
// RFC 6455 §4.1 step 7, §4.2.1 step 5, §4.2.2 step 5.4. The only file of this folder that uses cryptography.
// Never decodes a key: the text itself is what is hashed.
import { hash, randomBytes } from 'node:crypto';

/** What every server appends to the key before hashing (§1.3). */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** How many random bytes make a key (§4.1 step 7). */
const KEY_BYTES = 16;

/** 16 bytes in base64 (RFC 4648 §4): 22 characters and two of padding. */
const KEY_LENGTH = 24;
const PADDING_AT = 22;

/**
 * The value of `Sec-WebSocket-Accept` that answers `key`: the SHA-1 of the key and a fixed text, in base64:
 * §4.2.2(m), §1.3(a).
 *
 * @param key the value of `Sec-WebSocket-Key` as it came.
 */
export function acceptKey(key: string): string {
  return hash('sha1', key + GUID, 'base64');
}

/** A new key, for one connection: 16 unpredictable bytes in base64 (§4.1(u)(v)). */
export function generateKey(): string {
  return randomBytes(KEY_BYTES).toString('base64');
}

/**
 * Whether `text` is the base64 of exactly 16 bytes, in its one canonical spelling.
 *
 * The 22nd character carries two bits of the last byte and four bits that RFC 4648 §3.5 wants to be zero, so it is one
 * of four. The example in §4.1, `AQIDBAUGBwgJCgsMDQ4PEC==`, breaks that rule and is a known error of the RFC: §4.2.1(B).
 */
export function isKey(text: string): boolean {
  if (text.length !== KEY_LENGTH || !text.endsWith('==')) return false;
  for (let i = 0; i < PADDING_AT; i++) {
    if (!isBase64(text.charCodeAt(i))) return false;
  }
  return 'AQgw'.includes(text.charAt(PADDING_AT - 1));
}

/** The alphabet of RFC 4648 §4. */
function isBase64(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) || // a to z
    (code >= 0x41 && code <= 0x5a) || // A to Z
    (code >= 0x2f && code <= 0x39) || // the slash and 0 to 9
    code === 0x2b // the plus sign
  );
}
