// The messages that take more than framing: compressed (RFC 7692 §7.2.1), read from elsewhere first, or standing behind
// one of those. Each tells its connection when it has left.
import type { Deflater, DeflateSink } from '../deflate/index.ts';
import { Opcode } from '../frame/index.ts';
import type { PreparedMessage } from '../message/index.ts';
import type { QueuedSend } from './send-queue.ts';

/** Reads a message's bytes when its turn comes, and calls `done` once, or throws. */
export type ReadLater = (done: (error: Error | null, data: Buffer) => void) => void;

type Callback = ((error?: Error | null) => void) | undefined;

const NO_DATA = Buffer.alloc(0);

/** The way out: what a connection offers to the messages in its queue. */
export interface SendPath {
  writeMessage(opcode: number, data: string | Buffer, fin: boolean, callback: Callback): void;
  writeDeflated(opcode: number, payload: Buffer, callback: Callback): void;
  writeWhole(frame: Buffer, callback: Callback): void;
  /** A part of a message will never be written: the rest of it makes no sense any more. */
  sendBroken(): void;
  /** The item under way has left, or never will. */
  sendDone(): void;
}

/** A message that only waits for its turn. */
export class DirectSend implements QueuedSend {
  readonly size: number;
  readonly #path: SendPath;
  readonly #opcode: number;
  readonly #data: string | Buffer;
  readonly #fin: boolean;
  readonly #callback: Callback;

  constructor(path: SendPath, opcode: number, data: string | Buffer, fin: boolean, callback: Callback) {
    this.size = typeof data === 'string' ? Buffer.byteLength(data, 'utf8') : data.length;
    this.#path = path;
    this.#opcode = opcode;
    this.#data = data;
    this.#fin = fin;
    this.#callback = callback;
  }

  start(): boolean {
    this.#path.writeMessage(this.#opcode, this.#data, this.#fin, this.#callback);
    return true;
  }

  abandon(error: Error): void {
    this.#callback?.(error);
  }
}

/** A message to be compressed. */
export class DeflatedSend implements QueuedSend, DeflateSink {
  readonly size: number;
  readonly #path: SendPath;
  readonly #deflater: Deflater;
  readonly #opcode: number;
  readonly #payload: Buffer;
  readonly #callback: Callback;

  constructor(path: SendPath, deflater: Deflater, opcode: number, payload: Buffer, callback: Callback) {
    this.size = payload.length;
    this.#path = path;
    this.#deflater = deflater;
    this.#opcode = opcode;
    this.#payload = payload;
    this.#callback = callback;
  }

  start(): boolean {
    let compressed: Buffer | undefined;
    try {
      compressed = this.#deflater.deflate(this.#payload, this);
    } catch {
      this.#writeAsItIs();
      return true;
    }
    if (compressed === undefined) return false;
    this.#path.writeDeflated(this.#opcode, compressed, this.#callback);
    return true;
  }

  onDeflated(data: Buffer): void {
    this.#path.writeDeflated(this.#opcode, data, this.#callback);
    this.#path.sendDone();
  }

  onDeflateFailed(): void {
    this.#writeAsItIs();
    this.#path.sendDone();
  }

  /** There is no memory to compress it: RFC 7692 §6.1 lets every message choose, and this one joins no window. */
  #writeAsItIs(): void {
    this.#path.writeMessage(this.#opcode, this.#payload, true, this.#callback);
  }

  abandon(error: Error): void {
    this.#callback?.(error);
  }
}

/** A prepared message whose compressed frame is made by the first connection that needs it. */
export class PreparedSend implements QueuedSend, DeflateSink {
  readonly size: number;
  readonly #path: SendPath;
  readonly #deflater: Deflater;
  readonly #message: PreparedMessage;
  readonly #callback: Callback;

  constructor(path: SendPath, deflater: Deflater, message: PreparedMessage, callback: Callback) {
    this.size = message.payload.length;
    this.#path = path;
    this.#deflater = deflater;
    this.#message = message;
    this.#callback = callback;
  }

  start(): boolean {
    const { key } = this.#deflater;
    const ready = this.#message.deflatedFrame(key);
    if (ready !== undefined) {
      this.#path.writeWhole(ready, this.#callback);
      return true;
    }
    let compressed: Buffer | undefined;
    try {
      compressed = this.#deflater.deflate(this.#message.payload, this);
    } catch {
      // No memory: as in DeflatedSend.
      this.#path.writeWhole(this.#message.frame, this.#callback);
      return true;
    }
    if (compressed === undefined) return false;
    this.#path.writeWhole(this.#message.keepDeflated(key, compressed), this.#callback);
    return true;
  }

  onDeflated(data: Buffer): void {
    const { key } = this.#deflater;
    this.#path.writeWhole(this.#message.deflatedFrame(key) ?? this.#message.keepDeflated(key, data), this.#callback);
    this.#path.sendDone();
  }

  onDeflateFailed(): void {
    this.#path.writeWhole(this.#message.frame, this.#callback);
    this.#path.sendDone();
  }

  abandon(error: Error): void {
    this.#callback?.(error);
  }
}

/** A message whose bytes are read only now, from a Blob for instance. */
export class DeferredSend implements QueuedSend {
  readonly size: number;
  readonly #path: SendPath;
  readonly #opcode: number;
  readonly #read: ReadLater;
  readonly #fin: boolean;
  readonly #callback: Callback;
  /** It has left, or never will. */
  #settled = false;

  constructor(path: SendPath, opcode: number, size: number, read: ReadLater, fin: boolean, callback: Callback) {
    this.size = size;
    this.#path = path;
    this.#opcode = opcode;
    this.#read = read;
    this.#fin = fin;
    this.#callback = callback;
  }

  start(): boolean {
    try {
      this.#read((error, data) => this.#settle(error, data));
    } catch (error) {
      this.#settle(error as Error, NO_DATA);
    }
    return false;
  }

  #settle(error: Error | null, data: Buffer): void {
    if (this.#settled) return;
    this.#settled = true;
    try {
      if (error === null) this.#path.writeMessage(this.#opcode, data, this.#fin, this.#callback);
      else this.#giveUp(error);
    } finally {
      this.#path.sendDone();
    }
  }

  /** RFC 6455 §5.4(d): a whole message may be left out; the other parts of one cannot be taken back, or go on. */
  #giveUp(error: Error): void {
    const isPart = !this.#fin || this.#opcode === Opcode.Continuation;
    try {
      this.#callback?.(error);
    } finally {
      if (isPart) this.#path.sendBroken();
    }
  }

  abandon(error: Error): void {
    // Its own callback, told that it could not be read, may be what ended the connection.
    if (this.#settled) return;
    this.#settled = true;
    this.#callback?.(error);
  }
}
