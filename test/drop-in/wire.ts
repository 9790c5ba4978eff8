// The far end of a connection byte by byte: a raw socket that writes whatever frames a row wants, wrong ones too, and
// reads what comes back. Written by hand, so that neither `ws` nor sluice judges itself.
import { once } from 'node:events';
import type { Socket } from 'node:net';

export interface WireFrame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly rsv1: boolean;
  readonly masked: boolean;
  readonly payload: Buffer;
}

export interface FrameBits {
  readonly fin?: boolean;
  /** RSV1 to RSV3 as a number from 0 to 7. */
  readonly rsv?: number;
  readonly masked?: boolean;
  /** The length that the header announces, when it is not that of the payload. */
  readonly announced?: bigint;
}

const MASKING_KEY = Buffer.from([0x12, 0x34, 0x56, 0x78]);

/** The bytes of one frame; the masking key is always the same. */
export function frameBytes(opcode: number, payload: Buffer | string = '', bits: FrameBits = {}): Buffer {
  const body = Buffer.from(payload as string);
  const { fin = true, rsv = 0, masked = false } = bits;
  const length = bits.announced ?? BigInt(body.length);
  const header = [(fin ? 0x80 : 0) | (rsv << 4) | opcode];
  const maskBit = masked ? 0x80 : 0;
  if (length <= 125n) header.push(maskBit | Number(length));
  else if (length <= 0xffffn) header.push(maskBit | 126, Number(length >> 8n), Number(length & 0xffn));
  else {
    header.push(maskBit | 127);
    for (let shift = 56n; shift >= 0n; shift -= 8n) header.push(Number((length >> shift) & 0xffn));
  }
  if (!masked) return Buffer.concat([Buffer.from(header), body]);
  return Buffer.concat([Buffer.from(header), MASKING_KEY, xor(body)]);
}

function xor(bytes: Buffer): Buffer {
  return Buffer.from(bytes.map((byte, index) => byte ^ (MASKING_KEY[index % 4] as number)));
}

/** A raw socket with what it has received. */
export class Wire {
  readonly socket: Socket;
  /** Whether what is written is masked, as a client's frames are. */
  readonly #masks: boolean;
  #chunks: Buffer[] = [];
  #length = 0;
  #ended = false;
  #wake: () => void = () => {};

  constructor(socket: Socket, masks: boolean) {
    this.socket = socket;
    this.#masks = masks;
    // Each write a packet of its own, however small.
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      this.#chunks.push(chunk);
      this.#length += chunk.length;
      this.#wake();
    });
    const end = (): void => {
      this.#ended = true;
      this.#wake();
    };
    socket.on('end', end);
    socket.on('close', end);
    socket.on('error', end);
  }

  write(bytes: Buffer | string): void {
    this.socket.write(bytes);
  }

  /** Writes a frame, masked as its sender has to unless `bits` says otherwise. */
  frame(opcode: number, payload: Buffer | string = '', bits: FrameBits = {}): void {
    this.write(this.bytesOf(opcode, payload, bits));
  }

  bytesOf(opcode: number, payload: Buffer | string = '', bits: FrameBits = {}): Buffer {
    return frameBytes(opcode, payload, { masked: this.#masks, ...bits });
  }

  /** Reads to the end of an HTTP head. */
  async head(): Promise<string> {
    let end = this.#received().indexOf('\r\n\r\n');
    while (end === -1 && (await this.#more())) end = this.#received().indexOf('\r\n\r\n');
    return this.#take(end === -1 ? this.#length : end + 4).toString('latin1');
  }

  /** Reads everything to the end of the other side. */
  async rest(): Promise<string> {
    while (await this.#more());
    return this.#take(this.#length).toString('latin1');
  }

  /** Reads one frame; `undefined` when the other side has ended. */
  async nextFrame(): Promise<WireFrame | undefined> {
    const header = await this.#bytes(2);
    if (header === undefined) return undefined;
    const [first, second] = header as unknown as [number, number];
    let length = second & 0x7f;
    if (length === 126) length = ((await this.#bytes(2)) as Buffer).readUInt16BE(0);
    else if (length === 127) length = Number(((await this.#bytes(8)) as Buffer).readBigUInt64BE(0));
    const masked = (second & 0x80) !== 0;
    const key = masked ? await this.#bytes(4) : undefined;
    const payload = await this.#bytes(length);
    if (payload === undefined) return undefined;
    if (key !== undefined) for (let i = 0; i < length; i++) (payload[i] as number) ^= key[i % 4] as number;
    return { opcode: first & 0x0f, fin: first >= 0x80, rsv1: (first & 0x40) !== 0, masked, payload };
  }

  /** The status in the next Close frame, 0 when it has none; `undefined` when the other side has ended without one. */
  async closeStatus(): Promise<number | undefined> {
    for (let frame = await this.nextFrame(); frame !== undefined; frame = await this.nextFrame()) {
      if (frame.opcode === 8) return frame.payload.length < 2 ? 0 : frame.payload.readUInt16BE(0);
    }
    return undefined;
  }

  async destroyed(): Promise<void> {
    if (!this.socket.destroyed) this.socket.destroy();
    if (!this.socket.closed) await once(this.socket, 'close');
  }

  async #bytes(count: number): Promise<Buffer | undefined> {
    while (this.#length < count) if (!(await this.#more())) return undefined;
    return this.#take(count);
  }

  /** Everything that has come and was not taken, in one piece. */
  #received(): Buffer {
    const whole = Buffer.concat(this.#chunks);
    this.#chunks = [whole];
    return whole;
  }

  #take(count: number): Buffer {
    const whole = this.#received();
    this.#chunks = [whole.subarray(count)];
    this.#length -= count;
    return Buffer.from(whole.subarray(0, count));
  }

  /** Waits for more; `false` when there will be none. */
  async #more(): Promise<boolean> {
    if (this.#ended) return false;
    const before = this.#length;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    return this.#length > before || !this.#ended;
  }
}
