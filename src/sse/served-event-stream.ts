// One event stream over whatever sink it has: what may be sent when, what becomes of it when the client is slow, and how it
// ends. HTML §9.2. Everything it holds is given back on every way out.
import type { ServerSentEvent } from '../eventstream/index.ts';
import { Backlog, COST_OF_WAITING, type WaitingMessage } from '../transport/index.ts';
import { encodeComment, encodeEvent } from './encode-event.ts';
import type { CloseOptions, EventStream, EventStreamEnd } from './event-stream.ts';
import type { EventStreamSettings } from './options.ts';
import { Outflow, type OutflowOwner } from './outflow.ts';
import type { Sink } from './sink.ts';
import { TimeLimits, type TimeLimitsHost } from './time-limits.ts';

/** The same bytes for every stream: where many are due at once, nothing is made for any of them. */
const HEARTBEAT = encodeComment('heartbeat');

/** The server's side of one event stream. */
export class ServedEventStream implements EventStream, OutflowOwner, TimeLimitsHost {
  readonly lastEventId: string | undefined;
  onDrain: (() => void) | undefined = undefined;
  onDropped: ((count: number) => void) | undefined = undefined;
  onEnd: ((end: EventStreamEnd) => void) | undefined = undefined;
  readonly #sink: Sink;
  readonly #settings: EventStreamSettings;
  readonly #outflow: Outflow;
  readonly #times: TimeLimits;
  /** Events that may still be dropped: whole, oldest first. Made when the first waits there. */
  #backlog: Backlog<Buffer> | undefined = undefined;
  #dropped = 0;
  #isOpen = true;
  #isOver = false;
  /** Whether a `false` has been answered since the last drain. */
  #owesDrain = false;

  /** @param sink which this stream alone starts, writes to and ends. */
  constructor(sink: Sink, settings: EventStreamSettings, lastEventId: string | undefined) {
    this.lastEventId = lastEventId;
    this.#sink = sink;
    this.#settings = settings;
    this.#outflow = new Outflow(sink, this);
    this.#times = new TimeLimits(this, settings);
    sink.start(this.#outflow);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get bufferedAmount(): number {
    return this.#isOver ? 0 : this.#outflow.bufferedAmount + (this.#backlog === undefined ? 0 : this.#backlog.size);
  }

  get dropped(): number {
    return this.#dropped;
  }

  send(event: ServerSentEvent, key?: string): boolean {
    return this.sendEncoded(encodeEvent(event), key);
  }

  sendEncoded(bytes: Buffer, key?: string): boolean {
    if (!this.#isOpen) return false;
    const { highWaterMark, maxBufferedAmount, slowConsumer } = this.#settings;
    let buffered = this.#relieved(highWaterMark);
    // A sink may find while it is written to that nobody is there.
    if (!this.#isOpen) return false;
    if (slowConsumer === 'drop-oldest' || slowConsumer === 'conflate') {
      const waits = this.#backlog !== undefined && !this.#backlog.isEmpty;
      if (waits || this.#outflow.blocked || buffered > maxBufferedAmount) return this.#wait(bytes, key);
    } else if (buffered > maxBufferedAmount) {
      if (slowConsumer === 'close') this.#finish('too-slow');
      else this.#drop(1);
      return this.#isOpen && this.#answer(buffered);
    }
    this.#outflow.add(bytes);
    buffered += bytes.length;
    return this.#answer(buffered);
  }

  comment(text: string): boolean {
    const bytes = encodeComment(text);
    if (!this.#isOpen) return false;
    const { highWaterMark } = this.#settings;
    // It carries no news: it never waits behind what is too much already.
    const buffered = this.#relieved(highWaterMark);
    if (buffered > highWaterMark || !this.#isOpen) return this.#isOpen && this.#answer(buffered);
    this.#outflow.add(bytes);
    return this.#answer(buffered + bytes.length);
  }

  close({ retry }: CloseOptions = {}): void {
    const last = retry === undefined ? undefined : encodeEvent({ retry });
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#owesDrain = false;
    this.#times.startClosing();
    for (let waiting = this.#backlog?.shift(); waiting !== undefined; waiting = this.#backlog?.shift()) {
      this.#outflow.add(waiting.message);
    }
    if (last !== undefined) this.#outflow.add(last);
    this.#outflow.end();
  }

  destroy(): void {
    this.#finish('destroyed');
  }

  // ---- pressure

  /** What waits; when that is above `mark`, the sink is asked first, in the middle of the turn. */
  #relieved(mark: number): number {
    const { bufferedAmount } = this;
    if (bufferedAmount <= mark || this.#outflow.blocked) return bufferedAmount;
    this.#outflow.relieve();
    return this.bufferedAmount;
  }

  #answer(buffered: number): boolean {
    if (buffered <= this.#settings.highWaterMark) return true;
    this.#owesDrain = true;
    this.#outflow.wantDrain();
    return false;
  }

  #wait(bytes: Buffer, key: string | undefined): boolean {
    const { slowConsumer, maxBufferedAmount } = this.#settings;
    this.#backlog ??= new Backlog();
    const added: WaitingMessage<Buffer> = { message: bytes, key, size: bytes.length };
    const most = maxBufferedAmount / COST_OF_WAITING;
    const dropped = this.#backlog.push(added, slowConsumer === 'conflate', maxBufferedAmount, most);
    this.#outflow.wantDrain();
    if (dropped.length > 0) this.#drop(dropped.length);
    // The application may have closed the stream when it was told.
    return this.#isOpen && this.#answer(this.bufferedAmount);
  }

  #drop(count: number): void {
    this.#dropped += count;
    this.onDropped?.(count);
  }

  // ---- what the outflow tells

  wasWritten(): void {
    this.#times.written();
  }

  isWaiting(): void {
    this.#times.waiting();
  }

  isBlocked(): void {
    this.#times.blocked();
  }

  wasTaken(): void {
    this.#times.taken();
  }

  wasDrained(): void {
    const backlog = this.#backlog;
    if (backlog !== undefined && !backlog.isEmpty) {
      this.#release(backlog);
      return;
    }
    if (!this.#owesDrain) return;
    this.#owesDrain = false;
    this.onDrain?.();
  }

  /** Sends on what waits, as far as it is taken. */
  #release(backlog: Backlog<Buffer>): void {
    const { highWaterMark } = this.#settings;
    while (!backlog.isEmpty && !this.#outflow.blocked) {
      this.#outflow.add((backlog.shift() as WaitingMessage<Buffer>).message);
      if (this.#outflow.bufferedAmount > highWaterMark) this.#outflow.relieve();
    }
    this.#outflow.wantDrain();
  }

  isGone(finished: boolean): void {
    this.#finish(finished ? 'closed' : 'gone');
  }

  // ---- what the clock tells

  heartbeatIsDue(): void {
    // While something waits, a comment behind it would reach nobody any sooner.
    if (this.#outflow.bufferedAmount === 0) this.#outflow.add(HEARTBEAT);
  }

  writeTimeoutIsOver(): void {
    if (this.#outflow.isAwaited) this.#finish('write-timeout');
    // It may have been taken long since, and nobody has said so.
    else if (this.#outflow.bufferedAmount > 0) this.#outflow.awaitTaken();
  }

  lifetimeIsOver(): void {
    this.close();
  }

  // ---- the end

  /** Ends a stream that nobody has yet: no event will be accepted, and {@link onEnd} comes when the caller has returned. */
  finishSoon(end: EventStreamEnd): void {
    this.#isOpen = false;
    queueMicrotask(() => this.#finish(end));
  }

  #finish(end: EventStreamEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#isOpen = false;
    this.#times.end();
    this.#outflow.close();
    this.#backlog = undefined;
    if (end !== 'closed' && end !== 'gone') this.#sink.destroy();
    this.#sink.release();
    this.onEnd?.(end);
  }
}
