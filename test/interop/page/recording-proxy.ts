// A TCP proxy that keeps every byte of every connection, both directions: an eye-witness that shares no code with the tap.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** One connection through the proxy. */
export interface Recorded {
  readonly sent: Buffer[];
  readonly received: Buffer[];
}

export class RecordingProxy {
  readonly connections: Recorded[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(port: number) {
    this.#server = createServer((client) => this.#relay(client, port));
  }

  /** A proxy in front of `port`. */
  static async to(port: number): Promise<RecordingProxy> {
    const proxy = new RecordingProxy(port);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Everything that passed on the connection whose first bytes are `start`, and over which `sent` went. */
  find(start: string, sent: string): { sent: Buffer; received: Buffer } {
    const all = this.connections.map((each) => ({
      sent: Buffer.concat(each.sent),
      received: Buffer.concat(each.received),
    }));
    const found = all.find((each) => each.sent.toString('latin1').startsWith(start) && each.sent.includes(sent));
    if (found === undefined) throw new Error(`no connection began with ${start} and sent ${sent}`);
    return found;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #relay(client: Socket, port: number): void {
    const recorded: Recorded = { sent: [], received: [] };
    this.connections.push(recorded);
    const server = connect(port, '127.0.0.1');
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.#sockets.delete(socket));
    }
    client.on('data', (chunk) => recorded.sent.push(chunk));
    server.on('data', (chunk) => recorded.received.push(chunk));
    client.pipe(server);
    server.pipe(client);
  }
}
