// What an application may hand to send(), ping() and pong(), turned into text or bytes without a copy where it can be.
// The class is imported, here and where each message comes by: the global of that name is a getter, and takes longer to read
// than most of what is done with it.
import { Blob, Buffer } from 'node:buffer';

/** Everything that `send()` takes. Numbers are sent as their decimal text, as `ws` does. */
export type Sendable =
  | string
  | number
  | NodeJS.ArrayBufferView
  | ArrayBuffer
  | SharedArrayBuffer
  | Blob
  | readonly number[];

const EMPTY = Buffer.alloc(0);

/**
 * Text or bytes of `data`. Bytes are a view on the caller's memory: it must not change until it is taken.
 *
 * @throws TypeError when `data` is nothing that can be sent.
 */
export function toPayload(data: Exclude<Sendable, Blob> | null | undefined): string | Buffer {
  if (typeof data === 'string' || Buffer.isBuffer(data)) return data;
  if (data === undefined || data === null) return EMPTY;
  // Never `new Buffer(number)`: a number is its digits, not a length.
  if (typeof data === 'number') return data.toString();
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (isArrayBuffer(data)) return Buffer.from(data);
  const bytes = typeof data === 'object' ? bytesOfObject(data) : undefined;
  if (bytes !== undefined) return bytes;
  throw new TypeError(
    `expected a string, a number, a Buffer, a typed array, a DataView, an ArrayBuffer or a Blob to send, got ${describe(data)}`,
  );
}

/** Arrays, boxed strings, what JSON makes of a Buffer: whatever `Buffer.from()` takes, as `ws` promises. */
function bytesOfObject(data: object): Buffer | undefined {
  try {
    return Buffer.from(data as readonly number[]);
  } catch {
    // The caller is told what could have been sent, not what the argument of a function of Node must be.
    return undefined;
  }
}

/** As {@link toPayload}, always bytes. */
export function toBytes(data: Exclude<Sendable, Blob> | null | undefined): Buffer {
  const payload = toPayload(data);
  return typeof payload === 'string' ? Buffer.from(payload, 'utf8') : payload;
}

/** Whether `data` is memory, also of another realm, as test runners make them: there `instanceof` says no. */
function isArrayBuffer(data: object): data is ArrayBuffer | SharedArrayBuffer {
  const tag = Object.prototype.toString.call(data);
  return tag === '[object ArrayBuffer]' || tag === '[object SharedArrayBuffer]';
}

/** Whether `data` is a Blob, also of another realm or of a library. */
export function isBlob(data: unknown): data is Blob {
  if (typeof data !== 'object' || data === null || !('arrayBuffer' in data) || !('size' in data)) return false;
  const tag = Object.prototype.toString.call(data);
  return tag === '[object Blob]' || tag === '[object File]';
}

function describe(value: unknown): string {
  return typeof value === 'object' ? Object.prototype.toString.call(value) : typeof value;
}

/** Reads a Blob when its turn comes. */
export function readerOf(blob: Blob): (done: (error: Error | null, data: Buffer) => void) => void {
  return (done) => {
    blob.arrayBuffer().then(
      (bytes) => done(null, Buffer.from(bytes)),
      (error: Error) => done(error, EMPTY),
    );
  };
}

/** What `message` listeners get for binary messages. */
export type BinaryType = 'nodebuffer' | 'arraybuffer' | 'blob' | 'fragments';

/** Whether `type` is one of them. */
export function isBinaryType(type: unknown): type is BinaryType {
  return type === 'nodebuffer' || type === 'arraybuffer' || type === 'blob' || type === 'fragments';
}

/** A binary message in the form that `type` asks for. */
export function asBinaryType(data: Buffer, type: BinaryType): unknown {
  switch (type) {
    case 'nodebuffer':
      return data;
    case 'arraybuffer': {
      const { buffer, byteOffset, byteLength } = data;
      return byteLength === buffer.byteLength ? buffer : buffer.slice(byteOffset, byteOffset + byteLength);
    }
    case 'blob':
      return new Blob([data as Uint8Array<ArrayBuffer>]);
    case 'fragments':
      // The fragments were put together as they came: there is one.
      return [data];
  }
}
