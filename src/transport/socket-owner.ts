// Who has a socket: its opening handshake, then its transport, or who sends it away. All of them hear it by one set of listeners,
// which stays while the socket changes hands: adding and removing them is a good part of what a short connection costs.
// No closure for each socket, and no error of one ends the process, whoever has it.
import type { Duplex } from 'node:stream';
import { BULK_FROM, keepFreedMemory } from './freed-memory.ts';

/** Told what happens to a socket, as long as it is the owner. */
export interface SocketOwner {
  /** Bytes from the peer; they belong to the owner from now on. */
  onChunk(chunk: Buffer): void;
  /** The peer will send no more (FIN). */
  onPeerEnd(): void;
  /** The kernel has taken everything. */
  onSocketDrain(): void;
  /** The socket failed; {@link onGone} follows. */
  onSocketError(): void;
  /** The socket is closed. Comes once, last, to who is the owner then. */
  onGone(): void;
}

/** Throws away what it hears. */
const NOBODY: SocketOwner = { onChunk() {}, onPeerEnd() {}, onSocketDrain() {}, onSocketError() {}, onGone() {} };

const OWNER = Symbol('owner');

type Carrier = Duplex & { [OWNER]?: SocketOwner | undefined };

/** Gives `socket` to `owner`, who hears of it instead of the last one. Nothing is heard before the current turn is over. */
export function own(socket: Duplex, owner: SocketOwner): void {
  const carrier: Carrier = socket;
  const isHeard = carrier[OWNER] !== undefined;
  carrier[OWNER] = owner;
  if (isHeard) return;
  ignoreErrors(socket);
  socket.on('close', onClose);
  socket.on('end', onEnd);
  socket.on('drain', onDrain);
  socket.on('data', onData);
}

/** Who has `socket`; `undefined` where nobody ever had it, or it was given away. */
export function ownerOf(socket: Duplex): SocketOwner | undefined {
  return (socket as Carrier)[OWNER];
}

/** Gives `socket` to nobody for now. Whoever does not find the next owner in this turn pauses it, or loses what comes. */
export function release(socket: Duplex): void {
  (socket as Carrier)[OWNER] = NOBODY;
}

/** Takes the listeners away, for who has the socket now brings some of its own. Errors are still ignored. */
export function giveAway(socket: Duplex): void {
  (socket as Carrier)[OWNER] = undefined;
  removeListeners(socket);
}

/** From now on what comes is thrown away, and only the end counts. */
export function stopHearing(socket: Duplex): void {
  socket.removeListener('data', onData);
  socket.resume();
}

/**
 * From now on errors of `socket` are heard by its owner, or ignored while it has none: before, between two of them, and when
 * the last one has said what it had to say. 'close' follows every error and tells the rest.
 */
export function ignoreErrors(socket: Duplex): void {
  if (socket.listenerCount('error', onError) === 0) socket.on('error', onError);
}

function removeListeners(socket: Duplex): void {
  socket.removeListener('data', onData);
  socket.removeListener('drain', onDrain);
  socket.removeListener('end', onEnd);
  socket.removeListener('close', onClose);
}

function onData(this: Carrier, chunk: Buffer): void {
  if (chunk.length >= BULK_FROM) keepFreedMemory();
  this[OWNER]?.onChunk(chunk);
}

function onEnd(this: Carrier): void {
  this[OWNER]?.onPeerEnd();
}

function onDrain(this: Carrier): void {
  this[OWNER]?.onSocketDrain();
}

function onError(this: Carrier): void {
  this[OWNER]?.onSocketError();
}

function onClose(this: Carrier): void {
  const owner = this[OWNER];
  this[OWNER] = NOBODY;
  removeListeners(this);
  // 'error' keeps its listener: a late one must not bring the process down.
  try {
    owner?.onGone();
  } catch (error) {
    // Of the application; those who listen to this socket behind us, such as who counts it, must hear of its end all the same.
    process.nextTick(rethrow, error);
  }
}

function rethrow(error: unknown): never {
  throw error;
}
