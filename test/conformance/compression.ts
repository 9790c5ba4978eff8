// permessage-deflate (RFC 7692) as the tester speaks it: two zlib streams, nothing taken from src/.
import { constants, createDeflateRaw, createInflateRaw, type DeflateRaw, type InflateRaw } from 'node:zlib';

/** What was agreed, seen from the tester. */
export interface Agreement {
  /** Of what the tester sends. */
  readonly outgoingBits: number;
  readonly outgoingTakeover: boolean;
  /** Of what the tester receives. */
  readonly incomingBits: number;
  readonly incomingTakeover: boolean;
}

const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);

/** Compresses and inflates the messages of one connection, in order. */
export class MessageCodec {
  readonly #agreement: Agreement;
  #deflate: DeflateRaw | undefined;
  #inflate: InflateRaw | undefined;
  #pending: Promise<void> = Promise.resolve();
  /** Messages that are being inflated, or wait for that. */
  #behind = 0;
  #closed = false;

  constructor(agreement: Agreement) {
    this.#agreement = agreement;
  }

  async compress(data: Buffer): Promise<Buffer> {
    // zlib has no raw windows of 8 bits for compression; 9 reaches back no further than 8 may.
    this.#deflate ??= createDeflateRaw({ windowBits: Math.max(9, this.#agreement.outgoingBits) });
    const output = await through(this.#deflate, data);
    if (!this.#agreement.outgoingTakeover) {
      this.#deflate.close();
      this.#deflate = undefined;
    }
    // §7.2.1: the message ends without the four bytes that a flush ends with; an empty one is one byte.
    return data.length === 0 ? Buffer.from([0]) : output.subarray(0, output.length - TAIL.length);
  }

  /** Calls `done` with the message, after the messages before it; never for what is not DEFLATE. */
  decompress(data: Buffer, done: (message: Buffer) => void): void {
    this.#enqueue(async () => {
      if (this.#closed) return;
      this.#inflate ??= createInflateRaw({ windowBits: this.#agreement.incomingBits });
      try {
        done(await through(this.#inflate, Buffer.concat([data, TAIL])));
      } catch {
        return;
      }
      if (!this.#agreement.incomingTakeover) {
        this.#inflate?.close();
        this.#inflate = undefined;
      }
    });
  }

  /** Calls `done` after the messages before it: for one that was not compressed, as any may be (RFC 7692 §6). */
  pass(done: () => void): void {
    if (this.#behind === 0) done();
    else this.#enqueue(done);
  }

  #enqueue(job: () => void | Promise<void>): void {
    this.#behind++;
    this.#pending = this.#pending.then(job).finally(() => {
      this.#behind--;
    });
  }

  close(): void {
    this.#closed = true;
    void this.#pending.then(() => {
      this.#deflate?.close();
      this.#inflate?.close();
    });
  }
}

function through(stream: DeflateRaw | InflateRaw, data: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const output: Buffer[] = [];
    const onData = (chunk: Buffer): number => output.push(chunk);
    stream.on('data', onData);
    stream.once('error', reject);
    stream.write(data);
    stream.flush(constants.Z_SYNC_FLUSH, () => {
      stream.removeListener('data', onData);
      stream.removeListener('error', reject);
      resolve(Buffer.concat(output));
    });
  });
}
