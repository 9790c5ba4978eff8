// A connection whose peer reads more slowly than we send, for as long as it does: applies `slowConsumer`. A connection
// that keeps up never makes one.
import { type Blob, Buffer } from 'node:buffer';
import type { EventEmitter } from 'node:events';
import type { SendCallback } from '../connection/index.ts';
import { CloseCode, closeBody } from '../frame/index.ts';
import { PreparedMessage } from '../message/index.ts';
import { Backlog, COST_OF_WAITING, type WaitingMessage } from '../transport/index.ts';
import type { SendingEnd } from './borrower.ts';
import * as diagnostics from './diagnostics.ts';
import { isBlob, readerOf } from './payload.ts';
import type { EndpointSettings } from './settings.ts';

/** What a message may be made of: text, bytes, a frame made before, or what is read when its turn comes. */
export type Payload = string | Buffer | PreparedMessage | Blob;

/** A message as `send()` was given it. */
export interface OutgoingMessage {
  readonly data: Payload;
  readonly isBinary: boolean;
  readonly fin: boolean;
  /** Whether it is the whole of a message: a part cannot be dropped without the rest. */
  readonly isWhole: boolean;
  readonly compress: boolean;
  readonly key: string | undefined;
  readonly callback: SendCallback | undefined;
}

const DROPPED = 'the message was dropped: the peer reads too slowly';

/** The pressure on one connection. */
export class Pressure {
  readonly #websocket: EventEmitter;
  readonly #endpoint: SendingEnd;
  readonly #settings: EndpointSettings;
  #backlog: Backlog<OutgoingMessage> | undefined = undefined;

  constructor(websocket: EventEmitter, endpoint: SendingEnd, settings: EndpointSettings) {
    this.#websocket = websocket;
    this.#endpoint = endpoint;
    this.#settings = settings;
  }

  /** Bytes that wait here, not framed yet. */
  get size(): number {
    return this.#backlog === undefined ? 0 : this.#backlog.size;
  }

  /** Sends a message, or does with it what the policy says. Returns whether it was accepted. */
  send(message: OutgoingMessage): boolean {
    const { slowConsumer, highWaterMark } = this.#settings;
    this.#relieve(highWaterMark);
    if (slowConsumer === 'drop-oldest' || slowConsumer === 'conflate') return this.#keepNewest(message);
    if (!this.#isOverLimit) {
      this.#forward(message);
      return true;
    }
    this.#report();
    if (slowConsumer === 'drop-newest' && message.isWhole) this.#drop(message);
    else this.#giveUp(message.callback);
    return false;
  }

  /** Whether a Ping or Pong may be sent; if not, what the policy says has been done: they carry no news, so they are dropped. */
  admitsControl(callback: SendCallback | undefined): boolean {
    const { slowConsumer, maxBufferedAmount } = this.#settings;
    this.#relieve(maxBufferedAmount);
    if (!this.#isOverLimit) return true;
    this.#report();
    if (slowConsumer === 'close') this.#giveUp(callback);
    else if (callback !== undefined) process.nextTick(callback, new Error(DROPPED));
    return false;
  }

  /** Much may have been said in this very turn, without the kernel having been asked to take it. */
  #relieve(above: number): void {
    const endpoint = this.#endpoint;
    if (!endpoint.blocked && endpoint.bufferedAmount > above) endpoint.relieve();
  }

  get #isOverLimit(): boolean {
    return this.#endpoint.bufferedAmount > this.#settings.maxBufferedAmount;
  }

  /** Messages wait here as long as they can, because what has been framed cannot be dropped any more. */
  #keepNewest(message: OutgoingMessage): boolean {
    const isWaiting = this.#backlog !== undefined && !this.#backlog.isEmpty;
    if (message.isWhole && (isWaiting || this.#endpoint.blocked || this.#isOverLimit)) {
      this.#wait(message);
      return true;
    }
    // Parts go in their order too: behind everything that waits.
    if (isWaiting) this.forwardAll();
    if (this.#isOverLimit) {
      this.#report();
      this.#giveUp(message.callback);
      return false;
    }
    this.#forward(message);
    return true;
  }

  /** Everything has been taken: sends on what waits. Returns whether nothing waits any more. */
  release(): boolean {
    const backlog = this.#backlog;
    if (backlog === undefined || backlog.isEmpty) return true;
    const { highWaterMark } = this.#settings;
    while (!backlog.isEmpty && !this.#endpoint.blocked) {
      this.#forward((backlog.shift() as WaitingMessage<OutgoingMessage>).message);
      if (this.#endpoint.bufferedAmount > highWaterMark) this.#endpoint.relieve();
    }
    this.#endpoint.wantDrain();
    return false;
  }

  /** The connection is over. */
  abandon(error: Error): void {
    for (let waiting = this.#backlog?.shift(); waiting !== undefined; waiting = this.#backlog?.shift()) {
      waiting.message.callback?.(error);
    }
  }

  /** Sends on what waits, whether the kernel takes it or not: something must come behind it. */
  forwardAll(): void {
    for (let waiting = this.#backlog?.shift(); waiting !== undefined; waiting = this.#backlog?.shift()) {
      this.#forward(waiting.message);
    }
  }

  #forward({ data, isBinary, fin, compress, callback }: OutgoingMessage): void {
    forward(this.#endpoint, data, isBinary, fin, compress, callback);
  }

  #wait(message: OutgoingMessage): void {
    const { slowConsumer, maxBufferedAmount } = this.#settings;
    const { data, key } = message;
    const size = isBlob(data) ? data.size : Buffer.byteLength(bytesOf(data));
    this.#backlog ??= new Backlog();
    const most = maxBufferedAmount / COST_OF_WAITING;
    const dropped = this.#backlog.push({ message, key, size }, slowConsumer === 'conflate', maxBufferedAmount, most);
    this.#endpoint.wantDrain();
    if (dropped.length > 0) this.#report();
    for (const { message } of dropped) this.#drop(message);
  }

  /** 1013 "try again later" waits behind what the peer does not read; `closeTimeout` ends the connection otherwise. */
  #giveUp(callback: SendCallback | undefined): void {
    this.#endpoint.close(closeBody(CloseCode.TryAgainLater, 'too slow'));
    if (callback === undefined) return;
    process.nextTick(callback, new Error('the peer reads too slowly: more than maxBufferedAmount bytes wait'));
  }

  #drop({ data, isBinary, callback }: OutgoingMessage): void {
    if (callback !== undefined) {
      process.nextTick(callback, new Error(DROPPED));
    }
    this.#websocket.emit('dropped', isBlob(data) ? data : bytesOf(data), isBinary);
  }

  #report(): void {
    if (!diagnostics.slowConsumer.hasSubscribers) return;
    const { bufferedAmount } = this.#endpoint;
    const policy = this.#settings.slowConsumer;
    diagnostics.slowConsumer.publish({
      websocket: this.#websocket,
      bufferedAmount: bufferedAmount + this.size,
      policy,
    });
  }
}

/** Hands a message to `endpoint`. */
export function forward(
  endpoint: SendingEnd,
  data: Payload,
  isBinary: boolean,
  fin: boolean,
  compress: boolean,
  callback: SendCallback | undefined,
): void {
  if (typeof data === 'string' || Buffer.isBuffer(data)) endpoint.send(data, isBinary, fin, compress, callback);
  else if (data instanceof PreparedMessage) endpoint.sendPrepared(data, compress, callback);
  else endpoint.sendDeferred(data.size, readerOf(data), isBinary, fin, callback);
}

function bytesOf(data: Exclude<Payload, Blob>): string | Buffer {
  return data instanceof PreparedMessage ? data.payload : data;
}
