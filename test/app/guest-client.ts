// A client of the rooms for tests: the `ws` library, what it was sent, and a way to wait for more.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket } from 'ws';
import type { App } from '../../src/app/index.ts';

// biome-ignore lint/suspicious/noExplicitAny: messages are JSON, and each test says what it expects of them.
export type Message = any;

export class GuestClient {
  readonly websocket: WebSocket;
  readonly messages: Message[] = [];
  #refs = 1_000_000;

  private constructor(websocket: WebSocket) {
    this.websocket = websocket;
    websocket.on('message', (data) => this.messages.push(JSON.parse(String(data))));
  }

  /** A connection that has said nothing yet. */
  static async connect(app: App, path = '/ws', options: object = {}): Promise<GuestClient> {
    const { port } = app.address() as AddressInfo;
    const client = new GuestClient(new WebSocket(`ws://127.0.0.1:${port}${path}`, 'sluice.v1', options));
    await once(client.websocket, 'open');
    return client;
  }

  /** A connection that has said who it is, and is in `rooms`. */
  static async join(app: App, name: string, ...rooms: string[]): Promise<GuestClient> {
    const client = await GuestClient.connect(app);
    client.send({ type: 'AUTH', token: name });
    await client.find({ type: 'AUTH_OK' });
    for (const roomId of rooms) {
      client.send({ type: 'JOIN_ROOM', roomId });
      await client.find({ type: 'JOINED', roomId });
    }
    return client;
  }

  send(message: object | string): void {
    this.websocket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** The first message, past or to come, that has all of `fields`. */
  async find(fields: Record<string, unknown>): Promise<Message> {
    for (let seen = 0; ; seen++) {
      while (seen === this.messages.length) await once(this.websocket, 'message');
      const message = this.messages[seen];
      if (Object.entries(fields).every(([name, value]) => message[name] === value)) return message;
    }
  }

  /** Resolves when the server has dealt with everything that was sent before. */
  async settle(): Promise<void> {
    const ref = this.#refs++;
    this.send({ type: 'NOTHING', ref });
    await this.find({ ref });
  }

  /** Resolves when the server has read everything that was sent before. */
  async settleAtOnce(): Promise<void> {
    this.websocket.ping();
    await once(this.websocket, 'pong');
  }

  /** Contents and other types, in the order in which they came; without those of {@link settle}. */
  get told(): string[] {
    return this.messages.filter(({ ref }) => !(ref >= 1_000_000)).map(({ content, type }) => content ?? type);
  }

  /** The code and the reason of the end. */
  async closed(): Promise<[code: number, reason: string]> {
    const [code, reason] = await once(this.websocket, 'close');
    return [code, String(reason)];
  }
}
