// Stands in for the listening socket of node:net: connections come when a test says so, and `close` waits for them.
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';

export class FakeListener extends EventEmitter {
  readonly #onSocket: (socket: Socket) => void;
  readonly #open = new Set<Socket>();
  #isClosing = false;

  constructor(onSocket: (socket: Socket) => void) {
    super();
    this.#onSocket = onSocket;
    last = this;
  }

  listen(): this {
    process.nextTick(() => this.emit('listening'));
    return this;
  }

  address(): null {
    return null;
  }

  accept(socket: Socket): void {
    this.#open.add(socket);
    socket.once('close', () => {
      this.#open.delete(socket);
      this.#closeWhenEmpty();
    });
    this.#onSocket(socket);
  }

  close(): this {
    this.#isClosing = true;
    this.#closeWhenEmpty();
    return this;
  }

  #closeWhenEmpty(): void {
    if (this.#isClosing && this.#open.size === 0) process.nextTick(() => this.emit('close'));
  }
}

let last: FakeListener | undefined;

/** The listener that was made last. */
export function lastListener(): FakeListener {
  return last as FakeListener;
}
