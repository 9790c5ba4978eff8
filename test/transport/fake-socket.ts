// A socket whose other end takes bytes when the test says so, and who looks at them no sooner: bytes that are overwritten
// before they were taken come out wrong.
import { Duplex } from 'node:stream';

/**
 * When the other end takes what is written: inside the call, inside the next call and then no more, when
 * {@link FakeSocket.swallow} is called, or never.
 */
export type Appetite = 'now' | 'once' | 'later' | 'never';

type Callback = (error?: Error | null) => void;

/** The highWaterMark of Node 20; a socket of Node 22 has four times as much. */
export const SOCKET_MARK = 16_384;

export class FakeSocket extends Duplex {
  appetite: Appetite;
  /** How often the stream was handed bytes: what would be a system call each. */
  writes = 0;
  /** Bytes that were taken. */
  takenBytes = 0;
  readonly #taken: Buffer[] = [];
  #held: { chunks: Buffer[]; callback: Callback } | undefined = undefined;

  constructor(appetite: Appetite = 'now') {
    super({ writableHighWaterMark: SOCKET_MARK, allowHalfOpen: true });
    this.appetite = appetite;
  }

  /** Everything that was taken. */
  get taken(): Buffer {
    return Buffer.concat(this.#taken);
  }

  /** Whether a write is under way. */
  get isHolding(): boolean {
    return this.#held !== undefined;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, callback: Callback): void {
    this.#receive([chunk], callback);
  }

  override _writev(chunks: { chunk: Buffer }[], callback: Callback): void {
    this.#receive(
      chunks.map(({ chunk }) => chunk),
      callback,
    );
  }

  override _final(callback: Callback): void {
    callback();
  }

  /** As node:net: what is under way when the socket is destroyed ends without having been taken, and without an error. */
  override _destroy(error: Error | null, callback: Callback): void {
    const held = this.#held;
    this.#held = undefined;
    held?.callback();
    callback(error);
  }

  #receive(chunks: Buffer[], callback: Callback): void {
    this.writes++;
    this.#held = { chunks, callback };
    const takes = this.appetite === 'now' || this.appetite === 'once';
    if (this.appetite === 'once') this.appetite = 'later';
    if (takes) this.swallow();
  }

  /** Takes what is held now. Returns whether there was anything. */
  swallow(): boolean {
    const held = this.#held;
    if (held === undefined) return false;
    this.#held = undefined;
    for (const chunk of held.chunks) {
      this.#taken.push(Buffer.from(chunk));
      this.takenBytes += chunk.length;
    }
    held.callback();
    return true;
  }
}
