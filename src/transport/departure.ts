// Hears once that nobody is left to answer: an HTTP client has gone, or has its answer. A response that waits behind another
// one on its connection has no socket yet and says nothing, so the connection is heard as well. Keeps nothing afterwards.
import type { EventEmitter } from 'node:events';
import { ignoreErrors } from './ignore-errors.ts';

/** What a response and a socket have in common here. */
type Closing = Pick<EventEmitter, 'on' | 'once' | 'removeListener' | 'listenerCount'>;

/** The end of one exchange. */
export class Departure {
  readonly #response: Closing;
  readonly #socket: Closing | undefined;
  readonly #onClose: () => void;
  #isOver = false;

  /**
   * @param response its errors are heard from now on, and for good: 'close' follows each of them.
   * @param socket the connection, where the response does not speak for it.
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
    socket?.once('close', this.#onClose);
  }

  /** Listens no more. */
  forget(): void {
    this.#isOver = true;
    this.#response.removeListener('close', this.#onClose);
    this.#socket?.removeListener('close', this.#onClose);
  }
}
