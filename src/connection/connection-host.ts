// What a connection stands between: the floor above, which it tells what happens, and what was agreed with the peer. RFC 6455
// §5.5, §7.1. Types only.
import type { Excerpt } from '../bytes/index.ts';
import type { Deflater, Inflater } from '../deflate/index.ts';
import type { Violation } from '../frame/index.ts';
import type { AssemblerOptions } from '../message/index.ts';
import type { FastProducerPolicy, RateLimit } from './message-rate.ts';
import type { OutboundOptions } from './outbound.ts';

/** What a connection tells the floor above. User code may run in any of these, and may call back in. */
export interface ConnectionHost {
  /** A message. */
  onMessage(data: Buffer, isBinary: boolean): void;
  /** A Ping; it has been answered already, unless `autoPong` is off. */
  onPing(data: Buffer): void;
  onPong(data: Buffer): void;
  /** The peer's Close frame (§7.1.5, §7.1.6); ours has been sent before, or is on its way. */
  onClose(code: number, reason: Buffer): void;
  /** §7.1.4: both Close frames are through. Comes after {@link onClose}, once. */
  onComplete(): void;
  /**
   * §7.1.7: the peer broke a rule with the byte at `offset` of its frames. Our Close frame is on its way.
   *
   * @param excerpt the bytes around that one; `undefined` when it has not come or is not at hand any more.
   */
  onFail(violation: Violation, offset: number, excerpt: Excerpt | undefined): void;
  /** A compressed message that took its time has been handed over, and reading has gone on: see `holding` again. */
  onInflationEnd(): void;
}

/** What was agreed in the handshake, and how strict to be. */
export interface ConnectionOptions extends AssemblerOptions, OutboundOptions {
  /** Whether Pings are answered by the stack (§5.5.2). */
  readonly autoPong: boolean;
  /** Whether at most one message is delivered each time reading starts: see `allowSynchronousEvents`. */
  readonly oneAtATime: boolean;
  /** How many messages and control frames the peer may send (§10.4); `undefined` for no limit. */
  readonly messageRate: RateLimit | undefined;
  /** What happens when it sends more. */
  readonly fastProducer: FastProducerPolicy;
}

/** permessage-deflate as it was agreed for one connection. */
export interface Compression {
  readonly deflater: Deflater;
  readonly inflater: Inflater;
}
