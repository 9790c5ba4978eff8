// Ends a socket with a last answer (RFC 9112 §9.6): closing at once with bytes unread would reset the connection and take
// the answer with it, so what still comes is thrown away for a moment. Nothing of it is looked at.
import type { Duplex } from 'node:stream';
import { clock, type Timed } from './clock.ts';
import { own, type SocketOwner } from './socket-owner.ts';

/** Milliseconds that a refused peer has to read the answer and close. */
const LINGER = 1_000;

class Lingering implements SocketOwner, Timed {
  clockIndex = -1;
  clockDeadline = 0;
  readonly #socket: Duplex;

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  onTime(): void {
    this.#socket.destroy();
  }

  onGone(): void {
    clock.cancel(this);
  }

  onChunk(): void {}
  onPeerEnd(): void {}
  onSocketDrain(): void {}
  onSocketError(): void {}
}

/**
 * Writes `answer` (one octet for each character), ends our side, and destroys the socket when the peer does not.
 * RFC 6455 §7.2.2(a) asks for no more.
 */
export function refuse(socket: Duplex, answer: string): void {
  if (socket.destroyed) return;
  const lingering = new Lingering(socket);
  own(socket, lingering);
  clock.schedule(lingering, clock.now() + LINGER);
  socket.end(answer, 'latin1');
  socket.resume();
}
