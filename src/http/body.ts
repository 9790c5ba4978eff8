// Reads the body of a response as its octets arrive: by length, in chunks, or until the connection ends. RFC 9112 §6,
// §7. For the client's 'unexpected-response'; the chunked coding itself is in chunked.ts. Data goes to a sink as views
// of the caller's chunks; never keeps any, never reads past the body, never guesses where it ends.
import { consistsOf, DIGIT, equalsIgnoringCase } from '../bytes/ascii.ts';
import type { Excerpt } from '../bytes/index.ts';
import { type BodyLimits, type BodySink, ChunkedDecoder } from './chunked.ts';
import type { Fields } from './fields.ts';
import type { ResponseHead } from './head.ts';
import { type HttpRefusal, HttpRefusals } from './refusal.ts';

/** How far a body has come. */
export const BodyProgress = {
  /** More has to come. */
  Incomplete: 0,
  /** The body is whole. */
  Complete: 1,
  /** The body is wrong: close the connection. */
  Refused: 2,
} as const;
export type BodyProgress = (typeof BodyProgress)[keyof typeof BodyProgress];

/** What of a head says how its body is framed. */
export type FramingHead = Pick<ResponseHead, 'statusCode' | 'minorVersion' | 'fields'>;

/** How the end of a body is known (RFC 9112 §6.3). */
const UNTIL_CLOSE = -1;

const EMPTY = Buffer.alloc(0);

/** Reads the body that belongs to one response to a GET request. */
export class ResponseBodyDecoder {
  readonly #sink: BodySink;
  #chunked: ChunkedDecoder | undefined = undefined;
  /** Octets still to come, or {@link UNTIL_CLOSE}; unused when the body comes in chunks. */
  #remaining = 0;
  #progress: BodyProgress = BodyProgress.Incomplete;
  #refusal: HttpRefusal | undefined = undefined;
  #rest: Buffer = EMPTY;
  /** Octets pushed before the present chunk, and where among all of them the body was found wrong. */
  #received = 0;
  #refusalOffset: number | undefined = undefined;

  /** @throws RangeError when a limit is not a positive integer. */
  constructor(head: FramingHead, sink: BodySink, limits: BodyLimits = {}) {
    this.#sink = sink;
    const refusal = this.#frame(head, limits);
    if (refusal !== undefined) this.#refuse(refusal);
    else if (this.#chunked === undefined && this.#remaining === 0) this.#progress = BodyProgress.Complete;
  }

  /**
   * How far the body has come. `Complete` from the start when there is none, `Refused` when its framing is ambiguous.
   */
  get progress(): BodyProgress {
    return this.#progress;
  }

  /** What is wrong; `undefined` unless {@link progress} is `Refused`. */
  get refusal(): HttpRefusal | undefined {
    return this.#refusal;
  }

  /**
   * Where the body is wrong: which of its octets as they came, chunked coding included. `undefined` where nothing is wrong
   * with them, but with how the head frames them.
   */
  get refusalOffset(): number | undefined {
    return this.#refusalOffset;
  }

  /** The octets around that one; `undefined` when there are none. */
  get refusalExcerpt(): Excerpt | undefined {
    return this.#chunked?.refusalExcerpt;
  }

  /** What the last chunk held after the body: a view of it. Empty before the end. */
  get rest(): Buffer {
    return this.#rest;
  }

  /** The trailer fields, once a body in chunks is complete (RFC 9112 §7.1.2); else `undefined`. */
  get trailers(): Fields | undefined {
    return this.#chunked?.trailers;
  }

  /** Reads on. After the end everything is {@link rest}. */
  push(chunk: Buffer): BodyProgress {
    if (this.#progress !== BodyProgress.Incomplete) {
      this.#rest = chunk;
    } else if (this.#chunked !== undefined) {
      this.#pushChunked(this.#chunked, chunk);
    } else if (this.#remaining === UNTIL_CLOSE) {
      if (chunk.length > 0) this.#sink.onBody(chunk);
    } else {
      this.#pushCounted(chunk);
    }
    this.#received += chunk.length;
    return this.#progress;
  }

  /** Says that the peer ended the connection: the end of a body that lasts until then, too early for any other. */
  end(): BodyProgress {
    if (this.#progress === BodyProgress.Incomplete) {
      if (this.#chunked === undefined && this.#remaining === UNTIL_CLOSE) this.#progress = BodyProgress.Complete;
      else this.#refuse(HttpRefusals.IncompleteBody, this.#received);
    }
    return this.#progress;
  }

  /** RFC 9112 §6.3, the rules for a response to a GET request, in their order. */
  #frame(head: FramingHead, limits: BodyLimits): HttpRefusal | undefined {
    const { statusCode, minorVersion, fields } = head;
    // 1. These have no body, whatever their fields say.
    if (statusCode < 200 || statusCode === 204 || statusCode === 304) return undefined;
    // 2. is about CONNECT.
    const transferEncoding = fields.get('transfer-encoding');
    const contentLength = fields.getAll('content-length');
    if (transferEncoding !== undefined) {
      // 3. Both fields: "ought to be handled as an error", for it is how responses are split.
      if (contentLength.length > 0) return HttpRefusals.LengthWithTransferEncoding;
      // 4. Chunked. We ask for no other coding, so any other is none that we can undo.
      //    §6.1: in HTTP/1.0, which has no such field, the framing counts as faulty.
      if (minorVersion === 0 || !equalsIgnoringCase(transferEncoding, 'chunked')) {
        return HttpRefusals.InvalidTransferEncoding;
      }
      this.#chunked = new ChunkedDecoder(this.#sink, limits);
      return undefined;
    }
    if (contentLength.length > 0) {
      // 5. Invalid, and with it twice even when equal: which of two the next reader takes is not known.
      const [text] = contentLength as [string];
      const length = Number(text);
      if (contentLength.length > 1 || text === '' || !consistsOf(text, DIGIT) || !Number.isSafeInteger(length)) {
        return HttpRefusals.InvalidContentLength;
      }
      // 6. Valid.
      this.#remaining = length;
      return undefined;
    }
    // 7. is about requests. 8. Until the connection ends.
    this.#remaining = UNTIL_CLOSE;
    return undefined;
  }

  #pushCounted(chunk: Buffer): void {
    const length = Math.min(chunk.length, this.#remaining);
    if (length > 0) this.#sink.onBody(chunk.subarray(0, length));
    this.#remaining -= length;
    if (this.#remaining === 0) {
      this.#progress = BodyProgress.Complete;
      this.#rest = chunk.subarray(length);
    }
  }

  #pushChunked(chunked: ChunkedDecoder, chunk: Buffer): void {
    const position = chunked.push(chunk);
    if (chunked.refusal !== undefined) {
      this.#refuse(chunked.refusal, this.#received + chunked.refusalIndex);
    } else if (chunked.complete) {
      this.#progress = BodyProgress.Complete;
      this.#rest = chunk.subarray(position);
    }
  }

  #refuse(refusal: HttpRefusal, offset?: number): void {
    this.#refusal = refusal;
    this.#refusalOffset = offset;
    this.#progress = BodyProgress.Refused;
  }
}
