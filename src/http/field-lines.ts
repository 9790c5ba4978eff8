// Field lines: `field-name ":" OWS field-value OWS CRLF`, again and again until an empty line. RFC 9112 §5 and §7.1.2.
// Refuses what proxies have read in two ways: obs-fold, whitespace before the colon, CR or LF alone (§2.2, §5.1, §5.2).
// One walk, one table lookup per octet; keeps four offsets per field and not one octet.
import { COLON, CR, FIELD_CONTENT, HTAB, LF, OCTET_CLASS, SP, TCHAR } from '../bytes/ascii.ts';
import { type HttpRefusal, HttpRefusals } from './refusal.ts';

const LINE_START = 0;
const NAME = 1;
const BEFORE_VALUE = 2;
const VALUE = 3;
const LINE_FEED = 4;
const LAST_LINE_FEED = 5;

/** Reads the field lines of a head or of a trailer section as their octets arrive. */
export class FieldLines {
  /**
   * Four offsets per field: where its name begins and ends, where its value begins and ends without the OWS around it.
   */
  offsets: number[] = [];
  /** The empty line that ends the section has been read. */
  complete = false;
  /** What is wrong with the section, once something is. */
  refusal: HttpRefusal | undefined = undefined;
  readonly #maxCount: number;
  #count = 0;
  #nameStart = 0;
  #nameEnd = 0;
  #valueStart = 0;
  #state = LINE_START;

  /** @param maxCount how many fields the section may have; one more refuses it. */
  constructor(maxCount: number) {
    this.#maxCount = maxCount;
  }

  /** Makes it as good as new. The {@link offsets} that it has are left to whoever has taken them. */
  reset(): void {
    this.offsets = [];
    this.complete = false;
    this.refusal = undefined;
    this.#count = 0;
    this.#state = LINE_START;
  }

  /**
   * Goes on reading `bytes[position, end)`. What was read before must still stand in `bytes` where it stood.
   *
   * @returns the offset of the first octet that was not read: `end` while the section is incomplete, the offset after
   *   the empty line when it is complete, the offending octet when it is refused.
   */
  scan(bytes: Buffer, position: number, end: number): number {
    let state = this.#state;
    while (position < end) {
      if (state === LINE_START) {
        const octet = bytes[position]!;
        if (octet === CR) {
          state = LAST_LINE_FEED;
          position++;
          continue;
        }
        if ((OCTET_CLASS[octet]! & TCHAR) === 0) return this.#refuse(this.#badLineStart(octet), position);
        if (this.#count === this.#maxCount) return this.#refuse(HttpRefusals.TooManyFields, position);
        this.#count++;
        this.#nameStart = position;
        state = NAME;
      }
      if (state === NAME) {
        while (position < end && (OCTET_CLASS[bytes[position]!]! & TCHAR) !== 0) position++;
        if (position === end) break;
        if (bytes[position] !== COLON) return this.#refuse(badNameEnd(bytes[position]!), position);
        this.#nameEnd = position++;
        state = BEFORE_VALUE;
      }
      if (state === BEFORE_VALUE) {
        while (position < end && isWhitespace(bytes[position]!)) position++;
        if (position === end) break;
        this.#valueStart = position;
        state = VALUE;
      }
      if (state === VALUE) {
        while (position < end && (OCTET_CLASS[bytes[position]!]! & FIELD_CONTENT) !== 0) position++;
        if (position === end) break;
        if (bytes[position] !== CR) {
          const bare = bytes[position] === LF;
          return this.#refuse(bare ? HttpRefusals.BareLineFeed : HttpRefusals.InvalidFieldValue, position);
        }
        this.#take(bytes, position++);
        state = LINE_FEED;
      } else {
        // LINE_FEED or LAST_LINE_FEED: the octet after a CR
        if (bytes[position] !== LF) return this.#refuse(HttpRefusals.BareCarriageReturn, position);
        position++;
        if (state === LAST_LINE_FEED) {
          this.complete = true;
          return position;
        }
        state = LINE_START;
      }
    }
    this.#state = state;
    return position;
  }

  /** Notes the field whose value ends before the CR at `lineEnd`. */
  #take(bytes: Buffer, lineEnd: number): void {
    let valueEnd = lineEnd;
    while (valueEnd > this.#valueStart && isWhitespace(bytes[valueEnd - 1]!)) valueEnd--;
    this.offsets.push(this.#nameStart, this.#nameEnd, this.#valueStart, valueEnd);
  }

  #badLineStart(octet: number): HttpRefusal {
    if (isWhitespace(octet)) return this.#count === 0 ? HttpRefusals.WhitespaceBeforeFields : HttpRefusals.ObsoleteFold;
    if (octet === LF) return HttpRefusals.BareLineFeed;
    return octet === COLON ? HttpRefusals.EmptyFieldName : HttpRefusals.InvalidFieldName;
  }

  #refuse(refusal: HttpRefusal, position: number): number {
    this.refusal = refusal;
    return position;
  }
}

function badNameEnd(octet: number): HttpRefusal {
  if (isWhitespace(octet)) return HttpRefusals.WhitespaceBeforeColon;
  return octet === CR || octet === LF ? HttpRefusals.MissingColon : HttpRefusals.InvalidFieldName;
}

/** RFC 9110 §5.6.3: the whitespace that may stand around a field value. */
function isWhitespace(octet: number): boolean {
  return octet === SP || octet === HTAB;
}
