// Everything that one endpoint receives, in its order: chunks through the frame parser (RFC 6455 §5.2) and the assembler
// (§5.4), as far as somebody wants to go on. Keeps what was not read. Never looks at what a message or Close means.
import type { Excerpt } from '../bytes/index.ts';
import type { Inflater } from '../deflate/index.ts';
import { FrameParser } from '../frame/index.ts';
import { Assembler, type AssemblerOptions, type MessageSink } from '../message/index.ts';

/** The receiving half of a connection; it is its own assembler. */
export class Inbound extends Assembler {
  readonly #parser: FrameParser;
  /** Nobody wants more for now. */
  #paused = false;
  /** The loop of {@link #read} is running. */
  #reading = false;
  /** The part of the last chunk that was not read when reading stopped. */
  #rest: Buffer | undefined = undefined;
  #discarded = false;

  /**
   * @param sink told of messages and control frames.
   * @param inflater what inflates messages; `undefined` where permessage-deflate was not agreed.
   */
  constructor(sink: MessageSink, options: AssemblerOptions, inflater: Inflater | undefined) {
    super(sink, options, inflater);
    this.#parser = new FrameParser(this, { masked: options.isServer, rsv1: inflater !== undefined });
  }

  /** Whether nothing is known of the connection but {@link position}. */
  get atRest(): boolean {
    const isReady = !this.#paused && !this.#reading && !this.#discarded && this.#rest === undefined;
    return isReady && this.resting && this.#parser.atRest;
  }

  /**
   * Receives for another connection from now on. Only {@link atRest}.
   *
   * @param position how many bytes of the frames of that connection were read before.
   */
  serve(options: AssemblerOptions, inflater: Inflater | undefined, position: number): void {
    this.assembleFor(options, inflater);
    this.#parser.serve(options.isServer, inflater !== undefined, position);
  }

  /** Whether reading stops behind the message or control frame that the sink is being told of. */
  get paused(): boolean {
    return this.#paused;
  }

  /** Whether a frame or a message has begun to arrive and not ended. */
  get unfinished(): boolean {
    return this.underWay || this.#parser.insideFrame;
  }

  /** Whether no more bytes are wanted now: some of the last ones have not been read. */
  get holding(): boolean {
    return this.#rest !== undefined || this.inflating;
  }

  /** Whether some of the last bytes wait for {@link resume}: after a pause, or after the sink threw. */
  get waiting(): boolean {
    return this.#rest !== undefined && !this.inflating;
  }

  /** The offset, in all the bytes of the peer's frames, of the byte at `index` of the chunk that is being read. */
  offsetOf(index: number): number {
    return this.#parser.offsetOf(index);
  }

  /** The bytes around that one, while it is at hand: see {@link FrameParser.excerpt}. */
  excerpt(index: number): Excerpt | undefined {
    return this.#parser.excerpt(index);
  }

  /** The index, in the chunk that is being read, of the first byte that has not been read. */
  get next(): number {
    return this.#parser.next;
  }

  /** The offset of that byte, in all the bytes of the peer's frames. */
  get position(): number {
    return this.#parser.offsetOf(this.#parser.next);
  }

  /** §6.2(a): the next bytes from the peer. They belong to the receiver from now on and are changed in place (§5.3). */
  receive(chunk: Buffer): void {
    if (this.#discarded) return;
    this.#rest = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    this.read();
  }

  /** After the current message nothing is handed over until {@link resume}. */
  pause(): void {
    this.#paused = true;
  }

  /** Ends {@link pause}, and reads on where the sink threw: what was left of the last chunk is read at once. */
  resume(): void {
    this.#paused = false;
    this.read();
  }

  /** Reads what is left, unless paused or waiting for an inflation. */
  read(): void {
    // Not while an upcall of this very loop is running: it goes on there by itself.
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (this.#rest !== undefined && !this.#paused && !this.inflating) this.#push(this.#rest);
    } finally {
      this.#reading = false;
    }
  }

  #push(chunk: Buffer): void {
    this.#rest = undefined;
    try {
      this.#parser.push(chunk);
    } finally {
      const { next } = this.#parser;
      if (next < chunk.length && !this.#discarded) {
        const unread = chunk.subarray(next);
        // An upcall may have received more.
        this.#rest = this.#rest === undefined ? unread : Buffer.concat([unread, this.#rest]);
      }
    }
  }

  /** From now on every byte is thrown away, and everything is given back. May be called again. */
  discard(): void {
    this.#discarded = true;
    this.#rest = undefined;
    this.#parser.discard();
    this.close();
  }
}
