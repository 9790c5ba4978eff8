// One endpoint at rest, and the machinery that it borrows as long as something is under way. One thing needs none: frames that
// are shared by many, and that the kernel takes at once, as it does nearly always. Nothing ever overtakes them: whatever
// happens before they leave borrows the machinery, and they come first in it (RFC 6455 §5.4, §6.1).
import { type Compression, sharedFrame } from '../connection/index.ts';
import type { PreparedMessage } from '../message/index.ts';
import { type Flushable, FrameRun, flushSoon } from '../transport/index.ts';
import { Engine } from './engine.ts';
import { AT_REST, Facts } from './facts.ts';
import { Reading } from './reading.ts';

/** An endpoint that may be at rest; the same object. */
export abstract class Resting extends Reading implements Flushable {
  /** permessage-deflate, if it was agreed. */
  abstract readonly compression: Compression | undefined;
  /** The machinery, while something is under way; or frames, while they are all there is. */
  #held: Engine | FrameRun | undefined = undefined;
  /** How many bytes of the peer's frames were read when the machinery was given back last. */
  #position = 0;

  /** Machinery that serves this endpoint. */
  protected abstract borrow(): Engine;

  /** For the machinery: see there. */
  get position(): number {
    return this.#position;
  }

  /** For the machinery: whether somebody may still read bytes that the socket has taken. */
  get isDeferred(): boolean {
    return this.is(Facts.Deferred);
  }

  /** Bytes of ours that the kernel has not taken, framing included. */
  get bufferedAmount(): number {
    const held = this.#held;
    if (held instanceof Engine) return held.transport.bufferedAmount + held.connection.queuedBytes;
    const told = held === undefined ? 0 : held.bytes;
    return told + this.socket.writableLength;
  }

  /** Whether the kernel has stopped taking bytes. */
  get blocked(): boolean {
    return this.lent?.transport.blocked === true;
  }

  protected get engine(): Engine {
    const held = this.#held;
    return held instanceof Engine ? held : this.begin(held);
  }

  /** The machinery, if it is borrowed. */
  protected get lent(): Engine | undefined {
    const held = this.#held;
    return held instanceof Engine ? held : undefined;
  }

  /** Something is under way from now on, behind the frames that were `told`. */
  protected begin(told: FrameRun | undefined): Engine {
    const engine = this.borrow();
    this.#held = engine;
    told?.shareWith(engine.transport);
    return engine;
  }

  protected rest(): void {
    const held = this.#held;
    if (!(held instanceof Engine) || this.is(~AT_REST) || !held.atRest) return;
    this.#position = held.connection.position;
    this.#held = undefined;
    Engine.takeBack(held);
  }

  onRest(): void {
    this.rest();
  }

  /**
   * Sends a prepared message without machinery.
   *
   * @returns `false` when it takes some, and nothing has been done: something else is under way or stands in the way, the frame
   *   is not there or not for everybody, or it is more than `highWaterMark` allows.
   */
  protected tell(message: PreparedMessage, compress: boolean): boolean {
    const held = this.#held;
    // Of a deferred socket nobody knows whether the kernel has taken it.
    if (held instanceof Engine || this.facts !== 0) return false;
    const { settings, compression } = this;
    const frame = sharedFrame(message, compress, settings, compression?.deflater);
    if (frame === undefined) return false;
    const told = held === undefined ? FrameRun.of(frame) : held.with(frame);
    if (told === undefined || told.bytes + this.socket.writableLength > settings.highWaterMark) return false;
    this.#held = told;
    if (held === undefined) flushSoon(this);
    return true;
  }

  flush(): void {
    const told = this.#held;
    // If machinery was borrowed meanwhile, it has them, and lets them go by itself.
    if (!(told instanceof FrameRun)) return;
    this.#held = undefined;
    const room = this.socket.write(told.join());
    if (this.socket.writableLength > 0) this.engine.transport.wasHanded(room);
  }
}
