// The request line: `method SP request-target SP HTTP-version CRLF`. RFC 9112 §3, and the empty line before it of §2.2.
// Stricter than the grammar in one place: a method has no small letters, for none does (RFC 9110 §9.1).
// Never keeps an octet: it remembers offsets into the head.
import { CR, LF, LOWER_ALPHA, NUMBER_SIGN, OCTET_CLASS, SLASH, SP, TCHAR, VCHAR } from '../bytes/ascii.ts';
import { type HttpRefusal, HttpRefusals } from './refusal.ts';
import { readRequestTarget } from './request-target.ts';
import { judgeVersionOctet, minorVersionAt, type StartLine, VERSION_LENGTH } from './start-line.ts';

/** The longest method accepted, in octets. The longest registered one, UPDATEREDIRECTREF, has 17. */
export const MAX_METHOD_LENGTH = 32;

const BEFORE_LINE = 0;
const EMPTY_LINE_FEED = 1;
const AFTER_EMPTY_LINE = 2;
const METHOD = 3;
const TARGET = 4;
const VERSION = 5;
const LINE_FEED = 6;

/** Reads a request line as its octets arrive. */
export class RequestLine implements StartLine {
  complete = false;
  refusal: HttpRefusal | undefined = undefined;
  readonly tooLong: HttpRefusal = HttpRefusals.RequestLineTooLong;
  /** Offset of the first octet of the method. */
  methodStart = 0;
  /** Offset of the SP after the method. */
  methodEnd = 0;
  /** Offset of the first octet of the request target. */
  targetStart = 0;
  /** Offset of the SP after the request target. */
  targetEnd = 0;
  #versionStart = 0;
  #state = BEFORE_LINE;

  /** Makes it as good as new. */
  reset(): void {
    this.complete = false;
    this.refusal = undefined;
    this.methodStart = 0;
    this.#state = BEFORE_LINE;
  }

  /** The minor version, 0 or 1, once the line is complete. */
  minorVersion(bytes: Buffer): number {
    return minorVersionAt(bytes, this.#versionStart);
  }

  scan(bytes: Buffer, position: number, end: number): number {
    let state = this.#state;
    while (position < end) {
      if (state < METHOD) {
        state = this.#before(state, bytes[position]!, position);
        if (this.refusal !== undefined) return position;
        if (state !== METHOD) position++;
      }
      if (state === METHOD) {
        while (position < end && isMethodOctet(bytes[position]!)) position++;
        if (position - this.methodStart > MAX_METHOD_LENGTH) {
          return this.#refuse(HttpRefusals.MethodTooLong, this.methodStart + MAX_METHOD_LENGTH);
        }
        if (position === end) break;
        if (bytes[position] !== SP || position === this.methodStart) {
          return this.#refuse(HttpRefusals.InvalidMethod, position);
        }
        this.methodEnd = position++;
        this.targetStart = position;
        state = TARGET;
      }
      if (state === TARGET) {
        while (position < end && isTargetOctet(bytes[position]!)) position++;
        if (position === end) break;
        if (bytes[position] !== SP) {
          const lineEnds = bytes[position] === CR || bytes[position] === LF;
          return this.#refuse(lineEnds ? HttpRefusals.MissingVersion : HttpRefusals.InvalidTarget, position);
        }
        if (position === this.targetStart) return this.#refuse(HttpRefusals.EmptyTarget, position);
        this.targetEnd = position++;
        this.#versionStart = position;
        state = VERSION;
      }
      if (state === VERSION) {
        const versionEnd = this.#versionStart + VERSION_LENGTH;
        while (position < end && position < versionEnd) {
          const refusal = judgeVersionOctet(position - this.#versionStart, bytes[position]!);
          if (refusal !== undefined) return this.#refuse(refusal, position);
          position++;
        }
        if (position === end) break;
        if (bytes[position] !== CR) {
          const bare = bytes[position] === LF;
          return this.#refuse(bare ? HttpRefusals.BareLineFeed : HttpRefusals.InvalidVersion, position);
        }
        position++;
        state = LINE_FEED;
      } else if (state === LINE_FEED) {
        if (bytes[position] !== LF) return this.#refuse(HttpRefusals.BareCarriageReturn, position);
        if (bytes[this.targetStart] !== SLASH && !this.#hasKnownForm(bytes)) {
          return this.#refuse(HttpRefusals.InvalidTargetForm, this.targetStart);
        }
        this.complete = true;
        return position + 1;
      }
    }
    this.#state = state;
    return position;
  }

  /** RFC 9112 §2.2: a server should ignore at least one empty line before the request line. This one ignores one. */
  #before(state: number, octet: number, position: number): number {
    if (state === EMPTY_LINE_FEED) {
      if (octet === LF) return AFTER_EMPTY_LINE;
      this.refusal = HttpRefusals.BareCarriageReturn;
    } else if (octet === CR) {
      if (state === BEFORE_LINE) return EMPTY_LINE_FEED;
      this.refusal = HttpRefusals.TooManyEmptyLines;
    } else if (octet === LF) {
      this.refusal = HttpRefusals.BareLineFeed;
    }
    this.methodStart = position;
    return METHOD;
  }

  #hasKnownForm(bytes: Buffer): boolean {
    const method = bytes.toString('latin1', this.methodStart, this.methodEnd);
    return readRequestTarget(method, bytes.toString('latin1', this.targetStart, this.targetEnd)) !== undefined;
  }

  #refuse(refusal: HttpRefusal, position: number): number {
    this.refusal = refusal;
    return position;
  }
}

function isMethodOctet(octet: number): boolean {
  return (OCTET_CLASS[octet]! & (TCHAR | LOWER_ALPHA)) === TCHAR;
}

function isTargetOctet(octet: number): boolean {
  return (OCTET_CLASS[octet]! & VCHAR) !== 0 && octet !== NUMBER_SIGN;
}
