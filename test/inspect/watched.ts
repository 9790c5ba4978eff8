// A server whose connections are recorded, for the tests of inspector and viewer: `/` is watched, `/inspect?connection=` watches.
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket as Client } from 'ws';
import { Inspector } from '../../src/inspect/index.ts';
import { type ServerOptions, WebSocketServer } from '../../src/server/index.ts';
import type { WebSocket } from '../../src/websocket/index.ts';

export class WatchedServer {
  readonly inspector = new Inspector();
  readonly server: WebSocketServer;
  /** The server's side of the last watched connection, and its secret. */
  websocket!: WebSocket;
  id = '';
  /** The server's side of the last watching connection. */
  watcher!: WebSocket;
  readonly #clients: Client[] = [];

  private constructor(options: ServerOptions) {
    this.server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...options });
    const watches = (request: IncomingMessage): boolean => request.url?.startsWith('/inspect') === true;
    this.server.on('headers', (_lines: string[], request: IncomingMessage) => {
      if (!watches(request)) this.inspector.begin(request);
    });
    this.server.on('connection', (websocket: WebSocket, request: IncomingMessage) => {
      if (watches(request)) {
        this.watcher = websocket;
        const id = new URL(request.url ?? '', 'http://localhost').searchParams.get('connection') ?? '';
        if (!this.inspector.watch(id, websocket)) websocket.close(4003);
      } else {
        this.websocket = websocket;
        this.id = this.inspector.open(request, websocket) ?? '';
      }
    });
  }

  static async start(options: ServerOptions = {}): Promise<WatchedServer> {
    const watched = new WatchedServer(options);
    await once(watched.server, 'listening');
    return watched;
  }

  /** Opens a connection; both sides are open when it resolves. */
  async connect(path = '/', options: object = {}): Promise<Client> {
    const { port } = this.server.address() as AddressInfo;
    const client = new Client(`ws://127.0.0.1:${port}${path}`, options);
    this.#clients.push(client);
    await once(client, 'open');
    return client;
  }

  /** Watches the last connection; what is shown is collected. */
  async watch(id = this.id): Promise<{ client: Client; shown: Shown }> {
    const { port } = this.server.address() as AddressInfo;
    const client = new Client(`ws://127.0.0.1:${port}/inspect?connection=${id}`);
    this.#clients.push(client);
    const shown = new Shown(client);
    await once(client, 'open');
    return { client, shown };
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.terminate();
    await this.server.shutdown({ timeout: 0 });
  }
}

// biome-ignore lint/suspicious/noExplicitAny: what is shown is JSON, and each test says what it expects of it.
type Message = any;

/** The messages that a watcher has been sent. */
export class Shown {
  readonly messages: Message[] = [];
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
    client.on('message', (data) => this.messages.push(JSON.parse(String(data))));
  }

  /** The first message, past or to come, of which `matches` is true. */
  async find(matches: (message: Message) => boolean): Promise<Message> {
    for (let seen = 0; ; seen++) {
      while (seen === this.messages.length) await once(this.#client, 'message');
      if (matches(this.messages[seen])) return this.messages[seen];
    }
  }

  /** The entry with `title`. */
  entry(title: string): Promise<Message> {
    return this.find((message) => message.type === 'ENTRY' && message.title === title);
  }
}
