// Reads an event stream as HTML §9.2.5 (lines) and §9.2.6 (fields, events) say, from bytes cut anywhere.
// A line is split and measured as bytes and decoded when it is whole: CR and LF are no part of any other character, also
// of a broken one, so that this is the same as decoding the stream first.
// Never throws for what a server sends, never keeps more than its limits, and touches nothing that browsers lack.
import { GatheredBytes } from './gathered-bytes.ts';
import { type EventStreamViolation, EventStreamViolations } from './violation.ts';

/** How many bytes a line may have, its end not counted. */
export const DEFAULT_MAX_LINE_LENGTH = 1_048_576;
/** How many bytes of data an event may have. */
export const DEFAULT_MAX_EVENT_SIZE = 1_048_576;

/** Told of what a stream says, in order. Nothing may be pushed from inside a call. */
export interface EventStreamSink {
  /**
   * An event.
   *
   * @param type `message` when the stream names none.
   * @param data its lines, joined by LF.
   * @param lastEventId that of this event or, if it has none, of the last one before that had; empty if there was none.
   */
  onEvent(type: string, data: string, lastEventId: string): void;
  /**
   * The server asks for another reconnection time. It counts at once, whatever becomes of the event around it.
   *
   * @param milliseconds up to `Number.MAX_SAFE_INTEGER`: bound it before a timer gets it, `setTimeout` takes what is
   *   above 2^31 - 1 for 1.
   */
  onRetry(milliseconds: number): void;
  /** A comment, without its colon and one space behind it. They are not even decoded for a sink without this method. */
  onComment?(text: string): void;
  /**
   * The server exceeded a limit. Nothing follows: what is pushed from now on is ignored.
   *
   * @param offset bytes of the stream before the place: the first byte too much of a line, the end of the line that made
   *   an event too large.
   */
  onViolation(violation: EventStreamViolation, offset: number): void;
}

/** What {@link EventStreamParser} may be told. */
export interface EventStreamParserOptions {
  /** Bytes of a line, its end not counted; {@link DEFAULT_MAX_LINE_LENGTH} by default. */
  readonly maxLineLength?: number | undefined;
  /** Bytes of an event's data, one for each line end in it; {@link DEFAULT_MAX_EVENT_SIZE} by default. */
  readonly maxEventSize?: number | undefined;
  /** The last event ID of the connection before this one: events that bring none have it, too. Empty by default. */
  readonly lastEventId?: string | undefined;
}

const NUL = 0x00;
const LF = 0x0a;
const CR = 0x0d;
const SP = 0x20;
const DIGIT_ZERO = 0x30;
const DIGIT_NINE = 0x39;
const COLON = 0x3a;
/** U+FEFF in UTF-8. */
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;

/** `event` and `retry`; what is longer cannot be a field that anybody knows. */
const LONGEST_FIELD_NAME = 5;

/** Reads one stream, that is the body of one response. A connection that is made again needs a new one. */
export class EventStreamParser {
  readonly #sink: EventStreamSink;
  readonly #maxLineLength: number;
  readonly #maxEventSize: number;
  /** U+FEFF at the start of a value is a character of it: only the one at the start of the stream is none. */
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  /** What earlier chunks brought of the line under way. */
  readonly #line = new GatheredBytes();
  /** §9.2.6 _data buffer_: every line of it with the LF behind it, not decoded. */
  readonly #data = new GatheredBytes();
  /** §9.2.6 _event type buffer_. */
  #type = '';
  /** §9.2.6 _last event ID buffer_: of an event that may never be complete. */
  #pendingId: string;
  /** §9.2.2 _last event ID string_: of the last event that was. */
  #lastEventId: string;
  /** The last chunk ended with CR: an LF at the start of the next one belongs to it. */
  #endedWithCarriageReturn = false;
  #atStart = true;
  #failed = false;
  /** Bytes of all earlier chunks. */
  #offset = 0;

  /** @throws RangeError when a limit is not a positive integer. */
  constructor(sink: EventStreamSink, options: EventStreamParserOptions = {}) {
    const {
      maxLineLength = DEFAULT_MAX_LINE_LENGTH,
      maxEventSize = DEFAULT_MAX_EVENT_SIZE,
      lastEventId = '',
    } = options;
    for (const limit of [maxLineLength, maxEventSize]) {
      if (!Number.isSafeInteger(limit) || limit < 1) {
        throw new RangeError(`a limit of an event stream must be a positive integer, not ${limit}`);
      }
    }
    this.#sink = sink;
    this.#maxLineLength = maxLineLength;
    this.#maxEventSize = maxEventSize;
    this.#pendingId = lastEventId;
    this.#lastEventId = lastEventId;
  }

  /**
   * What to send as `Last-Event-ID` when the connection has to be made again (§9.2.4): not yet that of an event whose
   * empty line has not come, but also that of one without data.
   */
  get lastEventId(): string {
    return this.#lastEventId;
  }

  /**
   * Reads on. At the end of the stream there is nothing to call: an event without its empty line is discarded (§9.2.6).
   *
   * What the sink throws comes out of here, and the rest of the stream is lost.
   *
   * @param chunk is not kept: it may be used again when the call is over.
   */
  push(chunk: Uint8Array): void {
    if (this.#failed || chunk.length === 0) return;
    let start = this.#endedWithCarriageReturn && chunk[0] === LF ? 1 : 0;
    this.#endedWithCarriageReturn = false;
    for (let at = start; at < chunk.length; at++) {
      const byte = chunk[at];
      if (byte !== LF && byte !== CR) continue;
      this.#endLine(chunk, start, at);
      if (this.#failed) return;
      // §9.2.5: CRLF is one end of line. CR ends it at once all the same: an event must not wait for what comes next.
      if (byte === CR) {
        if (at + 1 === chunk.length) this.#endedWithCarriageReturn = true;
        else if (chunk[at + 1] === LF) at++;
      }
      start = at + 1;
    }
    if (this.#fits(start, chunk.length)) this.#line.append(chunk.subarray(start));
    this.#offset += chunk.length;
  }

  /** Whether the line under way may go on with the bytes from `start` to `end` of this chunk. */
  #fits(start: number, end: number): boolean {
    const room = this.#maxLineLength - this.#line.length;
    if (end - start <= room) return true;
    this.#fail(EventStreamViolations.LineTooLong, this.#offset + start + room);
    return false;
  }

  #endLine(chunk: Uint8Array, start: number, end: number): void {
    if (!this.#fits(start, end)) return;
    let line = chunk.subarray(start, end);
    if (this.#line.length > 0) {
      this.#line.append(line);
      line = this.#line.bytes;
    }
    // §9.2.5: the stream is read by _UTF-8 decode_, which takes one byte order mark away.
    if (this.#atStart && BYTE_ORDER_MARK.every((byte, index) => line[index] === byte)) {
      line = line.subarray(BYTE_ORDER_MARK.length);
    }
    this.#atStart = false;
    this.#interpret(line, this.#offset + end);
    this.#line.clear();
  }

  /** §9.2.6, one line of the stream. */
  #interpret(line: Uint8Array, endOffset: number): void {
    if (line.length === 0) {
      this.#dispatch();
      return;
    }
    const colon = line.indexOf(COLON);
    const nameEnd = colon === -1 ? line.length : colon;
    const valueStart = line[nameEnd + 1] === SP ? nameEnd + 2 : nameEnd + 1;
    const value = line.subarray(valueStart);
    if (nameEnd === 0) this.#sink.onComment?.(this.#decoder.decode(value));
    else if (nameEnd <= LONGEST_FIELD_NAME) {
      this.#processField(String.fromCharCode(...line.subarray(0, nameEnd)), value, endOffset);
    }
  }

  /** §9.2.6 _process the field_. Names are compared as they are; one that is not here is ignored. */
  #processField(name: string, value: Uint8Array, endOffset: number): void {
    switch (name) {
      case 'event':
        this.#type = this.#decoder.decode(value);
        break;
      case 'data':
        if (this.#data.length + value.length > this.#maxEventSize) {
          this.#fail(EventStreamViolations.EventTooLarge, endOffset);
          return;
        }
        this.#data.append(value);
        this.#data.appendByte(LF);
        break;
      case 'id':
        if (!value.includes(NUL)) this.#pendingId = this.#decoder.decode(value);
        break;
      case 'retry':
        // No digits are no number either, though the standard leaves that open.
        if (value.length > 0 && value.every(isDigit)) {
          this.#sink.onRetry(Math.min(Number(this.#decoder.decode(value)), Number.MAX_SAFE_INTEGER));
        }
        break;
    }
  }

  /** §9.2.6 _dispatch the event_, its steps in their order. */
  #dispatch(): void {
    // 1.
    this.#lastEventId = this.#pendingId;
    const type = this.#type;
    this.#type = '';
    // 2. No line of data, not even an empty one: no event.
    if (this.#data.length === 0) return;
    // 3. Without the LF behind the last line.
    const data = this.#decoder.decode(this.#data.bytes.subarray(0, -1));
    // 7.
    this.#data.clear();
    // 4. to 6., and 8.
    this.#sink.onEvent(type === '' ? 'message' : type, data, this.#lastEventId);
  }

  #fail(violation: EventStreamViolation, offset: number): void {
    this.#failed = true;
    this.#line.clear();
    this.#data.clear();
    this.#sink.onViolation(violation, offset);
  }
}

function isDigit(byte: number): boolean {
  return byte >= DIGIT_ZERO && byte <= DIGIT_NINE;
}
