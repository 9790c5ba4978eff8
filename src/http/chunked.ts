// The chunked transfer coding: `chunk-size [chunk-ext] CRLF data CRLF`, a last chunk of size 0, trailer fields.
// RFC 9112 §7.1. Bounds what a peer can add without sending data: extensions over the whole body, trailer fields.
// Never parses a size it cannot count exactly, never skips the CRLF after the data.
import { CR, FIELD_CONTENT, HEXDIG, HTAB, hexadecimalValue, LF, OCTET_CLASS, SEMICOLON, SP } from '../bytes/ascii.ts';
import { type Excerpt, excerptOf } from '../bytes/index.ts';
import { FieldLines } from './field-lines.ts';
import { Fields } from './fields.ts';
import { HeadBuffer } from './head-buffer.ts';
import { type HttpRefusal, HttpRefusals } from './refusal.ts';

/** How many octets the chunk extensions of one body may have together. */
export const DEFAULT_MAX_CHUNK_EXTENSIONS_SIZE = 16_384;
/** How many octets a trailer section may have. */
export const DEFAULT_MAX_TRAILERS_SIZE = 16_384;
/** How many trailer fields a body may have. */
export const DEFAULT_MAX_TRAILERS_COUNT = 100;

/** Where the data of a body goes. */
export interface BodySink {
  /** @param data a view of the chunk that was pushed: copy it to keep it. Never empty. */
  onBody(data: Buffer): void;
}

/** What a body in chunks may cost beside its data. */
export interface BodyLimits {
  /** Octets of all chunk extensions together, {@link DEFAULT_MAX_CHUNK_EXTENSIONS_SIZE} by default. */
  readonly maxChunkExtensionsSize?: number | undefined;
  /** Octets of the trailer section, {@link DEFAULT_MAX_TRAILERS_SIZE} by default. */
  readonly maxTrailersSize?: number | undefined;
  /** Trailer fields, {@link DEFAULT_MAX_TRAILERS_COUNT} by default. */
  readonly maxTrailersCount?: number | undefined;
}

/** A size above the last integer that can be counted exactly is refused. */
const MAX_CHUNK_SIZE = Number.MAX_SAFE_INTEGER;
/** Leading zeros are legal, but not without end. */
const MAX_SIZE_DIGITS = 16;

const SIZE = 0;
const BEFORE_EXTENSION = 1;
const EXTENSION = 2;
const SIZE_LINE_FEED = 3;
const DATA = 4;
const DATA_CR = 5;
const DATA_LINE_FEED = 6;
const TRAILERS = 7;

/** Undoes the chunked coding of one body. */
export class ChunkedDecoder {
  /** The end of the trailer section has been read. */
  complete = false;
  /** What is wrong with the body, once something is. */
  refusal: HttpRefusal | undefined = undefined;
  /** Where it is wrong, once something is: an index into the chunk pushed last, and the octets around it. */
  refusalIndex = 0;
  refusalExcerpt: Excerpt | undefined = undefined;
  /** The trailer fields, once {@link complete}. */
  trailers: Fields | undefined = undefined;
  readonly #sink: BodySink;
  readonly #trailerLines: FieldLines;
  readonly #trailerBuffer: HeadBuffer;
  #trailerPosition = 0;
  #extensionsLeft: number;
  /** Size of the chunk under way, and later how much of it is still to come. */
  #size = 0;
  #sizeDigits = 0;
  #state = SIZE;

  /** @throws RangeError when a limit is not a positive integer. */
  constructor(sink: BodySink, limits: BodyLimits) {
    const {
      maxChunkExtensionsSize = DEFAULT_MAX_CHUNK_EXTENSIONS_SIZE,
      maxTrailersSize = DEFAULT_MAX_TRAILERS_SIZE,
      maxTrailersCount = DEFAULT_MAX_TRAILERS_COUNT,
    } = limits;
    for (const limit of [maxChunkExtensionsSize, maxTrailersSize, maxTrailersCount]) {
      if (!Number.isSafeInteger(limit) || limit < 1) {
        throw new RangeError(`a limit of a body must be a positive integer, not ${limit}`);
      }
    }
    this.#sink = sink;
    this.#extensionsLeft = maxChunkExtensionsSize;
    this.#trailerLines = new FieldLines(maxTrailersCount);
    this.#trailerBuffer = new HeadBuffer(maxTrailersSize);
  }

  /** Reads on. @returns the offset of the first octet of `chunk` that was not read: its length while incomplete. */
  push(chunk: Buffer): number {
    let position = 0;
    while (position < chunk.length && this.refusal === undefined && !this.complete) {
      if (this.#state === TRAILERS) return this.#readTrailers(chunk, position);
      if (this.#state === DATA) position = this.#passData(chunk, position);
      else this.#readFraming(chunk[position++]!);
    }
    if (this.refusal !== undefined) {
      this.refusalIndex = position - 1;
      this.refusalExcerpt = excerptOf('body', chunk, position - 1);
    }
    return position;
  }

  #passData(chunk: Buffer, position: number): number {
    const end = Math.min(position + this.#size, chunk.length);
    this.#sink.onBody(chunk.subarray(position, end));
    this.#size -= end - position;
    if (this.#size === 0) this.#state = DATA_CR;
    return end;
  }

  #readFraming(octet: number): void {
    switch (this.#state) {
      case SIZE:
        if ((OCTET_CLASS[octet]! & HEXDIG) !== 0) this.#addSizeDigit(octet);
        else if (this.#sizeDigits === 0) this.refusal = HttpRefusals.InvalidChunkSize;
        else this.#afterSize(octet);
        break;
      case BEFORE_EXTENSION:
        this.#readExtensionOctet(octet);
        // §7.1.1: BWS may stand before the semicolon. Without a semicolon it may not.
        if (octet === SEMICOLON) this.#state = EXTENSION;
        else if (octet !== SP && octet !== HTAB) this.refusal = HttpRefusals.InvalidChunkExtension;
        break;
      case EXTENSION:
        if (octet === CR) this.#state = SIZE_LINE_FEED;
        else this.#readExtensionOctet(octet);
        break;
      case SIZE_LINE_FEED:
        if (octet !== LF) this.refusal = HttpRefusals.BareCarriageReturn;
        this.#state = this.#size === 0 ? TRAILERS : DATA;
        break;
      case DATA_CR:
        if (octet !== CR) this.refusal = HttpRefusals.MissingChunkEnd;
        this.#state = DATA_LINE_FEED;
        break;
      default:
        // DATA_LINE_FEED
        if (octet !== LF) this.refusal = HttpRefusals.MissingChunkEnd;
        this.#sizeDigits = 0;
        this.#state = SIZE;
    }
  }

  #addSizeDigit(octet: number): void {
    this.#size = this.#size * 16 + hexadecimalValue(octet);
    this.#sizeDigits++;
    if (this.#size > MAX_CHUNK_SIZE || this.#sizeDigits > MAX_SIZE_DIGITS) this.refusal = HttpRefusals.ChunkTooLarge;
  }

  #afterSize(octet: number): void {
    if (octet === CR) {
      this.#state = SIZE_LINE_FEED;
    } else if (octet === LF) {
      this.refusal = HttpRefusals.BareLineFeed;
    } else {
      this.#state = BEFORE_EXTENSION;
      this.#readFraming(octet);
    }
  }

  /** An extension means nothing to us: its octets are only counted, and held to what a quoted string may hold. */
  #readExtensionOctet(octet: number): void {
    if ((OCTET_CLASS[octet]! & FIELD_CONTENT) === 0) this.refusal = HttpRefusals.InvalidChunkExtension;
    else if (this.#extensionsLeft-- === 0) this.refusal = HttpRefusals.ChunkExtensionsTooLarge;
  }

  #readTrailers(chunk: Buffer, position: number): number {
    const section = position === 0 ? chunk : chunk.subarray(position);
    const buffer = this.#trailerBuffer;
    const lines = this.#trailerLines;
    const before = buffer.end;
    buffer.offer(section);
    this.#trailerPosition = lines.scan(buffer.bytes, this.#trailerPosition, buffer.end);
    if (lines.refusal !== undefined) {
      this.refusal = lines.refusal;
    } else if (lines.complete) {
      this.trailers = new Fields(buffer.bytes.toString('latin1', 0, this.#trailerPosition), lines.offsets);
      this.complete = true;
      return chunk.length - buffer.rest(section, this.#trailerPosition).length;
    } else if (buffer.isFull) {
      this.refusal = HttpRefusals.HeadTooLarge;
    } else {
      buffer.keep();
    }
    if (this.refusal !== undefined) {
      this.refusalIndex = position + this.#trailerPosition - before;
      this.refusalExcerpt = excerptOf('body', buffer.bytes, this.#trailerPosition, buffer.end);
    }
    return chunk.length;
  }
}
