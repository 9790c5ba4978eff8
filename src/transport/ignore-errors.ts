// Keeps a socket's errors from ending the process while nobody waits for them: before it has an owner, between two of
// them, and when the last one has said what it had to say. 'close' follows every error and tells the rest.
import type { Duplex } from 'node:stream';

function ignore(): void {}

/** From now on errors of `socket` are heard, and nothing is done about them. */
export function ignoreErrors(socket: Duplex): void {
  if (socket.listenerCount('error', ignore) === 0) socket.on('error', ignore);
}

/** Somebody else hears them now. */
export function heedErrors(socket: Duplex): void {
  socket.removeListener('error', ignore);
}
