// Hears once that nobody is left to answer: an HTTP client has gone, or has its answer. A response that waits behind another
// one on its connection has no socket yet and says nothing, so the connection is heard as well. Keeps nothing afterwards.
import type { EventEmitter } from 'node:events';
import { ignoreErrors } from './socket-owner.ts';

/** What a response and a socket have in common here. */
type Closing = Pick<EventEmitter, 'on' | 'once' | 'removeListener' | 'listenerCount'>;

/** Who waits for the end of a connection: one listener for all of them, because a client may send many requests at once. */
const waiting = new WeakMap<Closing, { readonly callbacks: Set<() => void>; readonly onClose: () => void }>();

/** The end of one exchange. */
export class Departure {
  readonly #response: Closing;
  readonly #socket: Closing | undefined;
  readonly #onClose: () => void;
  #isOver = false;

  /**
   * @param response its errors are heard from now on, and for good: 'close' follows each of them.
   * @param socket the connection, where the response does not speak for it yet.
   * @param onGone called once, unless {@link forget} comes first.
   */
  constructor(response: Closing, socket: Closing | undefined, onGone: () => void) {
    this.#response = response;
    this.#socket = socket;
    this.#onClose = () => {
      // The connection tells its response, which tells us, before it is our turn among those whom it tells itself.
      if (this.#isOver) return;
      this.forget();
      onGone();
    };
    ignoreErrors(response as Parameters<typeof ignoreErrors>[0]);
    response.once('close', this.#onClose);
    if (socket !== undefined) wait(socket, this.#onClose);
  }

  /** Listens no more. */
  forget(): void {
    this.#isOver = true;
    this.#response.removeListener('close', this.#onClose);
    if (this.#socket !== undefined) waitNoMore(this.#socket, this.#onClose);
  }
}

function wait(socket: Closing, callback: () => void): void {
  const others = waiting.get(socket);
  if (others !== undefined) {
    others.callbacks.add(callback);
    return;
  }
  const callbacks = new Set([callback]);
  const onClose = (): void => {
    for (const each of callbacks) each();
  };
  waiting.set(socket, { callbacks, onClose });
  socket.on('close', onClose);
}

function waitNoMore(socket: Closing, callback: () => void): void {
  const all = waiting.get(socket);
  if (all?.callbacks.delete(callback) !== true || all.callbacks.size > 0) return;
  waiting.delete(socket);
  socket.removeListener('close', all.onClose);
}
