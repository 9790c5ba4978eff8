// A socket in memory of which the n-th operation fails in a chosen way. It is a Socket of node:net without a handle, so that
// whoever asks sees TCP; the other end is a script that is told of what was written and says what comes.
import { Socket } from 'node:net';

/** What can become of an operation. The last two only take their time: whatever was to happen must happen all the same. */
export const FAULTS = ['reset', 'late reset', 'destroyed', 'peer ends', 'silence', 'slow', 'short'] as const;
export type Fault = (typeof FAULTS)[number];

/** Which operation of a run fails, and how. */
export class FaultPlan {
  readonly fault: Fault | 'none';
  readonly #at: number;
  operations = 0;

  /** @param at the number of the operation, from 1. */
  constructor(fault: Fault | 'none', at: number) {
    this.fault = fault;
    this.#at = at;
  }

  /** Whether there were enough operations for the fault to happen. */
  get happened(): boolean {
    return this.operations >= this.#at;
  }

  /** The next operation: how it fails, if it does. */
  next(): Fault | 'none' {
    return ++this.operations === this.#at ? this.fault : 'none';
  }
}

type Callback = (error?: Error | null) => void;

function reset(): Error {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
}

/** What comes of a write or of an incoming chunk when a part of it takes its time. */
const FIRST_PART = 3;

export class FaultySocket extends Socket {
  readonly #plan: FaultPlan;
  /** The other end hears of everything that was taken. */
  onTaken: (bytes: Buffer) => void = () => {};
  /** Nothing comes any more and nothing is taken, without a word. */
  #silent = false;
  /** The other end has said that nothing will come any more. */
  #hasEnded = false;
  #held: Callback | undefined = undefined;
  readonly #incoming: (() => void)[] = [];
  #isTaking = false;
  /** So many writes are taken in a turn to come, and the endpoint finds out what pressure is. */
  slowWrites = 0;

  constructor(plan: FaultPlan) {
    super({ allowHalfOpen: true });
    this.#plan = plan;
  }

  // A getter in Node, a property in its types.
  // @ts-expect-error: see above.
  override get remoteAddress(): string {
    return '192.0.2.1';
  }

  override _read(): void {}

  // ---- what the endpoint does

  override _write(chunk: Buffer | string, encoding: BufferEncoding, callback: Callback): void {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : Buffer.from(chunk);
    this.#operate(callback, (taken) => {
      this.onTaken(bytes);
      taken();
    });
  }

  override _writev(chunks: { chunk: Buffer | string; encoding: BufferEncoding }[], callback: Callback): void {
    const bytes = chunks.map(({ chunk, encoding }) =>
      typeof chunk === 'string' ? Buffer.from(chunk, encoding) : Buffer.from(chunk),
    );
    this._write(Buffer.concat(bytes), 'utf8', callback);
  }

  override _final(callback: Callback): void {
    this.#operate(callback, (done) => {
      this.onTaken(Buffer.alloc(0));
      done();
    });
  }

  /** As node:net: what is under way ends without an error. */
  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    const held = this.#held;
    this.#held = undefined;
    held?.();
    callback(error);
    // A socket of node:net tells this itself, as it has a handle to wait for.
    process.nextTick(() => this.emit('close', error !== null));
  }

  #operate(callback: Callback, take: (taken: Callback) => void): void {
    if (this.#silent) {
      this.#held = callback;
      return;
    }
    switch (this.#plan.next()) {
      case 'none':
        if (this.slowWrites-- > 0) this.#takeLater(callback, take);
        else take(callback);
        return;
      case 'reset':
        callback(reset());
        return;
      case 'late reset':
        take(callback);
        setImmediate(() => this.destroy(reset()));
        return;
      case 'destroyed':
        this.destroy();
        callback();
        return;
      case 'peer ends':
        take(callback);
        this.push(null);
        return;
      case 'silence':
        this.#silent = true;
        this.#held = callback;
        return;
      case 'slow':
      case 'short':
        this.#takeLater(callback, take);
    }
  }

  #takeLater(callback: Callback, take: (taken: Callback) => void): void {
    this.#held = callback;
    this.#isTaking = true;
    setImmediate(() => {
      this.#isTaking = false;
      if (this.#held !== callback) return;
      this.#held = undefined;
      take(callback);
    });
  }

  // ---- what the other end does

  /** The other end sends bytes; `null` ends its side. They arrive in turns to come, in their order, as from the kernel. */
  deliver(chunk: Buffer | null): void {
    if (this.#silent || this.#hasEnded || this.destroyed) return;
    switch (this.#plan.next()) {
      case 'none':
        this.#arrive(() => this.push(chunk));
        return;
      case 'reset':
        this.#arrive(() => this.destroy(reset()));
        return;
      case 'late reset':
        this.#arrive(() => this.push(chunk));
        this.#arrive(() => this.destroy(reset()));
        return;
      case 'destroyed':
        this.#arrive(() => {
          try {
            this.push(chunk);
          } finally {
            this.destroy();
          }
        });
        return;
      case 'peer ends':
        this.#hasEnded = true;
        this.#arrive(() => this.push(null));
        return;
      case 'silence':
        this.#silent = true;
        return;
      case 'slow':
        this.#arrive(() => {});
        this.#arrive(() => this.push(chunk));
        return;
      case 'short':
        if (chunk !== null) this.#arrive(() => this.push(chunk.subarray(0, FIRST_PART)));
        this.#arrive(() => this.push(chunk?.subarray(FIRST_PART) ?? null));
    }
  }

  /** Bytes for somebody else than the endpoint, node:http for one, whose faults are not looked for. */
  deliverSafely(chunk: Buffer): void {
    this.#arrive(() => this.push(chunk));
  }

  /** Whether something is under way that needs no clock. */
  get isBusy(): boolean {
    return this.#incoming.length > 0 || this.#isTaking;
  }

  #arrive(event: () => void): void {
    this.#incoming.push(event);
    if (this.#incoming.length === 1) setImmediate(this.#next);
  }

  readonly #next = (): void => {
    const event = this.#incoming[0] as () => void;
    try {
      if (!this.destroyed && !this.readableEnded) event();
    } finally {
      this.#incoming.shift();
      if (this.#incoming.length > 0) setImmediate(this.#next);
    }
  };
}
