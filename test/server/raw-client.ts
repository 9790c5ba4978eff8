// A client that is nothing but a socket: sends any bytes, and tells everything that came back.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** The request of RFC 6455 §1.3. */
export const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

/** An opening handshake; `lines` are added to it, or replace those of the same name. */
export function openingRequest(lines: readonly string[] = [], start = 'GET /chat HTTP/1.1'): string {
  const names = new Set(lines.map((line) => line.slice(0, line.indexOf(':')).toLowerCase()));
  const own = [
    'Host: localhost',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${KEY}`,
    'Sec-WebSocket-Version: 13',
  ].filter((line) => !names.has(line.slice(0, line.indexOf(':')).toLowerCase()));
  return `${[start, ...own, ...lines].join('\r\n')}\r\n\r\n`;
}

/** One connection. */
export class RawClient {
  readonly socket: Socket;
  readonly closed: Promise<string>;
  #received = Buffer.alloc(0);
  #wake: () => void = () => {};

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    this.socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    this.socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      this.socket.on('end', () => this.socket.end());
      this.socket.on('close', () => {
        this.#wake();
        resolve(this.text);
      });
    });
  }

  /** Everything that has come, one character for each octet. */
  get text(): string {
    return this.#received.toString('latin1');
  }

  get received(): Buffer {
    return this.#received;
  }

  /** The status line, or the empty string before there is one. */
  get status(): number {
    return Number(this.text.split(' ')[1] ?? 0);
  }

  async send(data: string | Buffer): Promise<void> {
    await new Promise<void>((resolve) => this.socket.write(data, () => resolve()));
  }

  /** Sends each byte in a turn of its own. */
  async drip(data: string | Buffer): Promise<void> {
    for (const byte of Buffer.from(data)) {
      await this.send(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Waits until what has come fulfils `condition`, or the connection is closed. */
  async until(condition: (text: string) => boolean): Promise<string> {
    while (!condition(this.text) && !this.socket.closed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.text;
  }

  /** Waits for the end of a head. */
  head(): Promise<string> {
    return this.until((text) => text.includes('\r\n\r\n'));
  }

  /** Connects, sends `data` and waits for the end. */
  static async exchange(port: number, data: string | Buffer): Promise<RawClient> {
    const client = new RawClient(port);
    await once(client.socket, 'connect');
    await client.send(data);
    await client.closed;
    return client;
  }
}

/** A masked text frame of up to 125 bytes, under the key 0. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}

/** A masked Close frame with code 1000, under the key 0. */
export const CLOSE_1000 = Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]);
