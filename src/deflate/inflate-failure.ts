// RFC 7692 §7.2.2: every way in which a compressed message can fail to become a message, one row each, with the status
// code that closes the connection (RFC 6455 §7.4.1). Rows are values: nothing here is ever thrown.

/** One way to fail. */
export interface InflateFailureRow {
  /** The status code for the Close frame (RFC 6455 §7.4.1). */
  readonly status: number;
  /** Where the rule stands. */
  readonly section: string;
  /** What was wrong: a close reason, a log line, an error message. */
  readonly text: string;
}

/** The rows. */
export const InflateFailures = {
  /** More came out than the receiver takes. Found while inflating, so the rest is never inflated. */
  TooBig: { status: 1009, section: 'RFC 6455 §10.4', text: 'the message is too big after decompression' },
  /** Not DEFLATE, or not all of it. */
  Corrupt: { status: 1007, section: 'RFC 7692 §7.2.2', text: 'the compressed message is corrupt or truncated' },
  /** Legal, but each such block makes zlib start again: two bytes of input for the price of a whole message. */
  TooManyFinalBlocks: {
    status: 1008,
    section: 'RFC 7692 §7.2.3.4',
    text: 'the compressed message has too many DEFLATE blocks with BFINAL set',
  },
  /** Not the peer's fault: zlib had no memory to work with. */
  OutOfMemory: { status: 1011, section: 'RFC 6455 §7.4.1', text: 'no memory to decompress the message' },
} as const satisfies Record<string, InflateFailureRow>;

/** A row of {@link InflateFailures}. */
export type InflateFailure = (typeof InflateFailures)[keyof typeof InflateFailures];

/**
 * Finds the row for an error of `node:zlib`.
 *
 * @param error - what zlib threw or emitted
 * @returns `TooBig` when its output limit was reached, `Corrupt` when the input was at fault, else `OutOfMemory`
 */
export function failureOf(error: unknown): InflateFailure {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ERR_BUFFER_TOO_LARGE':
      return InflateFailures.TooBig;
    // "invalid distance too far back" and the like; and "unexpected end of file".
    case 'Z_DATA_ERROR':
    case 'Z_BUF_ERROR':
      return InflateFailures.Corrupt;
    default:
      return InflateFailures.OutOfMemory;
  }
}
