// Records what passes through one socket: what its reader will get, before the reader gets it, and what its owner writes.
// Public API only: a listener of 'data' in front of all others, and a `write` of this one object that listens first.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Recording } from './recording.ts';
import { Splitter } from './splitter.ts';

/** Bytes of each frame that are kept. */
const MOST_OF_FRAME = 1_024;

/**
 * Begins to record `socket`, which is about to answer the opening handshake `request`.
 *
 * @param now gives the milliseconds since 1970.
 */
export function tap(socket: Duplex, request: IncomingMessage, recording: Recording, now: () => number): void {
  const head = Buffer.from(headOf(request), 'latin1');
  recording.add({ isHead: true, bytes: head, length: head.length }, 'client', now());

  const inbound = new Splitter(false, MOST_OF_FRAME, (piece) => recording.add(piece, 'client', now()));
  // In front: whoever reads next unmasks the bytes where they lie.
  socket.prependListener('data', (chunk: Buffer) => inbound.push(chunk));

  const outbound = new Splitter(true, MOST_OF_FRAME, (piece) => recording.add(piece, 'server', now()));
  const write: (...values: never[]) => boolean = socket.write;
  socket.write = (...values: unknown[]): boolean => {
    const [data, encoding] = values;
    outbound.push(bytesOf(data as string | Uint8Array, encoding));
    return write.apply(socket, values as never[]);
  };
}

/** The request as it came, but for whitespace around the values of its fields, which nobody keeps. */
function headOf({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  let text = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let at = 0; at < rawHeaders.length; at += 2) text += `${rawHeaders[at]}: ${rawHeaders[at + 1]}\r\n`;
  return `${text}\r\n`;
}

function bytesOf(data: string | Uint8Array, encoding: unknown): Buffer {
  if (typeof data === 'string')
    return Buffer.from(data, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
