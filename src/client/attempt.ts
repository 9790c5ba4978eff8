// One connection, one request, one answer: RFC 6455 §4.1, RFC 9112, as far as the end of the answer's head and, where it is
// not a 101, its body. Within limits of bytes, fields and interim responses; the time is the opening's to keep.
// Never writes a byte before the server's certificate is verified, never loses one that came behind the head.
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { invalidAnswer } from '../handshake/handshake-error.ts';
import { HeadProgress, type ResponseHead, ResponseHeadParser } from '../handshake/index.ts';
import { ignoreErrors } from '../transport/index.ts';
import type { Address } from './address.ts';
import { hungUp, timedOut, tooManyInterimResponses } from './opening-error.ts';
import { type HandshakeOffer, HandshakeRequest, type HeaderEntries, type RequestOwner } from './request.ts';
import type { HandshakeResponse } from './response.ts';
import { obtainSocket, type ReadyEvent, type SocketSource } from './socket-source.ts';

/** Told how an attempt went. */
export interface AttemptListener {
  /** The head of the final answer. The listener takes the socket, reads the body, or ends the attempt. */
  onHead(head: ResponseHead, rest: Buffer): void;
  /** There will be no answer. Comes at most once, and nothing after it. */
  onAttemptFailed(error: Error, ourFault: boolean): void;
}

/** What an attempt needs to know. */
export interface AttemptOptions {
  readonly address: Address;
  readonly offer: HandshakeOffer;
  readonly headers: HeaderEntries;
  readonly source: SocketSource;
  readonly headLimits: ConstructorParameters<typeof ResponseHeadParser>[0];
  /** Milliseconds without a byte; 0 for no limit. */
  readonly timeout: number;
}

/** A server may send as many as it likes (RFC 9110 §15.2); nobody has been seen to send more than two. */
const MAX_INTERIM_RESPONSES = 8;

const SWITCHING_PROTOCOLS = 101;
const FIRST_FINAL_STATUS = 200;

/** The peer went away: its business, unlike a name that is unknown or a certificate that is wrong. */
const PEER_LEFT: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE']);

/** One try to open a connection. */
export class Attempt implements RequestOwner {
  readonly request: HandshakeRequest;
  readonly #options: AttemptOptions;
  readonly #listener: AttemptListener;
  #parser: ResponseHeadParser;
  #interimResponses = 0;
  #socket: (Duplex & Partial<Pick<Socket, 'setTimeout'>>) | undefined = undefined;
  /** The request, once it is complete. */
  #text: string | undefined = undefined;
  /** The connection is made, and verified. */
  #ready = false;
  /** A byte has come from the server. */
  #heard = false;
  #response: HandshakeResponse | undefined = undefined;
  #over = false;

  /** @throws TypeError, RangeError or SyntaxError when the request cannot be sent, or a limit is none. */
  constructor(options: AttemptOptions, listener: AttemptListener) {
    this.#options = options;
    this.#listener = listener;
    this.#parser = new ResponseHeadParser(options.headLimits);
    this.request = new HandshakeRequest(options.address, options.offer, options.headers, this);
  }

  /**
   * Begins to connect.
   *
   * @throws TypeError or RangeError when an option of the connection is not what it must be.
   */
  start(): void {
    try {
      obtainSocket(this.#options.source, this.request, this.#take);
    } catch (error) {
      if (error instanceof TypeError || error instanceof RangeError) throw error;
      // A certificate or key that OpenSSL cannot read.
      this.#fail(error as Error, true);
    }
  }

  /** The socket of a final answer: from now on it is the caller's, and flows as soon as somebody listens. */
  release(): Duplex {
    const socket = this.socket;
    this.#over = true;
    this.#forget(socket);
    // Flows, and in a turn to come what has been put back will be delivered. Whoever pauses it meanwhile is obeyed.
    socket.pause();
    socket.resume();
    return socket;
  }

  /** The socket of a final answer. */
  get socket(): Duplex {
    return this.#socket as Duplex;
  }

  /** From now on what comes is the body of `response`. */
  readBody(response: HandshakeResponse, rest: Buffer): void {
    this.#response = response;
    response.once('close', () => this.destroy());
    if (rest.length > 0) this.#readBody(rest);
    else this.#closeAfterBody(response);
  }

  /** Ends the attempt and its connection, whatever comes. */
  destroy(): void {
    if (this.#over) return;
    this.#over = true;
    const socket = this.#socket;
    if (socket !== undefined) {
      this.#forget(socket);
      ignoreErrors(socket);
      socket.destroy();
    }
    this.#response?.lost();
    process.nextTick(() => this.request.emit('close'));
  }

  #fail(error: Error, ourFault: boolean): void {
    if (this.#over) return;
    this.destroy();
    this.#listener.onAttemptFailed(error, ourFault);
  }

  // ---- the request

  onRequestEnd(text: string): void {
    this.#text = text;
    this.#send();
  }

  onRequestDestroy(error: Error | undefined): void {
    // Whoever has got an unexpected response decides about it alone.
    if (this.#response !== undefined) this.destroy();
    else this.#fail(error ?? hungUp(), true);
  }

  /** RFC 6455 §4.1(j)(n): the handshake data is sent after the TLS handshake, and nothing behind it: §4.1(z). */
  #send(): void {
    const socket = this.#socket;
    if (this.#text === undefined || !this.#ready || this.#over || socket === undefined) return;
    // A proxy agent whose proxy refuses gives a socket from which the refusal can be read, and nothing else.
    if (socket.writable) socket.write(this.#text, 'latin1');
    this.request.emit('finish');
  }

  // ---- the socket

  readonly #take = (error: Error | undefined, socket?: Duplex, readyEvent?: ReadyEvent): void => {
    if (this.#over || socket === undefined) {
      if (socket !== undefined) ignoreErrors(socket);
      socket?.destroy();
      if (error !== undefined) this.#fail(error, true);
      return;
    }
    if (socket.destroyed) {
      this.#fail(hungUp(), true);
      return;
    }
    this.#socket = socket;
    this.request.socket = socket;
    socket.on('error', this.#onError);
    socket.on('end', this.#onEnd);
    socket.on('close', this.#onClose);
    socket.on('data', this.#onData);
    if (readyEvent !== undefined) socket.once(readyEvent, this.#onReady);
    // Somebody else may have read from it before, and paused it.
    else socket.resume();
    if (Number.isFinite(this.#options.timeout) && this.#options.timeout > 0) {
      this.#socket.setTimeout?.(this.#options.timeout);
      socket.on('timeout', this.#onTimeout);
    }
    process.nextTick(() => {
      if (this.#over) return;
      this.request.emit('socket', socket);
      if (readyEvent === undefined) this.#onReady();
    });
  };

  #forget(socket: Duplex): void {
    socket.removeListener('error', this.#onError);
    socket.removeListener('end', this.#onEnd);
    socket.removeListener('close', this.#onClose);
    socket.removeListener('data', this.#onData);
    socket.removeListener('connect', this.#onReady);
    socket.removeListener('secureConnect', this.#onReady);
    socket.removeListener('timeout', this.#onTimeout);
  }

  readonly #onReady = (): void => {
    this.#ready = true;
    this.#send();
  };

  readonly #onTimeout = (): void => this.#fail(timedOut(), true);

  readonly #onError = (error: Error): void => {
    // §4.1(i)(k): no connection, or no TLS, is the end of it.
    const cause = underlying(error);
    this.#failOrLose(cause, !this.#heard && !PEER_LEFT.has((cause as NodeJS.ErrnoException).code));
  };

  readonly #onEnd = (): void => {
    this.#response?.peerEnded();
    this.#failOrLose(hungUp(), false);
  };

  readonly #onClose = (): void => this.#failOrLose(hungUp(), false);

  #failOrLose(error: Error, ourFault: boolean): void {
    if (this.#response !== undefined) this.destroy();
    else this.#fail(error, ourFault);
  }

  // ---- the answer

  readonly #onData = (chunk: Buffer): void => {
    this.#heard = true;
    if (this.#response !== undefined) this.#readBody(chunk);
    else this.#readHead(chunk);
  };

  #readHead(chunk: Buffer): void {
    for (let rest = chunk; ; ) {
      const progress = this.#parser.push(rest);
      if (progress === HeadProgress.Incomplete) return;
      if (progress === HeadProgress.Refused) {
        // §4.1(ag): what is no HTTP is no handshake.
        const { refusal, refusalOffset: offset, refusalExcerpt: excerpt } = this.#parser;
        this.#fail(invalidAnswer(refusal, { offset, excerpt }), false);
        return;
      }
      const { head } = this.#parser;
      rest = this.#parser.rest;
      // RFC 9110 §15.2: a client reads on after an interim response. 101 is the one that is not.
      if (head.statusCode >= FIRST_FINAL_STATUS || head.statusCode === SWITCHING_PROTOCOLS) {
        this.#listener.onHead(head, rest);
        return;
      }
      if (++this.#interimResponses > MAX_INTERIM_RESPONSES) {
        this.#fail(tooManyInterimResponses(MAX_INTERIM_RESPONSES), false);
        return;
      }
      this.#parser = new ResponseHeadParser(this.#options.headLimits);
      if (rest.length === 0) return;
    }
  }

  #readBody(chunk: Buffer): void {
    const response = this.#response as HandshakeResponse;
    response.receive(chunk);
    this.#closeAfterBody(response);
  }

  /** There will be no second request on this connection. */
  #closeAfterBody(response: HandshakeResponse): void {
    if (response.complete || response.destroyed) this.destroy();
  }
}

/** With both families of addresses tried, `node:net` gives an error without a message and the reasons inside. */
function underlying(error: Error): Error {
  return error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error;
}
