// The status line: `HTTP-version SP status-code SP [ reason-phrase ] CRLF`. RFC 9112 §4.
// More lenient than the grammar in one place: the SP before an absent reason phrase may be absent too, as real servers
// leave it out. Never keeps an octet: it remembers offsets into the head.
import { CR, DIGIT, DIGIT_ZERO, FIELD_CONTENT, LF, OCTET_CLASS, SP } from '../bytes/ascii.ts';
import { type HttpRefusal, HttpRefusals } from './refusal.ts';
import { judgeVersionOctet, minorVersionAt, type StartLine, VERSION_LENGTH } from './start-line.ts';

const STATUS_CODE_AT = VERSION_LENGTH + 1;
const STATUS_CODE_DIGITS = 3;
/** Where the SP before the reason phrase stands. */
const REASON_SPACE_AT = STATUS_CODE_AT + STATUS_CODE_DIGITS;
const REASON_AT = REASON_SPACE_AT + 1;

const BEFORE_REASON = 0;
const REASON = 1;
const LINE_FEED = 2;

/** Reads a status line as its octets arrive. */
export class StatusLine implements StartLine {
  complete = false;
  refusal: HttpRefusal | undefined = undefined;
  readonly tooLong: HttpRefusal = HttpRefusals.HeadTooLarge;
  /**
   * From 100 to 999, once the line is complete. RFC 9110 §15 leaves it to the client what to make of those above 599.
   */
  statusCode = 0;
  /** Offset of the first octet of the reason phrase. */
  readonly reasonStart: number = REASON_AT;
  /** Offset of the CR after the reason phrase; not past {@link reasonStart} when there is none. */
  reasonEnd = 0;
  #state = BEFORE_REASON;

  /** Makes it as good as new. */
  reset(): void {
    this.complete = false;
    this.refusal = undefined;
    this.statusCode = 0;
    this.reasonEnd = 0;
    this.#state = BEFORE_REASON;
  }

  /** The minor version, 0 or 1, once the line is complete. */
  minorVersion(bytes: Buffer): number {
    return minorVersionAt(bytes, 0);
  }

  scan(bytes: Buffer, position: number, end: number): number {
    while (position < end) {
      const octet = bytes[position]!;
      if (this.#state === BEFORE_REASON) {
        this.refusal = this.#judge(octet, position);
        if (this.refusal !== undefined) return position;
      } else if (this.#state === REASON) {
        this.refusal = this.#judgeReason(octet, position);
        if (this.refusal !== undefined) return position;
      } else if (octet === LF) {
        this.complete = true;
        return position + 1;
      } else {
        this.refusal = HttpRefusals.BareCarriageReturn;
        return position;
      }
      position++;
    }
    return position;
  }

  /** What stands before the reason phrase has fixed places, so the place says what the octet has to be. */
  #judge(octet: number, position: number): HttpRefusal | undefined {
    if (position < VERSION_LENGTH) return judgeVersionOctet(position, octet);
    if (position === VERSION_LENGTH) return octet === SP ? undefined : HttpRefusals.InvalidVersion;
    if (position < REASON_SPACE_AT) {
      if ((OCTET_CLASS[octet]! & DIGIT) === 0) return HttpRefusals.InvalidStatusCode;
      if (position === STATUS_CODE_AT && octet === DIGIT_ZERO) return HttpRefusals.InvalidStatusCode;
      this.statusCode = this.statusCode * 10 + (octet - DIGIT_ZERO);
      return undefined;
    }
    if (octet === SP) {
      this.#state = REASON;
      return undefined;
    }
    return octet === CR || octet === LF ? this.#judgeReason(octet, position) : HttpRefusals.InvalidStatusCode;
  }

  #judgeReason(octet: number, position: number): HttpRefusal | undefined {
    if ((OCTET_CLASS[octet]! & FIELD_CONTENT) !== 0) return undefined;
    if (octet === LF) return HttpRefusals.BareLineFeed;
    if (octet !== CR) return HttpRefusals.InvalidReason;
    this.reasonEnd = position;
    this.#state = LINE_FEED;
    return undefined;
  }
}
