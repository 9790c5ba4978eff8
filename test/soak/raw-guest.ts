// A guest without a library: a TCP socket that can do what a library never would, and reads what comes with a reader of its
// own. What it does is told in rude-guest.ts.
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { encodeFrame, FrameReader, type IncomingFrame, type OutgoingFrame } from '../conformance/wire.ts';
import type { Hall } from './hall.ts';

const END_OF_HEAD = '\r\n\r\n';

/** A connection of which every byte is ours. */
export class RawGuest {
  readonly socket: Socket;
  /** Resolves when the connection is over, whoever ended it. */
  readonly over: Promise<void>;
  /** The head of the answer, when it has come. */
  head = '';
  /** Called for each frame. */
  onFrame: (frame: IncomingFrame) => void = () => {};
  readonly #hall: Hall;
  readonly #room: number;
  readonly #connected: Promise<void>;
  readonly #answered: Promise<void>;
  readonly #reader = new FrameReader();
  #whenAnswered: () => void = () => {};

  constructor(hall: Hall, room: number) {
    this.#hall = hall;
    this.#room = room;
    this.socket = connect({ host: '127.0.0.1', port: hall.settings.port, allowHalfOpen: true });
    this.#connected = new Promise((resolve) => this.socket.once('connect', resolve));
    this.#answered = new Promise((resolve) => {
      this.#whenAnswered = resolve;
    });
    this.over = new Promise((resolve) => this.socket.once('close', () => resolve()));
    // A reset is what some of them are here for.
    this.socket.on('error', () => {});
    this.socket.on('data', (chunk) => this.#receive(chunk));
    this.socket.on('end', () => this.socket.end());
  }

  /** Waits until TCP is open. Answers whether it is. */
  async connect(): Promise<boolean> {
    const came = await this.#hall.expect(Promise.race([this.#connected, this.over]), 'a raw guest was connected');
    if (came && !this.socket.destroyed) return true;
    this.#hall.complain('a raw guest was not connected');
    this.socket.destroy();
    return false;
  }

  /** The whole opening handshake. Answers whether it was let in. */
  async open(): Promise<boolean> {
    if (!(await this.connect())) return false;
    this.socket.write(this.request());
    await this.#hall.expect(Promise.race([this.#answered, this.over]), 'a raw guest was answered');
    if (this.head.startsWith('HTTP/1.1 101 ')) return true;
    this.#hall.complain(`a raw guest was not let in: ${this.head.split('\r\n', 1)[0] || 'no answer'}`);
    this.socket.destroy();
    return false;
  }

  /** The request of the opening handshake. */
  request(): string {
    const { pathname, host } = new URL(this.#hall.url(this.#room));
    const key = randomBytes(16).toString('base64');
    return [
      `GET ${pathname} HTTP/1.1`,
      `Host: ${host}`,
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Key: ${key}`,
      'Sec-WebSocket-Version: 13',
      END_OF_HEAD.slice(2),
    ].join('\r\n');
  }

  /** Sends a frame, masked as a client's must be. */
  send(frame: OutgoingFrame): void {
    this.socket.write(encodeFrame(frame, true));
  }

  #receive(chunk: Buffer): void {
    if (this.head.endsWith(END_OF_HEAD)) {
      this.#reader.push(chunk);
    } else {
      const before = this.head.length;
      const text = this.head + chunk.toString('latin1');
      const end = text.indexOf(END_OF_HEAD);
      this.head = end === -1 ? text : text.slice(0, end + END_OF_HEAD.length);
      if (end === -1) return;
      this.#reader.push(chunk.subarray(this.head.length - before));
      this.#whenAnswered();
      // What is no WebSocket sends no frames.
      if (!this.head.startsWith('HTTP/1.1 101 ')) return;
    }
    if (!this.head.startsWith('HTTP/1.1 101 ')) return;
    for (let frame = this.#reader.next(); frame !== undefined; frame = this.#reader.next()) this.onFrame(frame);
  }
}
