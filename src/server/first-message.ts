// Authentication by the first message: until it has said who the client is, nothing reaches the application's listeners. A
// token that travels so is in no URL, no log of a proxy and no history, and no page can send it for its user (RFC 6455 §10.2).
import type { EventEmitter } from 'node:events';
import { CloseCode } from '../frame/index.ts';
import { clock, type Timed } from '../transport/index.ts';
import { amount, type Endpoint, type EndpointListener, endpointOf, Pause, type WebSocket } from '../websocket/index.ts';
import { leaseOf } from './address-limits.ts';
import { AuthenticationError } from './authentication-error.ts';
import { closeAt, EXPIRED, expiryOf, UNAUTHENTICATED } from './expiry.ts';

/** What `authenticate` may answer for "no". */
export type Nobody = undefined | null | false | '' | 0;

/**
 * Says whose message this is.
 *
 * @param data the message: a Buffer, of UTF-8 when it is text.
 * @param context `signal` is aborted when the answer is of no use any more: the client has gone, or its time is over.
 * @returns the identity, or a promise of it; nothing, or what throws, for nobody. When the identity is an object with
 *   `expires` (a Date, or milliseconds since 1970), the connection is closed then.
 */
export type Authenticate<Identity> = (
  data: Buffer,
  isBinary: boolean,
  context: { readonly signal: AbortSignal },
) => Identity | Nobody | PromiseLike<Identity | Nobody>;

/** The options of {@link requireFirstMessage}. */
export interface FirstMessageOptions<Identity> {
  readonly authenticate: Authenticate<Identity>;
  /**
   * Milliseconds from now to the answer of `authenticate`. Nothing that the client sends puts it off. Default 5,000. The
   * client sees 4001.
   */
  readonly timeout?: number | undefined;
  /** The longest first message in bytes, refused when its header announces more. Default 4,096. The client sees 1009. */
  readonly maxPayload?: number | undefined;
}

/** The defaults. */
export const FirstMessageDefaults = { timeout: 5_000, maxPayload: 4_096 } as const;

/**
 * Waits until the first message of `websocket` has said who the client is. Call it when the connection is new. Until then the
 * application hears no message; those that come behind the first wait, the socket standing still, and are delivered in order
 * in a later turn of the event loop than the one that resolves the promise: listeners that are added behind the `await` miss
 * none.
 *
 * Refused clients see 4001 and a reason without a secret. The failure is counted against their address: see
 * `maxFailedAuthenticationsPerIp`.
 *
 * @returns a promise of what `authenticate` answered. It rejects with an {@link AuthenticationError} when the client is
 *   refused, too slow or gone. Nobody has to listen to that: left alone, it is no unhandled rejection, and neither is that
 *   of an async listener of `connection` in which it was awaited.
 * @throws TypeError or RangeError naming the option that is not what it must be; Error when `websocket` is waiting for its
 *   first message already.
 */
export function requireFirstMessage<Identity>(
  websocket: WebSocket,
  options: FirstMessageOptions<Identity>,
): Promise<Exclude<Identity, Nobody>> {
  const { authenticate } = options;
  if (typeof authenticate !== 'function') {
    throw new TypeError(`authenticate must be a function, got ${typeof authenticate}`);
  }
  const timeout = positive('timeout', options.timeout, FirstMessageDefaults.timeout);
  const maxPayload = positive('maxPayload', options.maxPayload, FirstMessageDefaults.maxPayload);
  const endpoint = endpointOf(websocket);
  if (endpoint?.listener instanceof FirstMessage) {
    throw new Error('requireFirstMessage() was called twice for the same WebSocket');
  }
  const promise = new Promise<Exclude<Identity, Nobody>>((resolve, reject) => {
    if (endpoint === undefined || endpoint.closing) reject(gone());
    else new FirstMessage(websocket, endpoint, { authenticate, timeout, maxPayload }, resolve, reject);
  });
  promise.catch(() => {});
  return promise;
}

const State = { Waiting: 0, Deciding: 1, Over: 2 } as const;
type State = (typeof State)[keyof typeof State];

/** Stands between a connection and the application, as long as nobody knows who is there. */
class FirstMessage<Identity> implements EndpointListener, Timed {
  clockIndex = -1;
  clockDeadline = 0;
  readonly #websocket: WebSocket;
  readonly #endpoint: Endpoint;
  /** The application. */
  readonly #behind: EndpointListener;
  readonly #options: Required<FirstMessageOptions<Identity>>;
  readonly #resolve: (identity: Exclude<Identity, Nobody>) => void;
  readonly #reject: (error: AuthenticationError) => void;
  readonly #abort = new AbortController();
  #state: State = State.Waiting;

  constructor(
    websocket: WebSocket,
    endpoint: Endpoint,
    options: Required<FirstMessageOptions<Identity>>,
    resolve: (identity: Exclude<Identity, Nobody>) => void,
    reject: (error: AuthenticationError) => void,
  ) {
    this.#websocket = websocket;
    this.#endpoint = endpoint;
    this.#behind = endpoint.listener;
    this.#options = options;
    this.#resolve = resolve;
    this.#reject = reject;
    endpoint.listener = this;
    endpoint.limitPayload(options.maxPayload as number);
    clock.schedule(this, clock.now() + (options.timeout as number));
  }

  onTime(): void {
    // Either side has said Close already, and waits for the other.
    if (this.#endpoint.closing) this.#end(gone(), false);
    this.#refuse(new AuthenticationError('no authentication in time', { failure: 'TIMED_OUT' }));
  }

  onMessage(_websocket: EventEmitter, data: Buffer, isBinary: boolean): void {
    // Who is being sent away may have said more before hearing of it.
    if (this.#state !== State.Waiting) return;
    this.#state = State.Deciding;
    this.#endpoint.pause(Pause.Decision);
    // Its header came before there was this limit.
    if (data.length > (this.#options.maxPayload as number)) {
      this.#refuse(new AuthenticationError('the first message is too long'), CloseCode.MessageTooBig);
      return;
    }
    void this.#decide(data, isBinary);
  }

  async #decide(data: Buffer, isBinary: boolean): Promise<void> {
    try {
      const identity = await this.#options.authenticate(data, isBinary, { signal: this.#abort.signal });
      if (identity) this.#accept(identity as Exclude<Identity, Nobody>);
      else this.#refuse(new AuthenticationError());
    } catch (cause) {
      this.#refuse(cause instanceof AuthenticationError ? cause : new AuthenticationError(undefined, { cause }));
    }
  }

  #accept(identity: Exclude<Identity, Nobody>): void {
    if (this.#state !== State.Deciding) return;
    const expires = expiryOf(identity);
    if (expires <= Date.now()) throw new AuthenticationError(EXPIRED, { failure: 'EXPIRED' });
    if (this.#endpoint.closing) {
      this.#end(gone(), false);
      return;
    }
    this.#state = State.Over;
    clock.cancel(this);
    closeAt(this.#websocket, expires);
    this.#endpoint.listener = this.#behind;
    this.#endpoint.limitPayload();
    this.#resolve(identity);
    this.#endpoint.resume(Pause.Decision);
  }

  /** Sends the client away. What it still says is thrown away, but for its Close. */
  #refuse(error: AuthenticationError, closeCode: number = UNAUTHENTICATED): void {
    if (this.#state === State.Over) return;
    this.#end(error, true);
    this.#websocket.close(closeCode, error.message);
    this.#endpoint.resume(Pause.Decision);
  }

  #end(error: AuthenticationError, isFailure: boolean): void {
    if (this.#state === State.Over) return;
    this.#state = State.Over;
    clock.cancel(this);
    if (isFailure) leaseOf(this.#websocket).fail(clock.now());
    this.#reject(error);
    this.#abort.abort(error);
  }

  onError(websocket: EventEmitter, error: Error): void {
    this.#end(new AuthenticationError(undefined, { failure: 'VIOLATION', cause: error }), true);
    this.#behind.onError(websocket, error);
  }

  onClosed(websocket: EventEmitter, code: number, reason: Buffer, clean: boolean): void {
    // Who leaves while being looked at does so, perhaps, not to be counted.
    this.#end(gone(), this.#state === State.Deciding);
    this.#behind.onClosed(websocket, code, reason, clean);
  }

  // What is no message reaches the application as ever.

  onPing(websocket: EventEmitter, data: Buffer): void {
    this.#behind.onPing(websocket, data);
  }

  onPong(websocket: EventEmitter, data: Buffer): void {
    this.#behind.onPong(websocket, data);
  }
}

function gone(): AuthenticationError {
  return new AuthenticationError('the connection ended before anybody was authenticated', { failure: 'CLOSED' });
}

function positive(name: string, value: number | undefined, otherwise: number): number {
  const given = amount(name, value, otherwise);
  if (given === 0) throw new RangeError(`${name} must be more than 0: nobody is let in without a limit`);
  return given;
}
