// What one connection has to say and the kernel has not taken yet. Everything said within a turn leaves in one write
// (`sluice` is fast for this reason before any other); while the kernel takes nothing, it waits here and is counted.
import type { Duplex } from 'node:stream';
import type { ByteSink } from '../bytes/index.ts';
import { flushSoon } from './flush-soon.ts';
import { FrameRun } from './frame-run.ts';
import type { OutboxOwner } from './outbox-owner.ts';
import { PIECE, takePiece } from './piece.ts';
import { NO_SLAB, SLAB_SIZE, Slab, Tenancy } from './slab.ts';
import { type WriteCallback, WriteCallbacks } from './write-callbacks.ts';
import { writeTogether } from './write-together.ts';

/** A slab of one connection whose bytes stay for a while, and must not hold up the shared one. */
const OWN_SLAB_SIZE = 4096;

/** No region is open. */
const CLOSED = -1;

const NOTHING = Buffer.alloc(0);

/** Whose region is open at the end of the shared slab. */
let tenant: Outbox | undefined;

/** The outgoing side of one socket: RFC 6455 §6.1(g). */
export class Outbox<Owner extends OutboxOwner = OutboxOwner> implements ByteSink {
  protected socket: Duplex;
  protected owner: Owner;
  /** Whether somebody may read the bytes after the socket has taken them: then the shared slab would never be free. */
  #deferred: boolean;
  /** Where the open region is; between regions what is left of an own slab. */
  #slab = NO_SLAB;
  /** Where the open region starts, or {@link CLOSED}. */
  #regionStart = CLOSED;
  readonly #tenancy = new Tenancy();
  /** The frames shared last, in place of an open region. */
  #run: FrameRun | undefined = undefined;
  /** Closed regions, joined frames and attached payloads, in order. */
  #pending: Buffer[] | undefined = undefined;
  #pendingBytes = 0;
  /** Bytes handed to the socket since something was pending. */
  #handed = 0;
  #callbacks: WriteCallbacks | undefined = undefined;
  /** How many calls the socket owes us. */
  #owed = 0;
  #corked = false;
  /** It stands in the list of those to be flushed. */
  #isDirty = false;
  #isSending = false;
  #blocked = false;
  #wantsDrain = false;
  #ending = false;
  #ended = false;

  /** @param deferred whether bytes may still be read when the socket has taken them, as by TLS or a stream in memory. */
  constructor(socket: Duplex, owner: Owner, deferred: boolean) {
    this.socket = socket;
    this.owner = owner;
    this.#deferred = deferred;
  }

  /** Whether nothing is said, held, awaited or owed: then this object may {@link serve} another socket. */
  get atRest(): boolean {
    const isEmpty = this.#pending === undefined && this.#run === undefined && this.#tenancy.isOver;
    const isUnasked = this.#callbacks === undefined && this.#owed === 0 && !this.#wantsDrain;
    const isOpen = !this.#blocked && !this.#ending && !this.#ended;
    const isStill = !this.#corked && !this.#isDirty && !this.#isSending && this.#regionStart === CLOSED;
    return isEmpty && isUnasked && isOpen && isStill;
  }

  /** Is the outgoing side of another socket from now on. Only {@link atRest}. */
  serve(socket: Duplex, owner: Owner, deferred: boolean): void {
    this.socket = socket;
    this.owner = owner;
    this.#deferred = deferred;
  }

  /** Bytes that the kernel has not taken, those in the socket's own queue included. */
  get bufferedAmount(): number {
    return this.#pendingBytes + this.#countOpen() + this.socket.writableLength;
  }

  /** Whether the kernel has stopped taking bytes. */
  get blocked(): boolean {
    return this.#blocked;
  }

  /** Whether {@link close} would tell somebody. */
  get awaited(): boolean {
    return this.#callbacks !== undefined;
  }

  /** Not a getter: V8 calls private ones by way of its runtime, and this is asked for every message. */
  #countOpen(): number {
    return this.#regionStart === CLOSED ? (this.#run?.bytes ?? 0) : this.#slab.position - this.#regionStart;
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

  share(frame: Buffer): void {
    const longer = this.#run?.with(frame);
    if (longer === undefined) this.#closeRegion();
    this.#run = longer ?? FrameRun.of(frame);
    if (!this.#corked && !this.#isDirty) this.#markDirty();
  }

  #append(bytes: Buffer): void {
    this.#pending ??= [];
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
  }

  #openRegion(size: number): void {
    this.#closeRegion();
    if (this.#deferred || this.#blocked || size > SLAB_SIZE) {
      if (!this.#slab.fits(size)) this.#slab = new Slab(Math.max(size, OWN_SLAB_SIZE));
    } else {
      if (tenant !== undefined) tenant.#closeRegion();
      this.#slab = this.#tenancy.beginRegion(size);
      tenant = this;
    }
    this.#regionStart = this.#slab.position;
  }

  #closeRegion(): void {
    const region = this.#takeRegion();
    if (region !== undefined) this.#append(region);
  }

  /** Ends the open region, or the run in its place; `undefined` when nothing was written into it. */
  #takeRegion(): Buffer | undefined {
    const start = this.#regionStart;
    if (start === CLOSED) {
      const run = this.#run;
      this.#run = undefined;
      return run?.join();
    }
    if (tenant === this) tenant = undefined;
    this.#regionStart = CLOSED;
    const { buffer, position } = this.#slab;
    // An own slab of the usual size has room for more; any other would only be held on to.
    if (buffer.length !== OWN_SLAB_SIZE) this.#slab = NO_SLAB;
    return start === position ? undefined : buffer.subarray(start, position);
  }

  /** Everything has been taken: the memory is free for others. */
  #release(): void {
    this.#tenancy.end();
    if (!this.#deferred) this.#slab = NO_SLAB;
  }

  // ---- turns

  /** A turn of this connection begins: nothing leaves before {@link uncork}. */
  cork(): void {
    this.#corked = true;
  }

  /** The turn is over: everything said in it leaves in one write. */
  uncork(): void {
    this.#corked = false;
    this.#send();
    this.#checkDrain();
  }

  #markDirty(): void {
    this.#isDirty = true;
    flushSoon(this);
  }

  /** Calls `callback` when the kernel has taken everything said so far. */
  afterWrite(callback: WriteCallback): void {
    this.#callbacks ??= new WriteCallbacks();
    this.#callbacks.add(callback, this.#handed + this.#pendingBytes + this.#countOpen());
    if (!this.#corked && !this.#isDirty) this.#markDirty();
  }

  /** The owner will be told by `onDrain` when everything has been taken, even at once; if nothing waits, the next bytes. */
  wantDrain(): void {
    this.#wantsDrain = true;
    // What a deferred socket has taken already is not followed by a flush that would find out.
    if (this.#deferred && !this.#corked && !this.#isDirty && this.socket.writableLength > 0) this.#markDirty();
  }

  /** Hands everything to the socket, unless the kernel is blocked or a turn is running. */
  flush(): void {
    this.#isDirty = false;
    this.#handOver();
  }

  #handOver(): void {
    try {
      this.#send();
      this.#checkDrain();
    } finally {
      this.settle();
    }
  }

  /** Something has come to its end outside a turn. */
  protected settle(): void {}

  /** Hands everything to the socket even in the middle of a turn. `onDrain` waits for the end of the turn. */
  relieve(): void {
    const corked = this.#corked;
    this.#corked = false;
    this.#send();
    this.#corked = corked;
  }

  #send(): void {
    if (this.#corked || this.#blocked || this.#ended) return;
    // A stream in memory may answer within the call, and have us say more.
    const isNested = this.#isSending;
    this.#isSending = true;
    this.#sendAll();
    this.#isSending = isNested;
  }

  #sendAll(): void {
    const region = this.#takeRegion();
    if (region !== undefined && (this.#pending !== undefined || region.length > PIECE)) this.#append(region);
    if (this.#pending !== undefined) {
      do this.#writePiece(this.#pending);
      while (this.#pending !== undefined && !this.#blocked);
    } else if (region !== undefined) {
      this.wasHanded(this.socket.write(region, this.#callbackOfLast()));
    } else if (this.#callbacks !== undefined || (this.#wantsDrain && this.socket.writableLength > 0)) {
      this.socket.write(NOTHING, this.#callbackOfLast());
    }
    if (!this.#ending || this.#blocked) return;
    this.#ended = true;
    this.socket.end();
  }

  /** Hands the front of what is pending to the socket. */
  #writePiece(pending: Buffer[]): void {
    const piece = takePiece(pending);
    if (piece === undefined) {
      const bytes = this.#pendingBytes;
      this.#pending = undefined;
      this.#pendingBytes = 0;
      this.#handed = 0;
      this.wasHanded(writeTogether(this.socket, pending, bytes, this.#callbackOfLast()));
      return;
    }
    this.#pendingBytes -= PIECE;
    this.#handed += PIECE;
    const due = this.#callbacks?.take(this.#handed);
    this.wasHanded(writeTogether(this.socket, piece, PIECE, due === undefined ? undefined : this.#owe(due)));
  }

  /** The socket was handed bytes, by us or by the owner {@link atRest}. @param room what its `write` answered. */
  wasHanded(room: boolean): void {
    if (this.socket.writableLength === 0) {
      // The usual case: the kernel has taken it all.
      if (this.#pending === undefined) this.#release();
      return;
    }
    // A deferred socket takes nothing at once, and says nothing about the kernel until it is full.
    if (room && this.#deferred) {
      this.owner.onWaiting();
      return;
    }
    this.#blocked = true;
    // 'drain' comes only after an answer of `false`. Nothing, written behind the rest, will tell too.
    if (room) this.socket.write(NOTHING, this.#owe());
    this.owner.onBlocked();
  }

  /** What the socket shall call when it has taken everything; as a rule nothing. */
  #callbackOfLast(): WriteCallback | undefined {
    const callbacks = this.#callbacks;
    this.#callbacks = undefined;
    return callbacks !== undefined || (this.#wantsDrain && this.#deferred) ? this.#owe(callbacks) : undefined;
  }

  /** A call that the socket owes us from now on: when it has taken what was written, and with it what `callbacks` wait for. */
  #owe(callbacks?: WriteCallbacks): WriteCallback {
    this.#owed++;
    return (error) => {
      // Node reports no error for what was under way when the socket was destroyed.
      const isLost = this.socket.destroyed && (this.#blocked || this.#deferred);
      try {
        callbacks?.callAll(error ?? (isLost ? new Error('the connection was ended before this was taken') : undefined));
      } finally {
        this.#owed--;
        if (callbacks === undefined && !error) this.onSocketDrain();
        this.#checkDrain();
        this.settle();
      }
    };
  }

  #checkDrain(): void {
    if (!this.#wantsDrain || this.#blocked || this.socket.destroyed || this.bufferedAmount > 0) return;
    this.#wantsDrain = false;
    this.owner.onDrain();
  }

  /** The socket says that its queue is empty. */
  onSocketDrain(): void {
    // It says so too about bytes that never blocked it.
    if (!this.#blocked || this.socket.writableLength > 0) return;
    this.#blocked = false;
    if (this.#pending === undefined && this.#regionStart === CLOSED) this.#release();
    this.owner.onUnblocked();
    this.#handOver();
  }

  /** Ends our side of the socket behind everything said so far. */
  end(): void {
    this.#ending = true;
    if (!this.#corked) this.#handOver();
  }

  /** Nothing will leave any more: gives the memory back, and tells those who wait why. */
  close(error: Error): void {
    this.#ended = true;
    this.#run = undefined;
    this.#takeRegion();
    this.#pending = undefined;
    this.#pendingBytes = 0;
    this.#release();
    this.#slab = NO_SLAB;
    this.#callbacks?.callAll(error);
  }
}
