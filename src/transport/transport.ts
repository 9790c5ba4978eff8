// A socket as an endpoint sees it: chunks in, an outbox out, and one clean end. node:net and node:tls behind it, or any
// Duplex that somebody upgraded (RFC 6455 does not care).
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Outbox } from './outbox.ts';
import type { OutboxOwner } from './outbox-owner.ts';
import { own, ownerOf, type SocketOwner, stopHearing } from './socket-owner.ts';

/** What an adopted socket, and the transport over it, tell their endpoint. */
export interface TransportHandler extends OutboxOwner, SocketOwner {
  /** Outside a turn the transport has come to {@link Transport.atRest}. */
  onRest(): void;
}

/** Stands for an endpoint whose socket is closed, so that nobody is kept in memory for it. */
const FORMER: SocketOwner & Pick<TransportHandler, 'onRest'> = {
  onChunk() {},
  onPeerEnd() {},
  onSocketDrain() {},
  onSocketError() {},
  onGone() {},
  onRest() {},
};

/**
 * Takes a socket over for `handler`: from now on nobody else may read from it or write to it.
 *
 * @param head bytes of the peer that were read already; they come first.
 */
export function adopt(socket: Duplex, head: Buffer, handler: TransportHandler): void {
  tune(socket);
  if (head.length > 0) {
    // A socket that flows would not look again at what is put back.
    socket.pause();
    socket.unshift(head);
  }
  // From here on chunks come, though none before the current turn is over.
  own(socket, handler);
  // Whoever had it before has let it flow, as a rule.
  if (socket.readableFlowing !== true) socket.resume();
}

/** Whether a socket is or was adopted. */
export function isAdopted(socket: Duplex): boolean {
  const owner = ownerOf(socket);
  return owner !== undefined && 'onRest' in owner;
}

/** Whether somebody may still read bytes that the socket has taken: not the kernel, but TLS, and streams in memory. */
export function isDeferred(socket: Duplex): boolean {
  return !(socket instanceof Socket) || 'encrypted' in socket;
}

/** What can be done with an adopted socket, its outgoing side first of all. */
export class Transport extends Outbox<TransportHandler> {
  /** Stops the kernel: unread bytes stay in its buffers, and the peer is slowed down by TCP itself. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /** Whether {@link destroy} was called, or the socket is gone. */
  get destroyed(): boolean {
    return this.socket.destroyed;
  }

  /** Ends both sides now; what was not taken is lost. */
  destroy(): void {
    this.socket.destroy();
  }

  /** From now on chunks are thrown away: only the end of the connection counts (RFC 6455 §7.1.1(a)). */
  ignore(): void {
    stopHearing(this.socket);
  }

  protected override settle(): void {
    if (this.atRest) this.owner.onRest();
  }

  override close(error: Error): void {
    own(this.socket, FORMER);
    super.close(error);
  }
}

/**
 * Small frames must not wait for acknowledgements (Nagle), an idle connection is not a dead one, and the peer's FIN ends
 * its side alone: ours ends behind what is still to be said (RFC 6455 §7.1.1).
 */
function tune(socket: Duplex & Partial<Pick<Socket, 'setNoDelay' | 'setTimeout' | 'timeout'>>): void {
  socket.setNoDelay?.(true);
  // Sockets of our own listener have none.
  if (socket.timeout !== undefined) socket.setTimeout?.(0);
  socket.allowHalfOpen = true;
}
