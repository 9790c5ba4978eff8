// The tester's end of one connection: sends any bytes, records what comes back as events, and knows how it ended.
import type { Socket } from 'node:net';
import type { MessageCodec } from './compression.ts';
import { encodeFrame, FrameReader, type IncomingFrame, type OutgoingFrame } from './wire.ts';

export const TEXT = 1;
export const BINARY = 2;
export const CONTINUATION = 0;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

/** Something that the implementation under test did. */
export interface PeerEvent {
  readonly type: 'text' | 'binary' | 'ping' | 'pong';
  readonly data: Buffer;
}

/** How the connection ended. */
export interface PeerEnd {
  /** The code in its Close frame; 1005 for a frame without one; `undefined` without a frame. */
  readonly code: number | undefined;
  readonly reason: string;
  /** What the tester itself found wrong in the frames it got. */
  readonly fault: string | undefined;
}

/** One connection to the implementation under test. */
export class Peer {
  /** What has come, in order. */
  readonly events: PeerEvent[] = [];
  readonly #socket: Socket;
  readonly #masks: boolean;
  readonly #codec: MessageCodec | undefined;
  readonly #reader = new FrameReader();
  #end: PeerEnd | undefined;
  #closeFrame: { code: number; reason: string } | undefined;
  #sentClose = false;
  #fault: string | undefined;
  #parts: Buffer[] = [];
  #first: IncomingFrame | undefined;
  #wake: () => void = () => {};

  /**
   * @param masks whether the tester is the client.
   * @param codec permessage-deflate, if it was agreed.
   * @param head bytes that came behind the handshake.
   */
  constructor(socket: Socket, masks: boolean, codec: MessageCodec | undefined, head: Buffer) {
    this.#socket = socket;
    this.#masks = masks;
    this.#codec = codec;
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', () => {});
    socket.on('end', () => socket.end());
    socket.on('close', () => this.#ended());
    if (head.length > 0) this.#receive(head);
    socket.resume();
  }

  get end(): PeerEnd | undefined {
    return this.#end;
  }

  /** Whether the tester is the client, and so masks. */
  get masks(): boolean {
    return this.#masks;
  }

  /** Whether a Close frame has come. */
  get closeSeen(): boolean {
    return this.#closeFrame !== undefined;
  }

  /** Whether permessage-deflate was agreed. */
  get compresses(): boolean {
    return this.#codec !== undefined;
  }

  /** Sends a frame; with `chop`, in writes of so many bytes, each in a turn of its own. */
  async send(frame: OutgoingFrame, chop = 0): Promise<void> {
    await this.sendRaw(encodeFrame(frame, this.#masks), chop);
  }

  async sendRaw(bytes: Buffer, chop = 0): Promise<void> {
    if (chop === 0) {
      await this.#write(bytes);
      return;
    }
    for (let start = 0; start < bytes.length; start += chop) {
      await this.#write(bytes.subarray(start, start + chop));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Sends a message in frames of at most `fragment` bytes, 0 for one frame; compressed where that was agreed. */
  async sendMessage(opcode: number, data: Buffer, fragment = 0): Promise<void> {
    const payload = this.#codec === undefined ? data : await this.#codec.compress(data);
    const rsv = this.#codec === undefined ? 0 : 4;
    const size = fragment === 0 ? Math.max(1, payload.length) : fragment;
    const frames: Buffer[] = [];
    for (let start = 0; start === 0 || start < payload.length; start += size) {
      const frame = {
        opcode: start === 0 ? opcode : CONTINUATION,
        rsv: start === 0 ? rsv : 0,
        fin: start + size >= payload.length,
        payload: payload.subarray(start, start + size),
      };
      frames.push(encodeFrame(frame, this.#masks));
    }
    await this.#write(Buffer.concat(frames));
  }

  /** Starts the closing handshake. */
  async close(code = 1000, reason = ''): Promise<void> {
    const body = Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]);
    await this.send({ opcode: CLOSE, payload: body });
  }

  /** Waits for `condition`, the end, or the time. Returns whether the condition holds. */
  async until(condition: () => boolean, milliseconds: number): Promise<boolean> {
    const deadline = Date.now() + milliseconds;
    while (!condition() && this.#end === undefined) {
      const left = deadline - Date.now();
      if (left <= 0) break;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return condition();
  }

  /** Waits for the end; what has not ended in time is cut off, and counts as having no Close frame. */
  async ended(milliseconds: number): Promise<PeerEnd> {
    await this.until(() => this.#end !== undefined, milliseconds);
    if (this.#end === undefined) {
      this.#fault ??= 'the connection was not ended in time';
      this.destroy();
      await this.until(() => this.#end !== undefined, milliseconds);
    }
    return this.#end as unknown as PeerEnd;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #write(bytes: Buffer): Promise<void> {
    // A peer that has failed the connection takes nothing any more; that is its right.
    if (!this.#socket.writable) return Promise.resolve();
    return new Promise((resolve) => this.#socket.write(bytes, () => resolve()));
  }

  #receive(chunk: Buffer): void {
    this.#reader.push(chunk);
    for (let frame = this.#reader.next(); frame !== undefined; frame = this.#reader.next()) this.#onFrame(frame);
  }

  #onFrame(frame: IncomingFrame): void {
    if (this.#closeFrame !== undefined) this.#fault ??= 'a frame came after the Close frame';
    if (frame.masked === this.#masks) this.#fault ??= frame.masked ? 'a server masked' : 'a client did not mask';
    if (frame.opcode >= 8) {
      if (!frame.fin || frame.payload.length > 125 || frame.rsv !== 0) this.#fault ??= 'a control frame was malformed';
      this.#onControl(frame);
      return;
    }
    if (frame.opcode === CONTINUATION ? this.#first === undefined || frame.rsv !== 0 : this.#first !== undefined) {
      this.#fault ??= 'fragments came out of order';
    }
    this.#first ??= frame;
    this.#parts.push(frame.payload);
    if (!frame.fin) return;
    const first = this.#first;
    const data = Buffer.concat(this.#parts);
    this.#first = undefined;
    this.#parts = [];
    const type = first.opcode === TEXT ? 'text' : 'binary';
    if (first.rsv === 0 && this.#codec !== undefined) this.#codec.pass(() => this.#add({ type, data }));
    else if (first.rsv === 0) this.#add({ type, data });
    else if (first.rsv !== 4 || this.#codec === undefined) this.#fault ??= 'a reserved bit was set';
    else this.#codec.decompress(data, (inflated) => this.#add({ type, data: inflated }));
  }

  #onControl({ opcode, payload }: IncomingFrame): void {
    if (opcode === PING) {
      this.#add({ type: 'ping', data: payload });
      void this.send({ opcode: PONG, payload });
    } else if (opcode === PONG) {
      this.#add({ type: 'pong', data: payload });
    } else if (opcode === CLOSE) {
      const code = payload.length < 2 ? 1005 : payload.readUInt16BE(0);
      this.#closeFrame = { code, reason: payload.subarray(2).toString() };
      if (payload.length === 1) this.#fault ??= 'the body of the Close frame is one byte long';
      this.#answerClose(payload);
    } else {
      this.#fault ??= `opcode ${opcode} came`;
    }
    this.#wake();
  }

  #answerClose(payload: Buffer): void {
    if (!this.#sentClose) void this.send({ opcode: CLOSE, payload });
    this.#sentClose = true;
    // §7.1.1: as a server the tester closes TCP first; as a client it waits for the server to do so.
    if (!this.#masks) this.#socket.end();
  }

  #add(event: PeerEvent): void {
    this.events.push(event);
    this.#wake();
  }

  #ended(): void {
    this.#codec?.close();
    const { code, reason } = this.#closeFrame ?? { code: undefined, reason: '' };
    this.#end = { code, reason, fault: this.#fault };
    this.#wake();
  }
}
