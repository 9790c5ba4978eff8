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
import { clock, own, release, type SocketOwner } from '../transport/index.ts';
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
  /** The connection is gone, at whatever stage; comes once. */
  onGone(opening: Opening): void;
  /** The parser of the last head that was whole, as good as new; `undefined` where somebody is using it. */
  parser: RequestHeadParser | undefined;
}

/** What {@link Opening} is told at the start. */
export interface OpeningOptions extends HeadLimits {
  /** Milliseconds; 0 for no limit. */
  readonly handshakeTimeout: number;
}

/** A connection whose opening handshake is under way. */
export class Opening implements SocketOwner {
  readonly socket: Socket;
  /**
   * When the opening handshake must be over, in whole milliseconds of the clock; 0 for never. Absolute, from the first moment:
   * a byte now and then buys no time.
   */
  readonly deadline: number;
  /** Its neighbours in the line of its listener's openings, which alone sets them. */
  earlier: Opening | undefined = undefined;
  later: Opening | undefined = undefined;
  readonly #host: OpeningHost;
  readonly #options: OpeningOptions;
  /** What has read a part of the head: most heads come whole, and one parser serves them all. */
  #parser: RequestHeadParser | undefined = undefined;
  readonly #lease: Lease;

  /** @param lease what the connection is counted under; goes to who asks for it when the opening is {@link done}. */
  constructor(socket: Socket, host: OpeningHost, options: OpeningOptions, lease: Lease) {
    this.socket = socket;
    this.#host = host;
    this.#options = options;
    this.#lease = lease;
    this.deadline = options.handshakeTimeout > 0 ? Math.ceil(clock.now() + options.handshakeTimeout) : 0;
    own(socket, this);
  }

  /**
   * The opening handshake is over, one way or the other: whoever has the socket now has all of it.
   *
   * @returns what the connection is counted under, to be given back by who has it now.
   */
  done(): Lease {
    release(this.socket);
    return this.#lease;
  }

  onChunk(chunk: Buffer): void {
    const parser = this.#parser ?? this.#takeParser();
    const progress = parser.push(chunk);
    if (progress === HeadProgress.Incomplete) {
      this.#parser = parser;
      return;
    }
    if (progress === HeadProgress.Refused) {
      const { refusal, refusalOffset: offset, refusalExcerpt: excerpt } = parser;
      this.#host.onRefusal(refusal, { offset, excerpt }, this);
    } else {
      this.#host.onRequest(parser.head, parser, this);
    }
    this.#parser = undefined;
    parser.reset();
    this.#host.parser = parser;
  }

  #takeParser(): RequestHeadParser {
    const { parser } = this.#host;
    this.#host.parser = undefined;
    return parser ?? new RequestHeadParser(this.#options);
  }

  onPeerEnd(): void {
    // No request will come any more, or the client does not wait for its answer.
    this.socket.destroy();
  }

  onGone(): void {
    this.#host.onGone(this);
  }

  onSocketDrain(): void {}
  onSocketError(): void {}
}
