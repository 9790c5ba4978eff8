// Where whole messages go. The connection implements it.
import type { Excerpt } from '../bytes/index.ts';
import type { Violation } from '../frame/index.ts';

/**
 * Told of each message and each control frame in the order of their last frames.
 *
 * `data` belongs to whoever is told: it may be a view on the chunk that was pushed. Answering `false` stops the reading
 * until the owner of the parser pushes the rest.
 */
export interface MessageSink {
  /** A whole message: `opcode` is Text (and `data` valid UTF-8, unless nobody wants that checked) or Binary. */
  onMessage(opcode: number, data: Buffer): boolean;
  /**
   * A control frame: Close, Ping or Pong. Its payload begins at `index` of the chunk that was pushed; negative when an
   * earlier chunk had the beginning.
   */
  onControl(opcode: number, data: Buffer, index: number): boolean;
  /**
   * The peer broke a rule with the byte at `index` of the chunk that was pushed last; negative when an earlier chunk had
   * it. What is wrong with a message as a whole is reported at its last byte. Nothing follows.
   *
   * @param excerpt the bytes to show for it, where those around that byte in the peer's frames would say less or are not
   *   at hand any more.
   */
  onViolation(violation: Violation, index: number, excerpt?: Excerpt): void;
  /**
   * A compressed message that took its time has been handed over, whatever {@link onMessage} answered: the rest of the
   * chunk may be pushed now.
   */
  onInflationEnd(): void;
}
