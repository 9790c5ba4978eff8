// A violation as the application sees it: what the peer did, which section forbids it, at which byte, and what would have
// been right.
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

  constructor(violation: Violation, offset: number) {
    super(
      `Invalid WebSocket frame: ${violation.text} (${violation.section}, byte ${offset}); expected ${violation.expected}`,
    );
    this.code = violation.code;
    this.closeCode = violation.status;
    this.section = violation.section;
    this.offset = offset;
    this.expected = violation.expected;
  }
}
