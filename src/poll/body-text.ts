// The body of a request while it comes: RFC 9110 §8.6, RFC 8259 §8.1. It is measured before it is kept, and read as UTF-8 when
// it is whole. Nothing in it is ever interpreted here.
import { GrowingBuffer } from '../bytes/index.ts';
import { amount, type BodyOptions, PollDefaults } from './options.ts';

/** The statuses that a body can be refused with. */
export const BodyFault = {
  /** It ended before its end, or is no UTF-8. */
  BadRequest: 400,
  /** It did not come in time. */
  RequestTimeout: 408,
  /** It is longer than it may be, or says that it will be. */
  ContentTooLarge: 413,
  /** It is compressed: who inflates it must have limits of his own. */
  UnsupportedMediaType: 415,
} as const;
/** One of them. */
export type BodyFault = (typeof BodyFault)[keyof typeof BodyFault];

/** What the fields of a request say of its body. */
export interface BodyFields {
  readonly contentLength: string | null | undefined;
  readonly contentEncoding: string | null | undefined;
}

/** {@link BodyOptions} as they are used. */
export interface BodySettings {
  readonly maxBodySize: number;
  readonly bodyTimeout: number;
}

/** @throws TypeError or RangeError naming the option that is not what it must be. */
export function readBodySettings(options: BodyOptions): BodySettings {
  return {
    maxBodySize: amount('maxBodySize', options.maxBodySize, PollDefaults.maxBodySize),
    bodyTimeout: amount('bodyTimeout', options.bodyTimeout, PollDefaults.bodyTimeout),
  };
}

/** What is wrong with a body before a byte of it has been read. */
export function faultOf(
  { contentLength, contentEncoding }: BodyFields,
  { maxBodySize }: BodySettings,
): BodyFault | undefined {
  const encoding = (contentEncoding ?? '').trim().toLowerCase();
  if (encoding !== '' && encoding !== 'identity') return BodyFault.UnsupportedMediaType;
  if (contentLength !== null && contentLength !== undefined && Number(contentLength) > maxBodySize) {
    return BodyFault.ContentTooLarge;
  }
  return undefined;
}

/** One body. */
export class BodyText {
  readonly #limit: number;
  readonly #bytes = new GrowingBuffer();

  /** @param limit bytes that it may have. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Keeps what has come. Returns `false` when that is too much: then nothing is kept any more. */
  add(chunk: Uint8Array): boolean {
    if (this.#bytes.length + chunk.length <= this.#limit && this.#bytes.append(chunk, 0, chunk.length, 0)) return true;
    this.#bytes.clear();
    return false;
  }

  /** The whole, or `undefined` when it is no UTF-8. A byte order mark at its start is taken away. */
  take(): string | undefined {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(this.#bytes.take());
    } catch {
      return undefined;
    }
  }
}
