// A connection whose peer reads more slowly than we send, for as long as it does: applies `slowConsumer`. A connection
// that keeps up never makes one.
import type { EventEmitter } from 'node:events';
import type { SendCallback } from '../connection/index.ts';
import { CloseCode, closeBody } from '../frame/index.ts';
import { PreparedMessage } from '../message/index.ts';
import { Backlog, type WaitingMessage } from './backlog.ts';
import * as diagnostics from './diagnostics.ts';
import type { Endpoint } from './endpoint.ts';
import type { EndpointSettings } from './settings.ts';

/** A message as `send()` was given it. */
export interface OutgoingMessage {
  readonly data: string | Buffer | PreparedMessage;
  readonly isBinary: boolean;
  readonly fin: boolean;
  readonly compress: boolean;
  readonly key: string | undefined;
  readonly callback: SendCallback | undefined;
}

/** The pressure on one connection. */
export class Pressure {
  /** An answer of `false` was given: `'drain'` must follow. */
  owesDrain = false;
  readonly #websocket: EventEmitter;
  readonly #endpoint: Endpoint;
  readonly #settings: EndpointSettings;
  #backlog: Backlog<OutgoingMessage> | undefined = undefined;

  constructor(websocket: EventEmitter, endpoint: Endpoint, settings: EndpointSettings) {
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
    const { slowConsumer, maxBufferedAmount } = this.#settings;
    // Part of a message cannot be dropped without the rest.
    const droppable = message.fin && (slowConsumer === 'drop-oldest' || slowConsumer === 'conflate');
    if (droppable && (this.#endpoint.blocked || this.size > 0)) {
      this.#wait(message, slowConsumer === 'conflate', maxBufferedAmount);
      return true;
    }
    if (this.#endpoint.bufferedAmount > maxBufferedAmount) {
      // Much may have been said in this very turn, without the kernel having been asked to take it.
      this.#endpoint.relieve();
      if (this.#endpoint.bufferedAmount > maxBufferedAmount) return this.#refuse(message, slowConsumer);
    }
    this.#forward(message);
    return true;
  }

  /** The kernel takes bytes again: sends on what waits. Returns whether nothing waits any more. */
  release(): boolean {
    const backlog = this.#backlog;
    if (backlog === undefined) return true;
    while (!backlog.isEmpty && !this.#endpoint.blocked) {
      this.#forward((backlog.shift() as WaitingMessage<OutgoingMessage>).message);
      if (this.#endpoint.bufferedAmount > this.#settings.highWaterMark) this.#endpoint.relieve();
    }
    if (backlog.isEmpty && this.#endpoint.bufferedAmount === 0) return true;
    this.#endpoint.wantDrain();
    return false;
  }

  /** The connection is over. */
  abandon(error: Error): void {
    for (let waiting = this.#backlog?.shift(); waiting !== undefined; waiting = this.#backlog?.shift()) {
      waiting.message.callback?.(error);
    }
  }

  #forward({ data, isBinary, fin, compress, callback }: OutgoingMessage): void {
    if (data instanceof PreparedMessage) this.#endpoint.sendPrepared(data, compress, callback);
    else this.#endpoint.send(data, isBinary, fin, compress, callback);
  }

  #wait(message: OutgoingMessage, conflate: boolean, limit: number): void {
    const { data } = message;
    const size = data instanceof PreparedMessage ? data.payload.length : Buffer.byteLength(data);
    this.#backlog ??= new Backlog();
    const dropped = this.#backlog.push({ message, key: message.key, size }, conflate, limit);
    if (dropped.length > 0) this.#report();
    for (const { message } of dropped) this.#drop(message);
  }

  #refuse(message: OutgoingMessage, policy: string): false {
    this.#report();
    if (policy === 'drop-newest') {
      this.owesDrain = true;
      this.#endpoint.wantDrain();
      this.#drop(message);
      return false;
    }
    // 1013 "try again later" waits behind what the peer does not read; closeTimeout ends the connection otherwise.
    this.#endpoint.close(closeBody(CloseCode.TryAgainLater, 'too slow'));
    message.callback?.(new Error(`the peer reads too slowly: more than maxBufferedAmount bytes wait`));
    return false;
  }

  #drop({ data, isBinary, callback }: OutgoingMessage): void {
    this.#websocket.emit('dropped', data instanceof PreparedMessage ? data.payload : data, isBinary);
    callback?.(new Error('the message was dropped: the peer reads too slowly'));
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
