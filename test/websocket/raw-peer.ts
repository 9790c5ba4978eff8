// The other end of a WebSocket under test: frames written and read by the words of RFC 6455 §5.2 and not by our own code,
// over a real connection that does what the test says. Closes itself when the test is over.
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { MaskingKeys } from '../../src/frame/index.ts';
import type { Establishment } from '../../src/websocket/sender.ts';
import { type EndpointOptions, readSettings } from '../../src/websocket/settings.ts';
import { establish, WebSocket } from '../../src/websocket/websocket.ts';
import { type SocketPair, tcpPair } from '../transport/socket-pairs.ts';

export const TEXT = 1;
export const BINARY = 2;
export const CONTINUATION = 0;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

export interface Frame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly rsv1: boolean;
  readonly masked: boolean;
  readonly payload: Buffer;
}

export interface FrameOptions {
  readonly fin?: boolean;
  readonly rsv1?: boolean;
  readonly masked?: boolean;
}

const keys = new MaskingKeys();

/** One frame, masked as a client's unless told otherwise. */
export function frame(opcode: number, payload: Buffer | string = '', options: FrameOptions = {}): Buffer {
  const { fin = true, rsv1 = false, masked = true } = options;
  const bytes = Buffer.from(payload);
  const { length } = bytes;
  const head = [(fin ? 0x80 : 0) | (rsv1 ? 0x40 : 0) | opcode];
  const maskBit = masked ? 0x80 : 0;
  if (length < 126) head.push(maskBit | length);
  else if (length < 65_536) head.push(maskBit | 126, length >> 8, length & 0xff);
  else head.push(maskBit | 127, 0, 0, 0, 0, ...[24, 16, 8, 0].map((shift) => (length >>> shift) & 0xff));
  if (!masked) return Buffer.concat([Buffer.from(head), bytes]);
  const key = [0x12, 0x34, 0x56, 0x78];
  for (let index = 0; index < length; index++) bytes[index] = (bytes[index] as number) ^ (key[index % 4] as number);
  return Buffer.concat([Buffer.from([...head, ...key]), bytes]);
}

/** A Close frame. */
export function closeFrame(code?: number, reason = '', options: FrameOptions = {}): Buffer {
  if (code === undefined) return frame(CLOSE, '', options);
  const body = Buffer.alloc(2);
  body.writeUInt16BE(code);
  return frame(CLOSE, Buffer.concat([body, Buffer.from(reason)]), options);
}

/** What a Close frame says. */
export function closeOf(closing: Frame): { code: number | undefined; reason: string } {
  if (closing.opcode !== CLOSE) throw new Error(`expected a Close frame, got opcode ${closing.opcode}`);
  if (closing.payload.length === 0) return { code: undefined, reason: '' };
  return { code: closing.payload.readUInt16BE(0), reason: closing.payload.toString('utf8', 2) };
}

/** Takes the frames of one direction apart. Refuses nothing. */
export class FrameReader {
  #bytes = Buffer.alloc(0);
  /** What has come since the last frame was taken out; joined when it may be a whole one. */
  #chunks: Buffer[] = [];
  #missing = 2;

  push(chunk: Buffer): Frame[] {
    this.#chunks.push(chunk);
    this.#missing -= chunk.length;
    if (this.#missing > 0) return [];
    this.#bytes = Buffer.concat([this.#bytes, ...this.#chunks]);
    this.#chunks = [];
    const frames: Frame[] = [];
    for (let next = this.#next(); next !== undefined; next = this.#next()) frames.push(next);
    return frames;
  }

  #next(): Frame | undefined {
    const bytes = this.#bytes;
    this.#missing = 1;
    if (bytes.length < 2) return undefined;
    const [first, second] = [bytes[0] as number, bytes[1] as number];
    const masked = (second & 0x80) !== 0;
    let length = second & 0x7f;
    let at = 2;
    if (length === 126) {
      if (bytes.length < 4) return undefined;
      length = bytes.readUInt16BE(2);
      at = 4;
    } else if (length === 127) {
      if (bytes.length < 10) return undefined;
      length = Number(bytes.readBigUInt64BE(2));
      at = 10;
    }
    const key = masked ? bytes.subarray(at, at + 4) : undefined;
    if (masked) at += 4;
    this.#missing = at + length - bytes.length;
    if (this.#missing > 0) return undefined;
    const payload = Buffer.from(bytes.subarray(at, at + length));
    if (key !== undefined) {
      for (let index = 0; index < length; index++)
        payload[index] = (payload[index] as number) ^ (key[index % 4] as number);
    }
    this.#bytes = bytes.subarray(at + length);
    return { opcode: first & 0x0f, fin: (first & 0x80) !== 0, rsv1: (first & 0x40) !== 0, masked, payload };
  }
}

/** The other end. */
export class RawPeer {
  readonly socket: Socket;
  /** Frames that have come and were not asked for. */
  readonly frames: Frame[] = [];
  /** Whether the other side has ended (FIN), or the connection is gone. */
  isEnded = false;
  readonly #reader = new FrameReader();
  #waiting: (() => void) | undefined = undefined;
  readonly #onData = (chunk: Buffer): void => {
    this.frames.push(...this.#reader.push(chunk));
    this.#waiting?.();
  };
  readonly #onEnd = (): void => {
    this.isEnded = true;
    this.#waiting?.();
  };

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => {});
    socket.on('end', this.#onEnd);
    socket.on('close', this.#onEnd);
    socket.on('data', this.#onData);
  }

  /** Writes in one piece. */
  send(...bytes: Buffer[]): void {
    this.socket.write(bytes.length === 1 ? (bytes[0] as Buffer) : Buffer.concat(bytes));
  }

  /** The next frame; `undefined` when the other side has ended. */
  async next(): Promise<Frame | undefined> {
    while (this.frames.length === 0 && !this.isEnded) {
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
    return this.frames.shift();
  }

  /** The next frame, which must come. */
  async expect(opcode: number): Promise<Frame> {
    const next = await this.next();
    if (next?.opcode !== opcode) throw new Error(`expected opcode ${opcode}, got ${next?.opcode ?? 'the end'}`);
    return next;
  }

  /** All frames until the other side ends. */
  async rest(): Promise<Frame[]> {
    const frames: Frame[] = [];
    for (let next = await this.next(); next !== undefined; next = await this.next()) frames.push(next);
    return frames;
  }
}

export interface OpenOptions extends EndpointOptions {
  /** The role of the WebSocket under test. Default: server. */
  readonly isServer?: boolean;
  readonly threshold?: number;
  /** As it comes out of the opening handshake. */
  readonly establishment?: Partial<Establishment>;
  readonly Class?: typeof WebSocket;
  /** Another connection than TCP over loopback. */
  readonly pair?: () => Promise<SocketPair>;
}

export interface Opened {
  readonly websocket: WebSocket;
  readonly peer: RawPeer;
  /** The socket under the WebSocket. */
  readonly ours: Socket;
}

/** An open WebSocket and its other end. */
export async function open(options: OpenOptions = {}): Promise<Opened> {
  const { isServer = true, threshold = 1_024, establishment, Class = WebSocket, pair = tcpPair } = options;
  const { ours, theirs } = await pair();
  const role = {
    isServer,
    threshold,
    heartbeat: false,
    nextMaskingKey: isServer ? undefined : () => keys.next(),
  };
  const websocket = new Class(null);
  establish(websocket, {
    socket: ours,
    head: Buffer.alloc(0),
    settings: readSettings(options, role),
    compression: undefined,
    protocol: '',
    extensions: '',
    ...establishment,
  });
  onTestFinished(() => websocket.terminate());
  return { websocket, peer: new RawPeer(theirs), ours };
}

/** How a connection ended, as the application is told. */
export interface Closing {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
}

/** Resolves when `websocket` is closed; fails when it is closed twice. */
export function closingOf(websocket: WebSocket): Promise<Closing> {
  return new Promise((resolve, reject) => {
    let count = 0;
    websocket.addEventListener('close', ({ code, reason, wasClean }) => {
      if (++count > 1) reject(new Error("'close' came twice"));
      resolve({ code, reason, wasClean });
    });
  });
}

/** The next `count` messages as text. */
export async function messagesOf(websocket: WebSocket, count: number): Promise<string[]> {
  const messages: string[] = [];
  await new Promise<void>((resolve) => {
    const onMessage = (data: Buffer): void => {
      messages.push(String(data));
      if (messages.length < count) return;
      websocket.removeListener('message', onMessage);
      resolve();
    };
    websocket.on('message', onMessage);
  });
  return messages;
}

/** One message. */
export async function messageOf(websocket: WebSocket): Promise<string> {
  const [data] = await once(websocket, 'message');
  return String(data);
}

/** Everything that is due now has happened. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
