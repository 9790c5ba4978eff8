// Reads the head of a request or of a response as its octets arrive: start line, fields, empty line. RFC 9112 §2 to §5.
// Every octet is looked at once, however the head is cut; limits are applied while it arrives (RFC 6585 §5). Never
// reads a body, never truncates: a head too large is refused, as is anything that two readers could read in two ways.
import { type Excerpt, excerptOf } from '../bytes/index.ts';
import { FieldLines } from './field-lines.ts';
import { Fields } from './fields.ts';
import { HeadBuffer } from './head-buffer.ts';
import { type HttpRefusal, HttpRefusals } from './refusal.ts';
import { RequestLine } from './request-line.ts';
import type { StartLine } from './start-line.ts';
import { StatusLine } from './status-line.ts';

/** How many octets a head may have, from its first to the end of its empty line: 16 KiB, as in `node:http`. */
export const DEFAULT_MAX_HEADER_SIZE = 16_384;

/** How many field lines a head may have. */
export const DEFAULT_MAX_HEADERS_COUNT = 100;

/** What one head may cost. */
export interface HeadLimits {
  /** Octets of the whole head, {@link DEFAULT_MAX_HEADER_SIZE} by default. A head of exactly so many is accepted. */
  readonly maxHeaderSize?: number | undefined;
  /** Field lines, {@link DEFAULT_MAX_HEADERS_COUNT} by default. A head of exactly so many is accepted. */
  readonly maxHeadersCount?: number | undefined;
}

/** How far a head has come. */
export const HeadProgress = {
  /** The empty line has not come yet. */
  Incomplete: 0,
  /** The head is whole. */
  Complete: 1,
  /** The head is wrong: answer it and close, whatever follows. */
  Refused: 2,
} as const;
export type HeadProgress = (typeof HeadProgress)[keyof typeof HeadProgress];

/** What every head has. */
export interface MessageHead {
  /** 1: heads of other versions are refused. */
  readonly majorVersion: number;
  /** 0 or 1. */
  readonly minorVersion: number;
  readonly fields: Fields;
}

/** The head of a request (RFC 9112 §3). */
export interface RequestHead extends MessageHead {
  /** As it was written: methods are case-sensitive. */
  readonly method: string;
  /** As it was written, in a form that `method` takes: see `readRequestTarget`. */
  readonly target: string;
}

/** The head of a response (RFC 9112 §4). */
export interface ResponseHead extends MessageHead {
  /** From 100 to 999. */
  readonly statusCode: number;
  /** The reason phrase, often empty. It means nothing. */
  readonly reason: string;
}

/** What the parsers of requests and responses have in common. */
abstract class HeadParser<Line extends StartLine, Head extends MessageHead> {
  readonly #line: Line;
  readonly #fieldLines: FieldLines;
  readonly #buffer: HeadBuffer;
  #progress: HeadProgress = HeadProgress.Incomplete;
  #head: Head | undefined = undefined;
  #rest: Buffer | undefined = undefined;
  #refusal: HttpRefusal | undefined = undefined;
  #excerpt: Excerpt | undefined = undefined;
  /** How many octets of the head have been read. */
  #position = 0;

  /** @throws RangeError when a limit is not a positive integer. */
  protected constructor(line: Line, limits: HeadLimits) {
    const { maxHeaderSize = DEFAULT_MAX_HEADER_SIZE, maxHeadersCount = DEFAULT_MAX_HEADERS_COUNT } = limits;
    checkLimit('maxHeaderSize', maxHeaderSize);
    checkLimit('maxHeadersCount', maxHeadersCount);
    this.#line = line;
    this.#fieldLines = new FieldLines(maxHeadersCount);
    this.#buffer = new HeadBuffer(maxHeaderSize);
  }

  /** Makes the head of its parts, once it is whole. */
  protected abstract assemble(line: Line, bytes: Buffer, text: string, fields: Fields): Head;

  /**
   * Reads on.
   *
   * @param chunk the next octets of the connection. While the answer is `Incomplete` nothing of it is kept but a copy;
   *   after `Complete`, {@link raw} and {@link rest} may be views of it.
   * @throws TypeError after `Complete` or `Refused`: another head takes another parser, or {@link reset}.
   */
  push(chunk: Buffer): HeadProgress {
    if (this.#progress !== HeadProgress.Incomplete) throw new TypeError('push() was called after the end of the head');
    const buffer = this.#buffer;
    const line = this.#line;
    const fieldLines = this.#fieldLines;
    buffer.offer(chunk);
    if (!line.complete) {
      this.#position = line.scan(buffer.bytes, this.#position, buffer.end);
      if (line.refusal !== undefined) return this.#refuse(line.refusal);
    }
    if (line.complete) {
      this.#position = fieldLines.scan(buffer.bytes, this.#position, buffer.end);
      if (fieldLines.refusal !== undefined) return this.#refuse(fieldLines.refusal);
      if (fieldLines.complete) return this.#complete(chunk);
    }
    if (buffer.isFull) return this.#refuse(line.complete ? HttpRefusals.HeadTooLarge : line.tooLong);
    buffer.keep();
    return HeadProgress.Incomplete;
  }

  /**
   * Makes it as good as new, for a head of another connection: making a parser takes more time than reading a usual head with
   * it. What was asked of it before stays as it was.
   */
  reset(): void {
    this.#line.reset();
    this.#fieldLines.reset();
    this.#buffer.clear();
    this.#progress = HeadProgress.Incomplete;
    this.#head = undefined;
    this.#rest = undefined;
    this.#refusal = undefined;
    this.#excerpt = undefined;
    this.#position = 0;
  }

  /** The head. @throws TypeError before `Complete`. */
  get head(): Head {
    return whole(this.#head);
  }

  /**
   * The octets of the head up to and with its empty line, unchanged, for a server that shall read it again. A view of
   * the chunk when one chunk was enough: valid as long as that is.
   *
   * @throws TypeError before `Complete`.
   */
  get raw(): Buffer {
    whole(this.#head);
    return this.#buffer.bytes.subarray(0, this.#position);
  }

  /** What the last chunk holds after the head: a view, not a copy. @throws TypeError before `Complete`. */
  get rest(): Buffer {
    return whole(this.#rest);
  }

  /** What is wrong. @throws TypeError before `Refused`. */
  get refusal(): HttpRefusal {
    if (this.#refusal === undefined) throw new TypeError('there is no refusal: push() has not answered Refused');
    return this.#refusal;
  }

  /**
   * Where it is wrong: the offset of the offending octet from the beginning of the head.
   *
   * @throws TypeError before `Refused`.
   */
  get refusalOffset(): number {
    this.refusal;
    return this.#position;
  }

  /**
   * The octets around that one. When the head is too long, that one is the first that would be too many, and is not read.
   *
   * @throws TypeError before `Refused`.
   */
  get refusalExcerpt(): Excerpt {
    this.refusal;
    return this.#excerpt as Excerpt;
  }

  /** How many octets are held: never more than `maxHeaderSize`. */
  get bufferedLength(): number {
    return this.#buffer.end;
  }

  #complete(chunk: Buffer): HeadProgress {
    const { bytes } = this.#buffer;
    // One string for the whole head: every name and value is cut out of it when asked for, and the chunk can go.
    const text = bytes.toString('latin1', 0, this.#position);
    this.#head = this.assemble(this.#line, bytes, text, new Fields(text, this.#fieldLines.offsets));
    this.#rest = this.#buffer.rest(chunk, this.#position);
    this.#progress = HeadProgress.Complete;
    return HeadProgress.Complete;
  }

  #refuse(refusal: HttpRefusal): HeadProgress {
    const { bytes, end } = this.#buffer;
    this.#refusal = refusal;
    this.#excerpt = excerptOf('head', bytes, this.#position, end);
    this.#buffer.clear();
    this.#progress = HeadProgress.Refused;
    return HeadProgress.Refused;
  }
}

/** Reads the head of one request (RFC 9112 §3). */
export class RequestHeadParser extends HeadParser<RequestLine, RequestHead> {
  /** @throws RangeError when a limit is not a positive integer. */
  constructor(limits: HeadLimits = {}) {
    super(new RequestLine(), limits);
  }

  protected override assemble(line: RequestLine, bytes: Buffer, text: string, fields: Fields): RequestHead {
    return {
      method: text.slice(line.methodStart, line.methodEnd),
      target: text.slice(line.targetStart, line.targetEnd),
      majorVersion: 1,
      minorVersion: line.minorVersion(bytes),
      fields,
    };
  }
}

/**
 * Reads the head of one response (RFC 9112 §4). An interim response (1xx) is a head of its own: the next one takes a
 * new parser, which begins with {@link rest}.
 */
export class ResponseHeadParser extends HeadParser<StatusLine, ResponseHead> {
  /** @throws RangeError when a limit is not a positive integer. */
  constructor(limits: HeadLimits = {}) {
    super(new StatusLine(), limits);
  }

  protected override assemble(line: StatusLine, bytes: Buffer, text: string, fields: Fields): ResponseHead {
    return {
      statusCode: line.statusCode,
      reason: text.slice(line.reasonStart, line.reasonEnd),
      majorVersion: 1,
      minorVersion: line.minorVersion(bytes),
      fields,
    };
  }
}

function whole<Part>(part: Part | undefined): Part {
  if (part === undefined) throw new TypeError('there is no head: push() has not answered Complete');
  return part;
}

function checkLimit(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1)
    throw new RangeError(`${name} must be a positive integer, not ${value}`);
}
