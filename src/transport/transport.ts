// A socket as an endpoint sees it: chunks in, an outbox out, and one clean end. node:net and node:tls behind it, or any
// Duplex that somebody upgraded (RFC 6455 does not care).
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { BULK_FROM, keepFreedMemory } from './freed-memory.ts';
import { Outbox, type OutboxOwner } from './outbox.ts';
import { own, ownerOf, type SocketOwner, stopHearing } from './socket-owner.ts';

/** What a transport tells its endpoint. */
export interface TransportHandler extends OutboxOwner {
  /** Bytes from the peer; they belong to the handler from now on. */
  onChunk(chunk: Buffer): void;
  /** The peer will send no more (FIN). */
  onPeerEnd(): void;
  /** The socket failed; {@link onGone} follows. */
  onSocketError(): void;
  /** The socket is closed and everything given back. Comes once, last. */
  onGone(): void;
}

/** Stands for a transport whose socket is closed, so that nobody is kept in memory for it. */
const FORMER: SocketOwner = { onChunk() {}, onPeerEnd() {}, onSocketDrain() {}, onSocketError() {}, onGone() {} };

/** One socket, with its outgoing side: one object, because there is one for each connection. */
export class Transport extends Outbox<TransportHandler> implements SocketOwner {
  /**
   * Takes a socket over: from now on nobody else may read from it or write to it.
   *
   * @param head bytes of the peer that were read already; they come first.
   */
  constructor(socket: Duplex, head: Buffer, handler: TransportHandler) {
    // What the kernel has taken nobody reads any more; of TLS and of streams in memory that is not so sure.
    super(socket, handler, !(socket instanceof Socket) || 'encrypted' in socket);
    tune(socket);
    if (head.length > 0) {
      // A socket that flows would not look again at what is put back.
      socket.pause();
      socket.unshift(head);
    }
    // From here on chunks come, though none before the current turn is over.
    own(socket, this);
    socket.resume();
  }

  /** Stops the kernel: unread bytes stay in its buffers, and the peer is slowed down by TCP itself. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /** Whether a socket is or was somebody's transport. */
  static holds(socket: Duplex): boolean {
    const owner = ownerOf(socket);
    return owner instanceof Transport || owner === FORMER;
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

  // ---- what the socket tells

  onChunk(chunk: Buffer): void {
    if (chunk.length >= BULK_FROM) keepFreedMemory();
    this.owner.onChunk(chunk);
  }

  onPeerEnd(): void {
    this.owner.onPeerEnd();
  }

  onSocketError(): void {
    this.owner.onSocketError();
  }

  onGone(): void {
    own(this.socket, FORMER);
    this.owner.onGone();
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
