// Why a client was not believed, as the application sees it; and how a listener that waited for it may end. Its message goes to
// the client as the reason of the Close frame: it never holds a token, nor anything else of what the client sent.
import { MAX_CLOSE_REASON } from '../frame/index.ts';

/** Which way an authentication failed. */
export type AuthenticationFailure = 'REFUSED' | 'TIMED_OUT' | 'EXPIRED' | 'CLOSED' | 'VIOLATION';

/** More about an {@link AuthenticationError}. */
export interface AuthenticationErrorOptions {
  /** Default `REFUSED`. */
  readonly failure?: AuthenticationFailure | undefined;
  /** What was thrown by `authenticate`; for the application alone. */
  readonly cause?: unknown;
}

/**
 * A client has not proved who it is. `requireFirstMessage` rejects with it. An `authenticate` may throw one itself, to choose
 * what the client reads in the Close frame.
 */
export class AuthenticationError extends Error {
  override readonly name = 'AuthenticationError';
  /** `WS_ERR_AUTHENTICATION_` and the way it failed, for instance `WS_ERR_AUTHENTICATION_TIMED_OUT`. */
  readonly code: `WS_ERR_AUTHENTICATION_${AuthenticationFailure}`;

  /**
   * @param reason for the client: at most 123 bytes of UTF-8, without a secret.
   * @throws RangeError when `reason` does not fit into a Close frame.
   */
  constructor(reason = 'authentication failed', { failure = 'REFUSED', cause }: AuthenticationErrorOptions = {}) {
    const size = Buffer.byteLength(reason);
    if (size > MAX_CLOSE_REASON) {
      throw new RangeError(`a reason has at most ${MAX_CLOSE_REASON} bytes of UTF-8, got ${size} (RFC 6455 §5.5)`);
    }
    super(reason, cause === undefined ? undefined : { cause });
    this.code = `WS_ERR_AUTHENTICATION_${failure}`;
  }
}

/**
 * What becomes of the rejection of an async listener: that a client was refused is no fault of the program, and must not end it.
 *
 * @throws everything else.
 */
export function forgiveRefusal(error: unknown): void {
  if (!(error instanceof AuthenticationError)) throw error;
}
