// What one stream has to say and its sink has not taken yet. Everything said within a turn of the event loop is joined into
// one write, and the join is found again where many streams say the same (transport/frame-run.ts). Never drops a byte.
import { type Flushable, FrameRun, flushSoon } from '../transport/index.ts';
import { Outcome, type Sink, type SinkOwner } from './sink.ts';

/** Told of the moments in an outflow's life that others wait for. */
export interface OutflowOwner {
  /** Bytes have been handed to the sink. */
  wasWritten(): void;
  /** They have not been taken at once, and more may follow. */
  isWaiting(): void;
  /** They wait, and it will be told when they have been taken: by {@link wasTaken}, or at the end by {@link isGone}. */
  isBlocked(): void;
  /** Everything has been taken. */
  wasTaken(): void;
  /** Everything said has been taken. Comes once after each {@link Outflow.wantDrain}. */
  wasDrained(): void;
  /** There is nobody any more. @param finished whether everything was taken first, and then the response ended. */
  isGone(finished: boolean): void;
}

/** The most bytes handed over at a time: a sink tells when all of a write has been taken, so more would hide that it takes. */
const PIECE = 131_072;

/** The way out of one stream. */
export class Outflow implements Flushable, SinkOwner {
  readonly #sink: Sink;
  readonly #owner: OutflowOwner;
  /** What was said last. */
  #run: FrameRun | undefined = undefined;
  /** What was said before, in order. */
  #pending: Buffer[] | undefined = undefined;
  #pendingBytes = 0;
  #isDirty = false;
  #blocked = false;
  /** Whether the sink had nothing left after the last write: then it is not asked at every event. */
  #isTaken = true;
  #wantsDrain = false;
  #awaitsTaken = false;
  #ending = false;
  #ended = false;

  constructor(sink: Sink, owner: OutflowOwner) {
    this.#sink = sink;
    this.#owner = owner;
  }

  /** Bytes that have been said and not been taken. */
  get bufferedAmount(): number {
    const said = this.#run === undefined ? this.#pendingBytes : this.#pendingBytes + this.#run.bytes;
    return this.#isTaken ? said : said + this.#sink.bufferedAmount;
  }

  /** Whether the sink wants no more for now. */
  get blocked(): boolean {
    return this.#blocked;
  }

  /** Whether the sink has been asked to tell when everything has been taken, or will tell anyway. */
  get isAwaited(): boolean {
    return this.#blocked || this.#awaitsTaken || this.#ended;
  }

  /** Says `bytes` behind everything else; they leave when the code that is running has returned. */
  add(bytes: Buffer): void {
    const longer = this.#run?.with(bytes);
    if (longer === undefined) this.#closeRun();
    this.#run = longer ?? FrameRun.of(bytes);
    if (!this.#isDirty && !this.#blocked) this.#markDirty();
  }

  /** The owner will be told by `wasDrained` when everything has been taken. To be called while something waits. */
  wantDrain(): void {
    this.#wantsDrain = true;
    if (!this.#isDirty && !this.#blocked) this.#markDirty();
  }

  #markDirty(): void {
    this.#isDirty = true;
    flushSoon(this);
  }

  #closeRun(): void {
    if (this.#run === undefined) return;
    const bytes = this.#run.join();
    this.#run = undefined;
    this.#pending ??= [];
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
  }

  /** Hands over what the sink takes, in the middle of a turn: nobody is told of a drain yet. */
  relieve(): void {
    if (this.#blocked || this.#ended) return;
    if (this.#pending === undefined && this.#run !== undefined && this.#run.bytes <= PIECE) {
      const bytes = this.#run.join();
      this.#run = undefined;
      this.#write(bytes);
      return;
    }
    this.#closeRun();
    while (this.#pending !== undefined && !this.#blocked) this.#writePiece(this.#pending);
  }

  flush(): void {
    this.#isDirty = false;
    this.relieve();
    if (this.#ending && !this.#ended && !this.#blocked) {
      this.#ended = true;
      this.#owner.isBlocked();
      this.#sink.end();
      return;
    }
    this.#checkDrain();
  }

  #writePiece(pending: Buffer[]): void {
    const first = pending[0] as Buffer;
    if (first.length > PIECE) {
      pending[0] = first.subarray(PIECE);
      this.#pendingBytes -= PIECE;
      this.#write(first.subarray(0, PIECE));
      return;
    }
    pending.shift();
    if (pending.length === 0) this.#pending = undefined;
    this.#pendingBytes -= first.length;
    this.#write(first);
  }

  #write(bytes: Buffer): void {
    const outcome = this.#sink.write(bytes);
    this.#isTaken = outcome === Outcome.Taken;
    this.#owner.wasWritten();
    if (outcome === Outcome.Waiting) this.#owner.isWaiting();
    if (outcome !== Outcome.Full) return;
    this.#blocked = true;
    this.#owner.isBlocked();
  }

  #checkDrain(): void {
    if (!this.#wantsDrain || this.#blocked || this.#ended) return;
    if (this.bufferedAmount > 0) {
      this.awaitTaken();
      return;
    }
    this.#wantsDrain = false;
    this.#owner.wasDrained();
  }

  /** Asks the sink to say when it has taken everything, unless it will anyway. */
  awaitTaken(): void {
    if (this.isAwaited) return;
    this.#awaitsTaken = true;
    this.#owner.isBlocked();
    this.#sink.awaitTaken();
  }

  onTaken(): void {
    this.#awaitsTaken = false;
    if (!this.#blocked) this.#owner.wasTaken();
    this.#checkDrain();
  }

  onRoom(): void {
    if (!this.#blocked) return;
    this.#blocked = false;
    this.#owner.wasTaken();
    this.flush();
  }

  onGone(finished: boolean): void {
    this.#owner.isGone(finished);
  }

  /** Ends the response behind everything said so far. */
  end(): void {
    this.#ending = true;
    if (!this.#isDirty && !this.#blocked) this.#markDirty();
  }

  /** Nothing will leave any more: gives the memory back. */
  close(): void {
    this.#ended = true;
    this.#run = undefined;
    this.#pending = undefined;
    this.#pendingBytes = 0;
  }
}
