// Whom an outbox tells how its bytes fare: RFC 6455 §6.1(g) ends with the kernel.

/** Told of the moments in an outbox's life that others wait for. */
export interface OutboxOwner {
  /** Bytes were handed over, and the socket does not say whether the kernel takes them. */
  onWaiting(): void;
  /** The kernel has stopped taking bytes. */
  onBlocked(): void;
  /** The kernel has taken what it was given before {@link onBlocked}. More may wait, and block it again at once. */
  onUnblocked(): void;
  /** Everything said has been taken. Comes once after each `wantDrain`. */
  onDrain(): void;
}
