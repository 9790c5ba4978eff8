// The opening handshake of one client, from the URL to the open connection or the reason why there is none: RFC 6455 §4.1,
// the numbered steps for the request in request.ts and handshake/, those for the answer here, redirects in between.
// Gives everything back on every path: the socket, the timer, the listener of the signal. Fails once, in a later turn.
import { createOffer } from '../deflate/index.ts';
import {
  generateKey,
  HandshakeError,
  isHandshakeFailure,
  type ResponseHead,
  readServerHandshake,
} from '../handshake/index.ts';
import { clock, type Timed } from '../transport/index.ts';
import { type Dialing, establish, failOpening, publishViolation, type WebSocket } from '../websocket/index.ts';
import { parseAddress } from './address.ts';
import { Attempt, type AttemptListener } from './attempt.ts';
import { agreeOnCompression, isCompressionFailure } from './compression.ts';
import {
  abortedBy,
  ambiguousLocation,
  closedTooEarly,
  invalidLocation,
  timedOut,
  tooManyRedirects,
  unexpectedResponse,
  wrongHead,
} from './opening-error.ts';
import { type ClientOptions, type ClientSettings, readClientOptions } from './options.ts';
import { firstRoute, headersFor, isRedirect, type Route, redirected } from './redirect.ts';
import type { HandshakeOffer } from './request.ts';
import { HandshakeResponse } from './response.ts';
import { checkAgent, type SocketSource } from './socket-source.ts';

const SWITCHING_PROTOCOLS = 101;

/** One opening handshake: §4.1(a). */
export class Opening implements Dialing, AttemptListener, Timed {
  clockIndex = -1;
  clockDeadline = 0;
  readonly #websocket: WebSocket;
  readonly #protocols: readonly string[];
  readonly #settings: ClientSettings;
  readonly #extensions: string;
  readonly #auth: string | undefined;
  #route: Route;
  #redirects = 0;
  #offer: HandshakeOffer;
  #attempt: Attempt;
  /** Open, or failed. */
  #settled = false;

  /**
   * Begins to open.
   *
   * @throws SyntaxError when the URL or a subprotocol is not valid; TypeError or RangeError when an option is not.
   */
  constructor(websocket: WebSocket, address: string | URL, protocols: readonly string[], options: ClientOptions) {
    this.#websocket = websocket;
    this.#protocols = protocols;
    this.#route = firstRoute(parseAddress(address));
    this.#settings = readClientOptions(options);
    this.#auth = this.#route.address.auth ?? this.#settings.auth;
    this.#extensions = this.#settings.deflate === undefined ? '' : createOffer(this.#settings.deflate);
    this.#offer = this.#newOffer();
    this.#attempt = this.#newAttempt();
    const { signal, handshakeTimeout } = this.#settings;
    if (signal?.aborted) {
      this.#onAbort();
      return;
    }
    this.#begin();
    if (this.#settled) return;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (handshakeTimeout > 0) clock.schedule(this, clock.now() + handshakeTimeout);
  }

  get url(): string {
    return this.#route.address.url;
  }

  /** RFC 6455 §7.2.1: the application closes before there is anything that a closing handshake could close. */
  abort(): void {
    this.#fail(closedTooEarly(), true);
  }

  onTime(): void {
    this.#fail(timedOut(), true);
  }

  readonly #onAbort = (): void => this.#fail(abortedBy(this.#settings.signal as AbortSignal), true);

  /** RFC 6455 §7.2.1(a): the connection is closed, and the application told why. */
  #fail(error: Error, ourFault: boolean): void {
    if (this.#settled) return;
    this.#settle();
    this.#attempt.destroy();
    process.nextTick(failOpening, this.#websocket, error, ourFault);
  }

  #settle(): void {
    this.#settled = true;
    this.#stopWaiting();
  }

  #stopWaiting(): void {
    clock.cancel(this);
    this.#settings.signal?.removeEventListener('abort', this.#onAbort);
  }

  // ---- the request

  #newOffer(): HandshakeOffer {
    return { key: generateKey(), protocols: this.#protocols, extensions: this.#extensions };
  }

  #newAttempt(): Attempt {
    const route = this.#route;
    const { headers, headLimits, timeout } = this.#settings;
    return new Attempt(
      {
        address: route.address,
        offer: this.#offer,
        headers: headersFor(route, headers, this.#auth),
        source: this.#sourceFor(route),
        headLimits,
        timeout,
      },
      this,
    );
  }

  /** What was said about the one host, a Unix socket and a name for TLS, is not said about another. */
  #sourceFor({ address, sameHost }: Route): SocketSource {
    const { agent, createConnection, socketPath, dialOptions } = this.#settings;
    checkAgent(agent, address.secure);
    const { host, port, secure } = address;
    const path = address.socketPath ?? (sameHost ? socketPath : undefined);
    return {
      target: { host, port, secure, socketPath: path },
      agent,
      createConnection,
      dialOptions: sameHost ? dialOptions : { ...dialOptions, servername: undefined },
    };
  }

  #begin(): void {
    const { finishRequest } = this.#settings;
    if (finishRequest === undefined) this.#attempt.request.end();
    else finishRequest(this.#attempt.request, this.#websocket);
    if (!this.#settled) this.#attempt.start();
  }

  onAttemptFailed(error: Error, ourFault: boolean): void {
    if (error instanceof HandshakeError && !ourFault) this.#failByServer(error);
    else this.#fail(error, ourFault);
  }

  /** The server broke a rule. That it refuses, by a status or by going away, breaks none. */
  #failByServer(error: Error): void {
    publishViolation({ websocket: this.#websocket, error });
    this.#fail(error, false);
  }

  // ---- the answer

  onHead(head: ResponseHead, rest: Buffer): void {
    if (head.statusCode === SWITCHING_PROTOCOLS) this.#upgrade(head, rest);
    else if (this.#settings.followRedirects && isRedirect(head)) this.#redirect(head);
    else this.#tellUnexpected(head, rest);
  }

  /** RFC 6455 §4.1(aa): the answer is judged; then _The WebSocket Connection is Established_. */
  #upgrade(head: ResponseHead, rest: Buffer): void {
    const websocket = this.#websocket;
    websocket.emit('upgrade', new HandshakeResponse(head, this.#attempt.socket));
    // The application may have closed it there.
    if (this.#settled) return;
    const answer = readServerHandshake(head, this.#offer);
    if (isHandshakeFailure(answer)) {
      this.#failByServer(wrongHead(answer, head.fields));
      return;
    }
    const compression = agreeOnCompression(answer.extensionsInUse, this.#settings.deflate);
    if (isCompressionFailure(compression)) {
      this.#failByServer(wrongHead(compression, head.fields));
      return;
    }
    this.#settle();
    establish(websocket, {
      socket: this.#attempt.release(),
      head: rest,
      settings: this.#settings.endpoint,
      compression,
      protocol: answer.protocol,
      extensions: answer.extensionsInUse.map(({ name }) => name).join(', '),
    });
  }

  /** RFC 9110 §15.4. */
  #redirect(head: ResponseHead): void {
    this.#attempt.destroy();
    const [location, another] = head.fields.getAll('location') as [string, string?];
    if (another !== undefined) {
      this.#failByServer(ambiguousLocation(head.fields));
      return;
    }
    if (++this.#redirects > this.#settings.maxRedirects) {
      this.#fail(tooManyRedirects(), false);
      return;
    }
    try {
      this.#route = redirected(this.#route, location);
    } catch (error) {
      this.#failByServer(invalidLocation(error as SyntaxError, head.fields));
      return;
    }
    this.#tryAgain();
  }

  #tryAgain(): void {
    try {
      // RFC 6455 §4.1(v): a key for each connection.
      this.#offer = this.#newOffer();
      this.#attempt = this.#newAttempt();
    } catch (error) {
      // An agent for one scheme, and a redirect to the other.
      this.#fail(error as Error, true);
      return;
    }
    this.#websocket.emit('redirect', this.url, this.#attempt.request);
    if (this.#settled) return;
    try {
      this.#begin();
    } catch (error) {
      this.#fail(error as Error, true);
    }
  }

  /** RFC 6455 §4.1: any other status is handled per HTTP, which is the application's to do, or fails the connection. */
  #tellUnexpected(head: ResponseHead, rest: Buffer): void {
    const websocket = this.#websocket;
    if (websocket.listenerCount('unexpected-response') === 0) {
      this.#fail(unexpectedResponse(head.statusCode, head.fields), false);
      return;
    }
    const attempt = this.#attempt;
    const response = new HandshakeResponse(head, attempt.socket);
    attempt.readBody(response, rest);
    if (response.fault !== undefined) {
      this.#fail(response.fault, false);
      return;
    }
    // As in `ws`, it is the listener's now to end the WebSocket; until the body has been read, time goes on.
    response.once('close', () => this.#stopWaiting());
    websocket.emit('unexpected-response', attempt.request, response);
  }
}
