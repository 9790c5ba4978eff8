// A violation as the application sees it: what the peer did, which section forbids it, at which byte, and what would have
// been right.
import type { Excerpt } from '../bytes/index.ts';
import type { Violation } from '../frame/index.ts';

/** The peer broke the protocol, and the connection was failed (RFC 6455 §7.1.7). */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  /** A stable code, `ws`'s own wherever it has one: `WS_ERR_UNEXPECTED_RSV_1` and so on. */
  readonly code: string;
  /** The close code that the peer was told. */
  readonly closeCode: number;
  /** The rule that was broken, for instance `RFC 6455 §5.2`. */
  readonly section: string;
  /** Which byte broke it, counted in the peer's frames from the first after the handshake. */
  readonly offset: number;
  /** What would have been right. */
  readonly expected: string;
  /**
   * The bytes around that one, in hexadecimal digits too: at most eight on either side, as far as they were at hand.
   * Payload is shown unmasked, for what is wrong with it is wrong with what the peer meant; of a compressed text that is
   * not UTF-8, the text is shown. They are the peer's bytes: think before they go into a log.
   *
   * `undefined` when there is no such byte (a message that was not finished in time), or its chunk is gone.
   */
  readonly excerpt: Excerpt | undefined;

  constructor(violation: Violation, offset: number, excerpt?: Excerpt) {
    const where = `${violation.section}, byte ${offset}${shown(excerpt)}`;
    super(`Invalid WebSocket frame: ${violation.text} (${where}); expected ${violation.expected}`);
    this.code = violation.code;
    this.closeCode = violation.status;
    this.section = violation.section;
    this.offset = offset;
    this.expected = violation.expected;
    this.excerpt = excerpt;
  }
}

function shown(excerpt: Excerpt | undefined): string {
  if (excerpt === undefined) return '';
  return excerpt.of === 'inflated' ? `, inflated: ${excerpt.hex}` : `: ${excerpt.hex}`;
}
