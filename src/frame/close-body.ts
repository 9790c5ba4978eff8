// The body of a Close frame, RFC 6455 §5.5.1: nothing, or a two-byte close code and a reason in UTF-8.
// Reading judges what a peer sent; writing throws on what a caller may not send.
import { indexOfBadByte, isWholeUtf8 } from '../bytes/index.ts';
import { CloseCode, mayTravel } from './status.ts';
import { type Violation, Violations } from './violation.ts';

/** §5.5(a): 125 bytes are the most that a control frame carries. */
export const MAX_CONTROL_PAYLOAD = 125;
/** §5.5.1(a): the code comes first, in network byte order. */
const CODE_LENGTH = 2;
/** What is left for the reason, in bytes of UTF-8. */
export const MAX_CLOSE_REASON = MAX_CONTROL_PAYLOAD - CODE_LENGTH;

const NO_BODY = Buffer.alloc(0);

/** What is wrong with the body of a peer's Close frame, or `undefined`: §5.5.1(A), §8.1(a). */
export function violationOfCloseBody(body: Buffer): Violation | undefined {
  if (body.length === 0) return undefined;
  if (body.length < CODE_LENGTH) return Violations.CloseBodyTooShort;
  if (!mayTravel(body.readUInt16BE(0))) return Violations.InvalidCloseCode;
  if (body.length > CODE_LENGTH && !isWholeUtf8(body.subarray(CODE_LENGTH))) return Violations.InvalidCloseReason;
  return undefined;
}

/** Which byte of `body` is at fault, where {@link violationOfCloseBody} has said that `violation` is. */
export function indexOfViolation(body: Buffer, violation: Violation): number {
  if (violation !== Violations.InvalidCloseReason) return 0;
  return CODE_LENGTH + indexOfBadByte(body.subarray(CODE_LENGTH));
}

/** The close code of a body without a violation: 1005 where there is none (§7.1.5(a)). */
export function closeCodeOf(body: Buffer): number {
  return body.length === 0 ? CloseCode.NoStatusReceived : body.readUInt16BE(0);
}

/** The reason of a body without a violation, as UTF-8: a view on `body`, empty where there is none (§7.1.6(a)). */
export function closeReasonOf(body: Buffer): Buffer {
  return body.length > CODE_LENGTH ? body.subarray(CODE_LENGTH) : NO_BODY;
}

/**
 * Makes the body of a Close frame.
 *
 * @param code a code that may travel (§7.4), or `undefined` for a frame without a body.
 * @param reason text, or UTF-8 in any kind of buffer; at most {@link MAX_CLOSE_REASON} bytes.
 * @throws TypeError with `code` `WS_ERR_INVALID_CLOSE_CODE` when `code` may not travel.
 * @throws TypeError when the reason is not valid UTF-8.
 * @throws RangeError when the reason is too long, or stands without a code.
 */
export function closeBody(code?: number, reason?: string | NodeJS.ArrayBufferView | ArrayBuffer): Buffer {
  const bytes = reasonBytes(reason);
  if (code === undefined) {
    if (bytes.length > 0) throw new RangeError('a close reason needs a close code before it (RFC 6455 §5.5.1)');
    return NO_BODY;
  }
  if (!Number.isInteger(code) || !mayTravel(code)) {
    const error = new TypeError(
      `${String(code)} is not a close code that may be sent: expected ${Violations.InvalidCloseCode.expected} (RFC 6455 §7.4)`,
    );
    throw Object.assign(error, { code: Violations.InvalidCloseCode.code });
  }
  if (bytes.length > MAX_CLOSE_REASON) {
    throw new RangeError(`the close reason has ${bytes.length} bytes: at most ${MAX_CLOSE_REASON} fit (RFC 6455 §5.5)`);
  }
  if (!isWholeUtf8(bytes)) throw new TypeError('the close reason must be valid UTF-8 (RFC 6455 §5.5.1)');
  const body = Buffer.alloc(CODE_LENGTH + bytes.length);
  body.writeUInt16BE(code, 0);
  body.set(bytes, CODE_LENGTH);
  return body;
}

function reasonBytes(reason: string | NodeJS.ArrayBufferView | ArrayBuffer | undefined): Buffer {
  if (reason === undefined) return NO_BODY;
  if (typeof reason === 'string') return Buffer.from(reason, 'utf8');
  // Bytes, not elements: of a Float32Array every byte counts.
  if (ArrayBuffer.isView(reason)) return Buffer.from(reason.buffer, reason.byteOffset, reason.byteLength);
  if (reason instanceof ArrayBuffer) return Buffer.from(reason);
  throw new TypeError(
    `the close reason must be a string, a Buffer, a typed array or an ArrayBuffer, got ${typeof reason}`,
  );
}
