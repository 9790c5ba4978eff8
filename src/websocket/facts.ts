// What there is to know of one endpoint that is a yes or a no: bits of one number, for a field of its own takes eight bytes of
// each connection.

/** The bits. */
export const Facts = {
  /** The application wants no messages for now. */
  PausedByApplication: 1,
  /** Nobody has decided yet whether the peer may speak at all. */
  PausedByDecision: 2,
  /** The peer's bytes are being read; everything said meanwhile leaves in one write. */
  InTurn: 4,
  /** What was held back is due in a turn of its own. */
  NextTurn: 8,
  /** The peer will send no more, and what it has sent has not all been delivered. */
  PeerEnded: 16,
  /** The connection is over: nothing is read any more. */
  Over: 32,
  /** The kernel has been stopped. */
  Stopped: 64,
  /** We do not want the peer's bytes: its silence, and the rest of its message, do not count. */
  Deaf: 128,
  /** Nothing is read for a while because the peer sends too much. */
  Slowed: 256,
  /** The closing handshake has begun, or the connection has failed. */
  Closing: 512,
  /** No time limit holds any more. */
  Timeless: 1024,
  /** Somebody may still read bytes that the socket has taken. */
  Deferred: 2048,
} as const;

/** Whoever pauses. */
export const PAUSED = Facts.PausedByApplication | Facts.PausedByDecision;

/** What an endpoint may be and yet have nothing under way. */
export const AT_REST = Facts.Deferred;
