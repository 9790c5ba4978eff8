// A socket as an endpoint sees it: chunks in, an outbox out, and one clean end. node:net and node:tls behind it, or any
// Duplex that somebody upgraded (RFC 6455 does not care). One set of listeners serves all sockets: no closure for each.
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { BULK_FROM, keepFreedMemory } from './freed-memory.ts';
import { heedErrors } from './ignore-errors.ts';
import { Outbox, type OutboxOwner } from './outbox.ts';

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

const TRANSPORT = Symbol('transport');

type Carrier = Duplex & { [TRANSPORT]?: Transport | undefined };

/** One socket, with its outgoing side: one object, because there is one for each connection. */
export class Transport extends Outbox<TransportHandler> {
  /**
   * Takes a socket over: from now on nobody else may read from it or write to it.
   *
   * @param head bytes of the peer that were read already; they come first.
   */
  constructor(socket: Duplex, head: Buffer, handler: TransportHandler) {
    // What the kernel has taken nobody reads any more; of TLS and of streams in memory that is not so sure.
    super(socket, handler, !(socket instanceof Socket) || 'encrypted' in socket);
    (socket as Carrier)[TRANSPORT] = this;
    tune(socket);
    if (head.length > 0) {
      // A socket that flows would not look again at what is put back.
      socket.pause();
      socket.unshift(head);
    }
    socket.on('end', onEnd);
    heedErrors(socket);
    socket.on('error', onError);
    socket.on('close', onClose);
    socket.on('drain', onDrain);
    // Last: from here on chunks come, though none before the current turn is over.
    socket.on('data', onData);
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
    return TRANSPORT in socket;
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
    this.socket.removeListener('data', onData);
    this.socket.resume();
  }

  /** For the shared listeners. */
  static handlerOf(socket: Carrier): TransportHandler | undefined {
    return socket[TRANSPORT]?.owner;
  }

  static forget(socket: Carrier): void {
    socket[TRANSPORT] = undefined;
  }
}

/**
 * Small frames must not wait for acknowledgements (Nagle), an idle connection is not a dead one, and the peer's FIN ends
 * its side alone: ours ends behind what is still to be said (RFC 6455 §7.1.1).
 */
function tune(socket: Duplex & Partial<Pick<Socket, 'setNoDelay' | 'setTimeout'>>): void {
  socket.setNoDelay?.(true);
  socket.setTimeout?.(0);
  socket.allowHalfOpen = true;
}

function onData(this: Carrier, chunk: Buffer): void {
  if (chunk.length >= BULK_FROM) keepFreedMemory();
  Transport.handlerOf(this)?.onChunk(chunk);
}

function onDrain(this: Carrier): void {
  this[TRANSPORT]?.onSocketDrain();
}

function onEnd(this: Carrier): void {
  Transport.handlerOf(this)?.onPeerEnd();
}

function onError(this: Carrier): void {
  Transport.handlerOf(this)?.onSocketError();
}

function onClose(this: Carrier): void {
  const handler = Transport.handlerOf(this);
  Transport.forget(this);
  this.removeListener('data', onData);
  this.removeListener('end', onEnd);
  this.removeListener('drain', onDrain);
  this.removeListener('close', onClose);
  // 'error' keeps its listener: a late one must not bring the process down.
  handler?.onGone();
}
