// A way to a server, Redis for one, over TCP that can be cut, swallow everything, or be slow: what networks do. It understands nothing of what goes
// through. Whoever opens it closes it.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** How slow it is. */
export interface Slowness {
  /** Milliseconds for each piece, each way. */
  readonly latency: number;
  /** Bytes in a second, each way of each connection. */
  readonly rate: number;
}

type Mode = 'open' | 'cut' | 'swallowing' | 'heads';

/** RFC 9112 §2.1: the end of the head of a message of HTTP/1.1. */
const END_OF_HEAD = '\r\n\r\n';

/** Such a way. */
export class TcpWay {
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #server: Server;
  #mode: Mode = 'open';
  /** `undefined`: as quick as it can be. */
  slowness: Slowness | undefined;
  /** Connections that were made through it. */
  connections = 0;

  constructor(target: number, slowness: Slowness | undefined) {
    this.#target = target;
    this.slowness = slowness;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Resolves when it can be used. */
  async open(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  close(): void {
    this.#mode = 'cut';
    for (const timer of this.#timers) clearTimeout(timer);
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Resets what is there, and whatever comes. */
  cut(): void {
    this.#mode = 'cut';
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Lets nothing through, and says nothing: what is sent is gone. */
  swallow(): void {
    this.#mode = 'swallowing';
  }

  /** Of each connection that is made from now on lets a head of HTTP through, both ways, and nothing behind it. */
  passHeadsOnly(): void {
    this.#mode = 'heads';
  }

  /** Lets everything through from now on; what was swallowed stays gone, and its connections are of no use. */
  heal(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
    this.#mode = 'open';
  }

  #accept(client: Socket): void {
    this.connections++;
    if (this.#mode === 'cut') {
      client.on('error', () => {});
      client.resetAndDestroy();
      return;
    }
    const redis = connect(this.#target, '127.0.0.1');
    for (const [from, to] of [
      [client, redis],
      [redis, client],
    ] as const) {
      this.#sockets.add(from);
      from.on('error', () => {});
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      let isBehindHead = false;
      from.on('data', (piece: Buffer) => {
        if (this.#mode === 'open') this.#pass(from, to, piece);
        if (this.#mode !== 'heads' || isBehindHead) return;
        // A head is small, and comes in one piece.
        const end = piece.indexOf(END_OF_HEAD);
        isBehindHead = end !== -1;
        this.#pass(from, to, isBehindHead ? piece.subarray(0, end + END_OF_HEAD.length) : piece);
      });
    }
  }

  #pass(from: Socket, to: Socket, piece: Buffer): void {
    if (this.slowness === undefined) {
      to.write(piece);
      return;
    }
    const { latency, rate } = this.slowness;
    // Nothing more is read until this has gone out: the sender's own buffers fill.
    from.pause();
    this.#later(latency + (piece.length / rate) * 1_000, () => {
      if (!to.destroyed) to.write(piece);
      from.resume();
    });
  }

  #later(delay: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, delay);
    this.#timers.add(timer);
  }
}
