// Several buffers to one socket, so that they reach the kernel in one call. Keeps nothing.
import type { Duplex } from 'node:stream';
import type { WriteCallback } from './write-callbacks.ts';

/** Several buffers of up to this many bytes together are joined to one: cheaper than a write for each of them. */
const JOIN_UP_TO = 16_384;

/**
 * Writes `buffers`, at least one, of `bytes` bytes together.
 *
 * @returns what the socket's last `write` answered.
 */
export function writeTogether(
  socket: Duplex,
  buffers: readonly Buffer[],
  bytes: number,
  callback: WriteCallback | undefined,
): boolean {
  if (buffers.length === 1) return socket.write(buffers[0] as Buffer, callback);
  if (bytes <= JOIN_UP_TO) return socket.write(Buffer.concat(buffers, bytes), callback);
  socket.cork();
  const last = buffers.length - 1;
  for (let index = 0; index < last; index++) socket.write(buffers[index] as Buffer);
  const room = socket.write(buffers[last] as Buffer, callback);
  socket.uncork();
  return room;
}
