// A stage for the resilient client: the real server with a broker that outlives it, and in front of it a proxy that can do what
// proxies do to WebSockets and event streams. Nothing here waits for a time: whoever waits, waits for an event.
import { once } from 'node:events';
import {
  type ClientRequest,
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type App, type AppOptions, createWebSocketServer } from '../../src/app/index.ts';
import type { ResilientWebSocketOptions } from '../../src/resilient/index.ts';
import { ResilientWebSocket } from '../../src/resilient-node/index.ts';
import { MemoryBroker } from '../../src/rooms/index.ts';

/** What a proxy does to upgrades: nothing; 403; never an answer; all bytes vanish behind the handshake, or behind so many. */
export type UpgradeMode = 'pass' | 'refuse' | 'ignore' | 'swallow' | number;
/** What it does to responses: nothing; they are held back until they are whole; the connection is cut. */
export type ResponseMode = 'pass' | 'buffer' | 'refuse';

/** The server, and a proxy before it. */
export class Stage {
  readonly broker = new MemoryBroker();
  readonly #proxy: Server;
  readonly #sockets = new Set<Duplex>();
  readonly #options: AppOptions;
  /** Times of handshakes, of all that came. */
  readonly upgrades: IncomingMessage[] = [];
  readonly requests: IncomingMessage[] = [];
  readonly #clients: ResilientWebSocket[] = [];
  upgradeMode: UpgradeMode = 'pass';
  streamMode: ResponseMode = 'pass';
  #app: App | undefined;
  #isDown = false;

  private constructor(options: AppOptions) {
    this.#options = options;
    this.#proxy = createServer((incoming, response) => this.#onRequest(incoming, response));
    this.#proxy.on('upgrade', (incoming, socket, head) => this.#onUpgrade(incoming, socket, head));
    this.#proxy.on('connection', (socket) => {
      if (this.#isDown) socket.resetAndDestroy();
      else this.#keep(socket);
    });
  }

  static async open(options: AppOptions = {}): Promise<Stage> {
    const stage = new Stage(options);
    await stage.start();
    stage.#proxy.listen(0, '127.0.0.1');
    await once(stage.#proxy, 'listening');
    return stage;
  }

  get port(): number {
    return (this.#proxy.address() as AddressInfo).port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/ws`;
  }

  get app(): App {
    return this.#app as App;
  }

  /** A client in Node, which is closed with the stage. Its times are short, its way to come back is that of everybody. */
  client(options: ResilientWebSocketOptions = {}): ResilientWebSocket {
    const client = new ResilientWebSocket(this.url, { name: 'Ada', minDelay: 20, maxDelay: 80, ...options });
    this.#clients.push(client);
    return client;
  }

  /** The server dies: nobody is told, every connection is reset, and nobody is let in. */
  async kill(): Promise<void> {
    this.#isDown = true;
    for (const socket of this.#sockets) (socket as Socket).resetAndDestroy();
    await this.#app?.shutdown({ timeout: 0 });
    this.#app = undefined;
  }

  async start(): Promise<void> {
    this.#app = await createWebSocketServer(0, {
      broker: this.broker,
      rate: { perSecond: 1_000, burst: 10_000 },
      ...this.#options,
    });
    this.#isDown = false;
  }

  /** Every connection is reset, and may be made again. */
  cut(): void {
    for (const socket of this.#sockets) (socket as Socket).resetAndDestroy();
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => closed(client)));
    this.cut();
    this.#proxy.close();
    await this.#app?.shutdown({ timeout: 0 });
    await this.broker.close();
  }

  #keep(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
  }

  get #target(): number {
    return (this.app.address() as AddressInfo).port;
  }

  #forward({ method, url, headers }: IncomingMessage): ClientRequest {
    return request({ host: '127.0.0.1', port: this.#target, method, path: url, headers, agent: false });
  }

  #onRequest(incoming: IncomingMessage, response: ServerResponse): void {
    this.requests.push(incoming);
    const mode = incoming.url?.includes('/stream') ? this.streamMode : 'pass';
    if (mode === 'refuse') {
      response.writeHead(502, { 'Content-Type': 'text/html' }).end('<h1>Bad gateway</h1>');
      return;
    }
    const outgoing = this.#forward(incoming);
    outgoing.on('socket', (socket) => this.#keep(socket));
    outgoing.on('error', () => response.destroy());
    response.on('close', () => outgoing.destroy());
    outgoing.on('response', (answer) => {
      answer.on('error', () => response.destroy());
      answer.on('aborted', () => response.destroy());
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      if (mode === 'buffer') {
        const held: Buffer[] = [];
        answer.on('data', (data) => held.push(data));
        answer.on('end', () => response.end(Buffer.concat(held)));
      } else {
        response.flushHeaders();
        answer.pipe(response);
      }
    });
    incoming.pipe(outgoing);
  }

  #onUpgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.upgrades.push(incoming);
    const mode = this.upgradeMode;
    if (mode === 'ignore') return;
    if (mode === 'refuse') {
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      return;
    }
    const upstream = connect(this.#target, '127.0.0.1');
    this.#keep(upstream);
    const lines = [`GET ${incoming.url} HTTP/1.1`];
    for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
      lines.push(`${incoming.rawHeaders[at]}: ${incoming.rawHeaders[at + 1]}`);
    }
    upstream.write(`${lines.join('\r\n')}\r\n\r\n`);
    upstream.write(head);
    socket.pipe(upstream);
    socket.on('close', () => upstream.destroy());
    upstream.on('close', () => socket.destroy());
    if (mode === 'pass') {
      upstream.pipe(socket);
      return;
    }
    // The answer to the handshake, and then so many bytes.
    let left: number | undefined;
    upstream.on('data', (data: Buffer) => {
      if (left === undefined) {
        const end = data.indexOf('\r\n\r\n') + 4;
        socket.write(data.subarray(0, end));
        left = mode === 'swallow' ? 0 : mode;
        data = data.subarray(end);
      }
      socket.write(data.subarray(0, left));
      left = Math.max(0, left - data.length);
    });
  }
}

/** Closes a client, and waits for the end of it. */
export async function closed(client: ResilientWebSocket): Promise<void> {
  if (client.readyState === client.CLOSED) return;
  const end = once(client, 'close');
  client.close();
  await end;
}

/** What a client is told in its rooms, in order; and a way to wait for it. */
export class Reader {
  readonly contents: string[] = [];
  readonly gaps: string[] = [];
  #wake: () => void = () => {};

  constructor(client: ResilientWebSocket) {
    client.addEventListener('message', ({ data }) => {
      this.contents.push(JSON.parse(String(data)).content);
      this.#wake();
    });
    client.addEventListener('gap', ({ roomId }) => {
      this.gaps.push(roomId);
    });
  }

  /** Resolves when so many have come. */
  async has(count: number): Promise<void> {
    while (this.contents.length < count) await new Promise<void>((resolve) => (this.#wake = resolve));
  }
}

/** `from` to `to`, as contents. */
export function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => String(from + index));
}
