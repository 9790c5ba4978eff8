// A connection with a recording host above it and a recording output below it, neither with a socket or a clock.
import { expect } from 'vitest';
import type { Excerpt } from '../../src/bytes/index.ts';
import {
  type Compression,
  Connection,
  type ConnectionHost,
  type ConnectionOptions,
  type Output,
  type SendCallback,
} from '../../src/connection/index.ts';
import type { Deflater, Inflater } from '../../src/deflate/index.ts';
import { Opcode, readMaskingKey, type Violation } from '../../src/frame/index.ts';
import { RecordingSink } from '../bytes/recording-sink.ts';
import { type DecodedFrame, decodeFrames, encodeFrames, hex, type SlowFrame } from '../frame/slow-frames.ts';

/** What happened above. Texts as they are, bytes in hexadecimal digits. */
export type HostEvent =
  | readonly ['message', data: string, isBinary: boolean]
  | readonly ['ping' | 'pong', data: string]
  | readonly ['close', code: number, reason: string]
  | readonly ['complete']
  | readonly ['fail', violation: string, offset: number]
  | readonly ['inflation end'];

/** The key of every frame in these tests that is masked, both ways. */
export const KEY = hex('37fa213d');

export const SERVER: ConnectionOptions = {
  isServer: true,
  maxPayload: 1_000_000,
  maxFragments: 65_536,
  validateText: true,
  autoPong: true,
  oneAtATime: false,
  nextMaskingKey: undefined,
  threshold: 10,
  messageRate: undefined,
  fastProducer: 'pause',
};
export const CLIENT: ConnectionOptions = { ...SERVER, isServer: false, nextMaskingKey: () => readMaskingKey(KEY, 0) };

/** An output that remembers the bytes and who waits for them. */
export class RecordingOutput extends RecordingSink implements Output {
  blocked = false;
  /** How often a message was broken off: see `Outbound`. */
  broken = 0;
  #callbacks: SendCallback[] = [];

  afterWrite(callback: SendCallback): void {
    this.#callbacks.push(callback);
  }

  /** The kernel has taken everything: those who wait are told. */
  taken(): void {
    const callbacks = this.#callbacks;
    this.#callbacks = [];
    for (const callback of callbacks) callback();
  }

  get frames(): DecodedFrame[] {
    return decodeFrames(this.bytes);
  }

  /** The frames as short lines: `Text "Hello"`, `Text… "Hel"` without FIN, `Text+ "…"` with RSV1. */
  get lines(): string[] {
    return this.frames.map(lineOf);
  }
}

const NAMES = new Map<number, string>(Object.entries(Opcode).map(([name, opcode]) => [opcode, name]));

export function lineOf({ opcode, fin, rsv1, payload }: DecodedFrame): string {
  const name = `${NAMES.get(opcode)}${rsv1 ? '+' : ''}${fin ? '' : '…'}`;
  if (opcode !== Opcode.Close || payload.length === 0) return `${name} "${payload.toString()}"`;
  return `${name} ${payload.readUInt16BE(0)} "${payload.subarray(2).toString()}"`;
}

/** A connection, its host and its output. */
export class ConnectionRecorder implements ConnectionHost {
  readonly events: HostEvent[] = [];
  /** What was shown of the bytes that broke a rule. */
  excerpt: Excerpt | undefined = undefined;
  readonly output = new RecordingOutput();
  readonly options: ConnectionOptions;
  readonly connection: Connection;
  /** What the application does inside an upcall, after it was recorded. */
  on: (event: HostEvent) => void = () => {};

  constructor(options: ConnectionOptions = SERVER, compression?: { deflater?: Deflater; inflater?: Inflater }) {
    this.options = options;
    this.connection = new Connection(this, this.output, options, compression as Compression | undefined);
  }

  onMessage(data: Buffer, isBinary: boolean): void {
    this.#record(['message', isBinary ? data.toString('hex') : data.toString(), isBinary]);
  }

  onPing(data: Buffer): void {
    this.#record(['ping', data.toString()]);
  }

  onPong(data: Buffer): void {
    this.#record(['pong', data.toString()]);
  }

  onClose(code: number, reason: Buffer): void {
    this.#record(['close', code, reason.toString()]);
  }

  onComplete(): void {
    this.#record(['complete']);
  }

  onFail(violation: Violation, offset: number, excerpt: Excerpt | undefined): void {
    this.excerpt = excerpt;
    this.#record(['fail', violation.name, offset]);
  }

  onInflationEnd(): void {
    this.#record(['inflation end']);
  }

  #record(event: HostEvent): void {
    this.events.push(event);
    this.on(event);
  }

  /** The peer's frames as bytes, masked when we are the server. */
  wire(frames: readonly SlowFrame[]): Buffer {
    return encodeFrames(frames.map((frame) => (this.options.isServer ? { key: KEY, ...frame } : frame)));
  }

  /** The peer sends these frames in one chunk. */
  receive(...frames: SlowFrame[]): void {
    this.connection.receive(this.wire(frames));
  }

  /** Forgets what has happened so far. */
  forget(): void {
    this.events.length = 0;
    this.output.pieces.length = 0;
  }
}

/** Both roles, for tests that hold for either. */
export const ROLES: readonly [role: string, options: ConnectionOptions][] = [
  ['a server', SERVER],
  ['a client', CLIENT],
];

/** The body of a Close frame by hand. */
export function closePayload(code: number, reason = ''): Buffer {
  return Buffer.concat([Buffer.of(code >> 8, code & 0xff), Buffer.from(reason)]);
}

export function text(payload: string, fin = true): SlowFrame {
  return { opcode: Opcode.Text, payload, fin };
}

export function more(payload: string, fin = true): SlowFrame {
  return { opcode: Opcode.Continuation, payload, fin };
}

export function ping(payload = ''): SlowFrame {
  return { opcode: Opcode.Ping, payload };
}

export function pong(payload = ''): SlowFrame {
  return { opcode: Opcode.Pong, payload };
}

export function close(code?: number, reason = ''): SlowFrame {
  return { opcode: Opcode.Close, payload: code === undefined ? '' : closePayload(code, reason) };
}

/** Remembers how each of several callbacks was called. */
export class Callbacks {
  readonly calls: string[] = [];

  /** A callback with a name. It may be called once. */
  named(name: string): SendCallback {
    let called = false;
    return (error) => {
      expect(called).toBe(false);
      called = true;
      this.calls.push(error ? `${name}: ${error.message}` : name);
    };
  }
}
