// What one connection has to say and the kernel has not taken yet. Everything said within a turn leaves in one write
// (`sluice` is fast for this reason before any other); while the kernel takes nothing, it waits here and is counted.
import type { Duplex } from 'node:stream';
import type { ByteSink } from '../bytes/index.ts';
import { SLAB_SIZE, Slab } from './slab.ts';

type Callback = (error?: Error | null) => void;

/** Told of the moments in an outbox's life that others wait for. */
export interface OutboxOwner {
  /** The kernel has stopped taking bytes; {@link onDrain} follows when it goes on. */
  onBlocked(): void;
  /** The kernel takes bytes again, or, after {@link Outbox.wantDrain}, has taken everything. */
  onDrain(): void;
}

/** A slab of one connection whose bytes stay for a while, and must not hold up the shared one. */
const OWN_SLAB_SIZE = 4096;

/** No region is open. */
const CLOSED = -1;

/** Several buffers of up to this many bytes together are joined to one: cheaper than a write for each of them. */
const JOIN_UP_TO = 16_384;

let shared = new Slab(SLAB_SIZE);
/** Whose region is open at the end of the shared slab. */
let tenant: Outbox | undefined;
/** Outboxes that were written to outside a turn of their own connection. */
let dirty: Outbox[] = [];

function flushDirty(): void {
  const outboxes = dirty;
  dirty = [];
  let done = 0;
  try {
    for (const outbox of outboxes) {
      done++;
      outbox.flush();
    }
  } finally {
    // A listener of 'drain' threw: the others must not wait for ever.
    if (done < outboxes.length) {
      if (dirty.length === 0) queueMicrotask(flushDirty);
      dirty.push(...outboxes.slice(done));
    }
  }
}

/** The outgoing side of one socket. */
export class Outbox implements ByteSink {
  readonly #socket: Duplex;
  readonly #owner: OutboxOwner;
  /** Whether the kernel never takes bytes at once: then the shared slab would never be free again. */
  readonly #deferred: boolean;
  /** Where the open region is: the shared slab, or one of its own. */
  #slab = shared;
  /** Where the open region starts, or {@link CLOSED}. */
  #regionStart = CLOSED;
  /** Closed regions and attached payloads, in order. */
  #pending: Buffer[] | undefined = undefined;
  #pendingBytes = 0;
  /** Regions of the shared slab that are ours and not known to be free. */
  #sharedRegions = 0;
  #callbacks: Callback[] | undefined = undefined;
  #corked = false;
  #isDirty = false;
  #blocked = false;
  #wantsDrain = false;
  #ending = false;

  /** @param deferred whether the socket takes bytes only later, as TLS does. */
  constructor(socket: Duplex, owner: OutboxOwner, deferred: boolean) {
    this.#socket = socket;
    this.#owner = owner;
    this.#deferred = deferred;
  }

  /** Bytes that the kernel has not taken, those in the socket's own queue included. */
  get bufferedAmount(): number {
    return this.#pendingBytes + this.#openBytes + this.#socket.writableLength;
  }

  /** Whether the kernel has stopped taking bytes. */
  get blocked(): boolean {
    return this.#blocked;
  }

  get #openBytes(): number {
    return this.#regionStart === CLOSED ? 0 : this.#slab.position - this.#regionStart;
  }

  // ---- ByteSink

  get target(): Buffer {
    return this.#slab.buffer;
  }

  reserve(size: number): number {
    if (this.#regionStart === CLOSED || !this.#slab.fits(size)) this.#openRegion(size);
    if (!this.#corked && !this.#isDirty) this.#markDirty();
    return this.#slab.position;
  }

  commit(size: number): void {
    this.#slab.position += size;
  }

  attach(payload: Uint8Array): void {
    this.#closeRegion();
    this.#append(
      Buffer.isBuffer(payload) ? payload : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength),
    );
    if (!this.#corked && !this.#isDirty) this.#markDirty();
  }

  #append(bytes: Buffer): void {
    this.#pending ??= [];
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
  }

  #openRegion(size: number): void {
    this.#closeRegion();
    if (this.#deferred || this.#blocked) {
      if (this.#slab === shared || !this.#slab.fits(size)) this.#slab = new Slab(Math.max(size, OWN_SLAB_SIZE));
    } else {
      if (tenant !== undefined) tenant.#closeRegion();
      if (!shared.fits(size)) shared = new Slab(Math.max(size, SLAB_SIZE));
      // What was ours in an earlier slab is that slab's business: it never starts from the front again.
      if (this.#slab !== shared) this.#sharedRegions = 0;
      this.#slab = shared;
      this.#sharedRegions++;
      shared.retain();
      tenant = this;
    }
    this.#regionStart = this.#slab.position;
  }

  #closeRegion(): void {
    const region = this.#takeRegion();
    if (region !== undefined) this.#append(region);
  }

  /** Ends the open region; `undefined` when nothing was written into it. */
  #takeRegion(): Buffer | undefined {
    if (tenant === this) tenant = undefined;
    const start = this.#regionStart;
    this.#regionStart = CLOSED;
    const end = this.#slab.position;
    return start === CLOSED || start === end ? undefined : this.#slab.buffer.subarray(start, end);
  }

  // ---- turns

  /** A turn of this connection begins: nothing leaves before {@link uncork}. */
  cork(): void {
    this.#corked = true;
  }

  /** The turn is over: everything said in it leaves in one write. */
  uncork(): void {
    this.#corked = false;
    this.flush();
  }

  #markDirty(): void {
    this.#isDirty = true;
    if (dirty.length === 0) queueMicrotask(flushDirty);
    dirty.push(this);
  }

  /** Calls `callback` when the kernel has taken everything said so far. */
  afterWrite(callback: Callback): void {
    this.#callbacks ??= [];
    this.#callbacks.push(callback);
    if (!this.#corked && !this.#isDirty) this.#markDirty();
  }

  /** The owner will be told by `onDrain` when everything has been taken, even if that happens at once. */
  wantDrain(): void {
    this.#wantsDrain = true;
  }

  /** Hands everything to the socket, unless the kernel is blocked or a turn is running. */
  flush(): void {
    this.#isDirty = false;
    if (this.#corked || this.#blocked) return;
    const region = this.#takeRegion();
    if (this.#pending !== undefined) {
      if (region !== undefined) this.#append(region);
      this.#writeMany(this.#pending);
    } else if (region !== undefined) {
      this.#afterWrite(this.#socket.write(region, this.#writeCallback()));
    } else if (this.#callbacks !== undefined) {
      this.#takeCallbacks(this.#callbacks)();
    }
    if (this.#ending && !this.#blocked) this.#socket.end();
    this.#checkDrain();
  }

  /** As {@link flush}, also in the middle of a turn. */
  relieve(): void {
    const corked = this.#corked;
    this.#corked = false;
    this.flush();
    this.#corked = corked;
  }

  #writeMany(pending: Buffer[]): void {
    const socket = this.#socket;
    const bytes = this.#pendingBytes;
    this.#pending = undefined;
    this.#pendingBytes = 0;
    if (bytes <= JOIN_UP_TO) {
      this.#afterWrite(socket.write(Buffer.concat(pending, bytes), this.#writeCallback()));
      return;
    }
    socket.cork();
    const last = pending.length - 1;
    for (let index = 0; index < last; index++) socket.write(pending[index] as Buffer);
    const room = socket.write(pending[last] as Buffer, this.#writeCallback());
    socket.uncork();
    this.#afterWrite(room);
  }

  /** @param room what the socket's `write` answered. */
  #afterWrite(room: boolean): void {
    if (this.#socket.writableLength > 0) {
      // Somebody still reads those bytes. The socket's 'drain' comes only after an answer of `false`.
      if (!room) {
        this.#blocked = true;
        this.#owner.onBlocked();
      }
      return;
    }
    // The usual case: the kernel has taken it all, and the memory is free again.
    if (this.#slab === shared) shared.release(this.#sharedRegions);
    this.#sharedRegions = 0;
  }

  /** What the socket shall call when it has written; as a rule nothing. */
  #writeCallback(): Callback | undefined {
    if (this.#callbacks !== undefined) return this.#takeCallbacks(this.#callbacks);
    return this.#wantsDrain ? () => this.#checkDrain() : undefined;
  }

  #takeCallbacks(callbacks: Callback[]): Callback {
    this.#callbacks = undefined;
    return (error) => {
      for (const callback of callbacks) callback(error);
      this.#checkDrain();
    };
  }

  #checkDrain(): void {
    if (!this.#wantsDrain || this.#blocked || this.bufferedAmount > 0) return;
    this.#wantsDrain = false;
    this.#owner.onDrain();
  }

  /** The socket says that its queue is empty. */
  onSocketDrain(): void {
    if (!this.#blocked) return;
    this.#blocked = false;
    this.flush();
    if (!this.#wantsDrain && !this.#blocked) this.#owner.onDrain();
  }

  /** Ends our side of the socket behind everything said so far. */
  end(): void {
    this.#ending = true;
    if (!this.#corked) this.flush();
  }

  /** Nothing will leave any more: gives the memory back, and tells those who wait why. */
  close(error: Error): void {
    this.#takeRegion();
    this.#pending = undefined;
    this.#pendingBytes = 0;
    if (this.#slab === shared) shared.release(this.#sharedRegions);
    this.#sharedRegions = 0;
    this.#blocked = true;
    const callbacks = this.#callbacks;
    this.#callbacks = undefined;
    if (callbacks !== undefined) for (const callback of callbacks) callback(error);
  }
}
