// The sending half of an open WebSocket: turns what the application hands over into what the endpoint takes, answers
// whether to go on, and keeps the promises of 'drain' and sendWithBackpressure().
import type { EventEmitter } from 'node:events';
import type { SendCallback } from '../connection/index.ts';
import { PreparedMessage } from '../message/index.ts';
import * as diagnostics from './diagnostics.ts';
import type { Endpoint } from './endpoint.ts';
import { isBlob, readerOf, type Sendable, toPayload } from './payload.ts';
import { Pressure } from './pressure.ts';
import { SendWaiters } from './send-waiters.ts';
import type { EndpointSettings } from './settings.ts';

/** Options of one message. */
export interface SendOptions {
  /** Binary or text. Default: text for strings and numbers, binary for the rest. */
  binary?: boolean | undefined;
  /** Whether to compress, where permessage-deflate was agreed and the message is long enough. Default `true`. */
  compress?: boolean | undefined;
  /** `false`: more of this message follows with the next call. Default `true`. */
  fin?: boolean | undefined;
  /** Accepted for the sake of `ws` and without effect: RFC 6455 §5.1 decides who masks. */
  mask?: boolean | undefined;
  /** With `slowConsumer: 'conflate'`: of waiting messages with one key, only the newest is sent. */
  key?: string | undefined;
}

/** The sending half of one connection. */
export class Sender {
  readonly #websocket: EventEmitter;
  readonly #endpoint: Endpoint;
  readonly #settings: EndpointSettings;
  #pressure: Pressure | undefined = undefined;
  #waiters: SendWaiters | undefined = undefined;

  constructor(websocket: EventEmitter, endpoint: Endpoint, settings: EndpointSettings) {
    this.#websocket = websocket;
    this.#endpoint = endpoint;
    this.#settings = settings;
  }

  /** Bytes that the kernel has not taken. */
  get bufferedAmount(): number {
    const waiting = this.#pressure === undefined ? 0 : this.#pressure.size;
    return waiting + this.#endpoint.bufferedAmount;
  }

  /** Sends a message. Returns `false` when the application should wait for `'drain'`. */
  send(data: Sendable | PreparedMessage, options: SendOptions, callback: SendCallback | undefined): boolean {
    const endpoint = this.#endpoint;
    const compress = options.compress !== false;
    const fin = options.fin !== false;
    const isBinary = options.binary ?? (typeof data !== 'string' && typeof data !== 'number');
    if (diagnostics.messageOut.hasSubscribers) {
      diagnostics.messageOut.publish({ websocket: this.#websocket, data, isBinary });
    }
    if (isBlob(data)) {
      endpoint.sendDeferred(data.size, readerOf(data), isBinary, fin, callback);
    } else {
      const payload = data instanceof PreparedMessage ? data : toPayload(data);
      if (this.#pressure !== undefined) {
        const message = { data: payload, isBinary, fin, compress, key: options.key, callback };
        if (!this.#pressure.send(message)) return false;
      } else if (payload instanceof PreparedMessage) {
        endpoint.sendPrepared(payload, compress, callback);
      } else {
        endpoint.send(payload, isBinary, fin, compress, callback);
      }
    }
    if (this.#hasRoom()) return true;
    // From here until 'drain', sending goes through the policy of `slowConsumer`.
    this.#pressure ??= new Pressure(this.#websocket, endpoint, this.#settings);
    this.#pressure.owesDrain = true;
    endpoint.wantDrain();
    return false;
  }

  /** Sends a message as soon as there is room, in the order of the calls. */
  sendWhenRoom(data: Sendable | PreparedMessage, options: SendOptions): Promise<void> {
    if ((this.#waiters === undefined || this.#waiters.isEmpty) && this.#hasRoom()) {
      try {
        this.send(data, options, undefined);
        return Promise.resolve();
      } catch (error) {
        return Promise.reject(error as Error);
      }
    }
    this.#waiters ??= new SendWaiters();
    this.#endpoint.wantDrain();
    return this.#waiters.wait(() => this.send(data, options, undefined));
  }

  /** The kernel has taken everything. */
  onDrain(): void {
    const pressure = this.#pressure;
    if (pressure !== undefined) {
      if (!pressure.release()) return;
      this.#pressure = undefined;
    }
    const waiters = this.#waiters;
    if (waiters !== undefined) {
      waiters.release(() => !this.#endpoint.closing && this.#hasRoom());
      if (!waiters.isEmpty) this.#endpoint.wantDrain();
    }
    if (pressure?.owesDrain) this.#websocket.emit('drain');
  }

  /** The connection is over: those who wait are told why. */
  abandon(error: Error): void {
    this.#waiters?.abandon(error);
    this.#pressure?.abandon(error);
  }

  #hasRoom(): boolean {
    return this.bufferedAmount <= this.#settings.highWaterMark;
  }
}
