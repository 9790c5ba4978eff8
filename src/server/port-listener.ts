// The mode with a port of its own: raw TCP or TLS in, and each connection either an opening handshake for the server or an
// ordinary request for the fallback. No node:http stands between the kernel and a WebSocket.
import type { AddressInfo } from 'node:net';
import { invalidHandshake } from '../handshake/handshake-error.ts';
import {
  type Finding,
  type HttpRefusal,
  isUpgrade,
  type Rejection,
  type RequestHead,
  type RequestHeadParser,
  refusalResponse,
} from '../handshake/index.ts';
import { faultResponse } from '../handshake/server-response.ts';
import { createListener, giveAway, refuse, type Server, type Socket } from '../transport/index.ts';
import { hearsViolations, publishViolation } from '../websocket/index.ts';
import { isRejection, type Lease } from './address-limits.ts';
import type { HttpServer, IncomingMessage, RequestListener, ServerResponse } from './node-http.ts';
import { close, fallbackServer, open } from './node-http.ts';
import { Opening, type OpeningHost } from './opening.ts';
import { Openings } from './openings.ts';
import type { ServerOptions, ServerSettings } from './options.ts';

/** The server behind a listener. */
export interface PortListenerHost {
  readonly options: ServerOptions;
  readonly settings: ServerSettings;
  /** Counts a connection before anything of it is read, or says what to answer when its address has too many. */
  leaseSocket(socket: Socket): Lease | Rejection;
  /**
   * @param deadline when the opening handshake must be over, in milliseconds of the clock; 0 for never.
   * @param lease what the connection is counted under, to be given back when it ends.
   */
  onUpgrade(socket: Socket, rest: Buffer, head: RequestHead, deadline: number, lease: Lease): void;
  onFallbackUpgrade(request: IncomingMessage, socket: Socket, rest: Buffer): void;
  /** A connection has been refused before it was a handshake. */
  onRefused(status: number): void;
  onListening(): void;
  onError(error: Error): void;
  onClosed(): void;
}

/** A port that is listened to. */
export class PortListener implements OpeningHost {
  readonly #host: PortListenerHost;
  readonly #server: Server;
  readonly #fallback: HttpServer | undefined;
  /**
   * Connections without a whole request. Not a Set: one that many things pass through leaves a chain of its former tables to the
   * garbage collector, and with it all of them until the next collection of old objects.
   */
  readonly #openings = new Openings((opening) => this.#onTimeout(opening));
  /** Connections that the fallback has, and the answers that have not left, in order. */
  readonly #guests = new Map<Socket, ServerResponse[]>();
  parser: RequestHeadParser | undefined = undefined;
  readonly #onFallbackRequest: RequestListener;
  readonly #onFallbackUpgrade: (request: IncomingMessage, socket: Socket, rest: Buffer) => void;

  constructor(host: PortListenerHost) {
    this.#host = host;
    const { tls, fallback, port, host: address, backlog } = host.options;
    this.#fallback = fallback === undefined ? undefined : fallbackServer(fallback);
    this.#onFallbackRequest = ({ socket }, response) => {
      const answers = this.#guests.get(socket);
      answers?.push(response);
      response.once('close', () => answers?.splice(answers.indexOf(response), 1));
    };
    // A connection that asked for a page first may ask for an upgrade next.
    this.#onFallbackUpgrade = (request, socket, rest) => {
      // RFC 9112 §9.3.2: answers come in the order of the requests, and node:http would write them into our frames.
      if (owes(this.#guests.get(socket))) socket.destroy();
      else host.onFallbackUpgrade(request, socket, rest);
    };
    this.#fallback?.on('request', this.#onFallbackRequest);
    this.#fallback?.on('upgrade', this.#onFallbackUpgrade);
    this.#server = createListener(tls, host.settings.handshakeTimeout, (socket) => this.#onSocket(socket));
    this.#server.on('listening', () => {
      if (this.#fallback !== undefined) open(this.#fallback);
      host.onListening();
    });
    this.#server.on('error', (error) => host.onError(error));
    this.#server.on('close', () => host.onClosed());
    this.#server.listen({ port, host: address, backlog });
  }

  address(): AddressInfo | string | null {
    return this.#server.address();
  }

  /** Stops listening; connections without a request are ended, the others run on. */
  close(): void {
    if (this.#fallback !== undefined) {
      this.#fallback.removeListener('request', this.#onFallbackRequest);
      this.#fallback.removeListener('upgrade', this.#onFallbackUpgrade);
      close(this.#fallback);
    }
    this.#openings.end();
    this.#server.close();
  }

  /** Ends what the fallback still has to do. */
  cutOff(): void {
    for (const socket of this.#guests.keys()) socket.destroy();
  }

  #onSocket(socket: Socket): void {
    const lease = this.#host.leaseSocket(socket);
    if (isRejection(lease)) {
      refuse(socket, refusalResponse(lease));
      this.#host.onRefused(lease.status);
      return;
    }
    this.#openings.add(new Opening(socket, this, this.#host.settings, lease));
  }

  onRequest(head: RequestHead, parser: RequestHeadParser, opening: Opening): void {
    const lease = this.#done(opening);
    const { socket } = opening;
    const { rest } = parser;
    if (this.#fallback === undefined || isUpgrade(head)) {
      this.#host.onUpgrade(socket, rest, head, opening.deadline, lease);
      return;
    }
    // Only WebSockets are counted for as long as they last.
    lease.release();
    socket.pause();
    giveAway(socket);
    this.#guests.set(socket, []);
    socket.once('close', () => this.#guests.delete(socket));
    // The other server reads the same bytes again, from the first.
    if (rest.length > 0) socket.unshift(rest);
    socket.unshift(parser.raw);
    this.#fallback.emit('connection', socket);
    socket.resume();
  }

  onRefusal(refusal: HttpRefusal, finding: Finding, opening: Opening): void {
    this.#done(opening).release();
    const { socket } = opening;
    refuse(socket, faultResponse(refusal));
    this.#host.onRefused(refusal.status);
    if (hearsViolations()) publishViolation({ socket, error: invalidHandshake(refusal, finding) });
  }

  #onTimeout(opening: Opening): void {
    this.#done(opening).release();
    refuse(opening.socket, refusalResponse({ status: 408 }));
    this.#host.onRefused(408);
  }

  onGone(opening: Opening): void {
    this.#done(opening).release();
  }

  #done(opening: Opening): Lease {
    this.#openings.remove(opening);
    return opening.done();
  }
}

/** Whether anything of `answers` is still to be written: the first has the socket, those behind it wait. */
function owes(answers: readonly ServerResponse[] = []): boolean {
  return answers.length > 1 || answers[0]?.writableEnded === false;
}
