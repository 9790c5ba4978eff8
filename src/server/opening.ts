// One connection from its first byte to the end of its request head, on a raw socket: RFC 6455 §4.2.1, RFC 9112. Within
// limits of bytes, fields and time; what comes behind the head is kept for whoever takes the connection.
import type { Socket } from 'node:net';
import {
  type Finding,
  type HeadLimits,
  HeadProgress,
  type HttpRefusal,
  type RequestHead,
  RequestHeadParser,
} from '../handshake/index.ts';
import { clock, ignoreErrors, type Timed } from '../transport/index.ts';
import type { Lease } from './address-limits.ts';

/** Who decides about a connection. */
export interface OpeningHost {
  /**
   * The head is whole. The socket has no listeners of ours but for errors, and may be flowing: it must be paused by whoever
   * does not listen to 'data' before the turn is over.
   *
   * @param parser what has read the head, for its octets.
   */
  onRequest(head: RequestHead, parser: RequestHeadParser, opening: Opening): void;
  /** There will be no request: answer and close. `finding`: which octet says so. */
  onRefusal(refusal: HttpRefusal, finding: Finding, opening: Opening): void;
  /** The time is over: answer and close. */
  onTimeout(opening: Opening): void;
  /** The connection is gone, at whatever stage; comes once. */
  onGone(opening: Opening): void;
}

/** What {@link Opening} is told at the start. */
export interface OpeningOptions extends HeadLimits {
  /** Milliseconds; 0 for no limit. */
  readonly handshakeTimeout: number;
}

const OPENING = Symbol('opening');
type Carrier = Socket & { [OPENING]?: Opening | undefined };

/** A connection whose opening handshake is under way. */
export class Opening implements Timed {
  clockIndex = -1;
  clockDeadline = 0;
  readonly socket: Socket;
  readonly #host: OpeningHost;
  readonly #parser: RequestHeadParser;
  readonly #lease: Lease;

  /** @param lease what the connection is counted under; goes to who asks for it when the opening is {@link done}. */
  constructor(socket: Socket, host: OpeningHost, options: OpeningOptions, lease: Lease) {
    this.socket = socket;
    this.#host = host;
    this.#parser = new RequestHeadParser(options);
    this.#lease = lease;
    (socket as Carrier)[OPENING] = this;
    ignoreErrors(socket);
    socket.on('close', onClose);
    socket.on('end', onEnd);
    socket.on('data', onData);
    // Absolute, from the first moment: a byte now and then buys no time.
    if (options.handshakeTimeout > 0) clock.schedule(this, clock.now() + options.handshakeTimeout);
  }

  /** When the opening handshake must be over, in milliseconds of the clock; 0 for never. */
  get deadline(): number {
    return this.clockDeadline;
  }

  onTime(): void {
    this.#stopReading();
    this.#host.onTimeout(this);
  }

  /**
   * The opening handshake is over, one way or the other: whoever has the socket now has all of it.
   *
   * @returns what the connection is counted under, to be given back by who has it now.
   */
  done(): Lease {
    clock.cancel(this);
    const { socket } = this;
    (socket as Carrier)[OPENING] = undefined;
    socket.removeListener('close', onClose);
    socket.removeListener('end', onEnd);
    socket.removeListener('data', onData);
    // The listener of 'error' stays: between two owners a reset must not bring the process down.
    return this.#lease;
  }

  /** For the listeners. */
  read(chunk: Buffer): void {
    const parser = this.#parser;
    const progress = parser.push(chunk);
    if (progress === HeadProgress.Incomplete) return;
    if (progress === HeadProgress.Refused) {
      this.#stopReading();
      const { refusal, refusalOffset: offset, refusalExcerpt: excerpt } = parser;
      this.#host.onRefusal(refusal, { offset, excerpt }, this);
      return;
    }
    this.#host.onRequest(parser.head, parser, this);
  }

  end(): void {
    // No request will come any more, or the client does not wait for its answer.
    this.socket.destroy();
  }

  gone(): void {
    this.#host.onGone(this);
  }

  #stopReading(): void {
    this.socket.removeListener('data', onData);
    this.socket.pause();
  }
}

function onData(this: Carrier, chunk: Buffer): void {
  this[OPENING]?.read(chunk);
}

function onEnd(this: Carrier): void {
  this[OPENING]?.end();
}

function onClose(this: Carrier): void {
  this[OPENING]?.gone();
}
