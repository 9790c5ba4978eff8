// A client that is nothing but a TCP socket: it writes what the test says and keeps what comes, in order. What it knows of
// WebSocket are the few octets below, from the RFC and not from our own code. Gone when the test is over.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { type ServerOptions, WebSocketServer } from '../../src/server/index.ts';

/** RFC 6455 §1.2. */
export const HANDSHAKE = [
  'GET /chat HTTP/1.1',
  'Host: server.example.com',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
];

/** One end of a connection. */
export class RawClient {
  readonly socket: Socket;
  /** What has come after the head of the answer. */
  #bytes: Buffer = Buffer.alloc(0);
  #head: string | undefined = undefined;
  /** The other side has ended its half, and by FIN. */
  ended = false;
  #tell: () => void = () => {};

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      const end = this.#bytes.indexOf('\r\n\r\n');
      if (this.#head === undefined && end !== -1) {
        this.#head = this.#bytes.toString('latin1', 0, end);
        this.#bytes = this.#bytes.subarray(end + 4);
      }
      this.#tell();
    });
    socket.on('end', () => {
      this.ended = true;
      this.#tell();
    });
    socket.on('close', () => this.#tell());
    onTestFinished(() => void socket.destroy());
  }

  /** Sends lines as a request, and waits for the head of the answer; its lines. */
  async ask(lines: readonly string[]): Promise<string[]> {
    this.socket.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
    await this.until(() => this.#head !== undefined);
    return (this.#head as string).split('\r\n');
  }

  /** Waits for bytes behind the head; takes them. */
  async take(length: number): Promise<Buffer> {
    await this.until(() => this.#bytes.length >= length);
    const taken = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return taken;
  }

  /** What has come and has not been taken. */
  get rest(): Buffer {
    return this.#bytes;
  }

  /** Waits until something is so; fails when the connection is gone first. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      if (this.socket.destroyed) throw new Error('the connection is gone');
      await new Promise<void>((resolve) => {
        this.#tell = resolve;
      });
    }
  }

  /** Waits for the other side's FIN. */
  async end(): Promise<void> {
    await this.until(() => this.ended);
  }
}

/** A frame of a client: FIN, masked by a key that changes nothing. */
export function frame(opcode: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}

/** A server that is listening, and gone when the test is over; its port. */
export async function serverWith(options: Partial<ServerOptions>): Promise<{ server: WebSocketServer; port: number }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...options });
  await once(server, 'listening');
  onTestFinished(async () => {
    for (const websocket of server.clients ?? []) websocket.terminate();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address() as { port: number };
  return { server, port: address.port };
}

/** Connects to a server; its half stays open when the other side ends. */
export async function rawClient(port: number): Promise<RawClient> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
  return new RawClient(socket);
}
