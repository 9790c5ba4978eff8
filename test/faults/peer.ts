// The other end of a faulty socket: a script that waits for what the endpoint says, and says something itself.
import { FrameReader, frame } from '../websocket/raw-peer.ts';
import type { FaultySocket } from './faulty-socket.ts';

const END_OF_HEAD = '\r\n\r\n';

/** The connection is gone: the script ends here. */
export class Gone extends Error {}

export class Peer {
  readonly socket: FaultySocket;
  readonly #isClient: boolean;
  readonly #reader = new FrameReader();
  /** The head of the endpoint's first words. */
  head = '';
  #bytes = Buffer.alloc(0);
  /** The frames that have come: opcode and payload. */
  readonly frames: { readonly opcode: number; readonly payload: Buffer }[] = [];
  #wake: () => void = () => {};

  /** @param isClient whether this end is the client, whose frames are masked. */
  constructor(socket: FaultySocket, isClient: boolean) {
    this.socket = socket;
    this.#isClient = isClient;
    socket.onTaken = (bytes) => this.#receive(bytes);
    socket.once('close', () => this.#wake());
  }

  #receive(bytes: Buffer): void {
    if (this.head === '') {
      this.#bytes = Buffer.concat([this.#bytes, bytes]);
      const end = this.#bytes.indexOf(END_OF_HEAD);
      if (end !== -1) {
        this.head = this.#bytes.toString('latin1', 0, end);
        this.frames.push(...this.#reader.push(this.#bytes.subarray(end + END_OF_HEAD.length)));
      }
    } else if (bytes.length > 0) {
      this.frames.push(...this.#reader.push(bytes));
    }
    // Never inside the write of the endpoint: a network lies between.
    setImmediate(() => this.#wake());
  }

  /** Waits until `isThere`. @throws Gone when the connection is gone before. */
  async until(isThere: () => boolean): Promise<void> {
    while (!isThere()) {
      if (this.socket.closed) throw new Gone();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Waits for the end of the head. */
  untilHead(): Promise<void> {
    return this.until(() => this.head !== '');
  }

  /** Waits for the n-th frame with this opcode. */
  async untilFrame(opcode: number, count = 1): Promise<Buffer> {
    const all = () => this.frames.filter((one) => one.opcode === opcode);
    await this.until(() => all().length >= count);
    return all()[count - 1]?.payload as Buffer;
  }

  /** Waits until the connection is gone. */
  async untilGone(): Promise<void> {
    await this.until(() => false).catch((error: unknown) => {
      if (!(error instanceof Gone)) throw error;
    });
  }

  send(opcode: number, payload: Buffer | string = '', options: { fin?: boolean; rsv1?: boolean } = {}): void {
    this.socket.deliver(frame(opcode, payload, { ...options, masked: this.#isClient }));
  }

  sendText(text: string): void {
    this.socket.deliver(Buffer.from(text, 'latin1'));
  }
}
