// A TCP proxy that counts what passes: every byte of HTTP and WebSocket, but not the headers of TCP and IP below them.
// @ts-check
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const HOST = '127.0.0.1';

/** @typedef {import('node:net').Socket} Socket */

export class CountingProxy {
  /** Bytes from both ends so far. A byte is counted before it is passed on. */
  bytes = 0;
  #server;
  /** @type {Set<Socket>} */
  #sockets = new Set();

  /** @param {number} target the port of the server */
  constructor(target) {
    this.#server = createServer({ noDelay: true }, (client) => {
      const server = connect({ host: HOST, port: target, noDelay: true });
      this.#pass(client, server);
      this.#pass(server, client);
    });
  }

  /** @returns {Promise<number>} the port */
  async listen() {
    this.#server.listen(0, HOST);
    await once(this.#server, 'listening');
    return /** @type {import('node:net').AddressInfo} */ (this.#server.address()).port;
  }

  /** Ends everything that passes through it. */
  async close() {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  /**
   * @param {Socket} from
   * @param {Socket} to
   */
  #pass(from, to) {
    this.#sockets.add(from);
    from.on('data', (chunk) => {
      this.bytes += chunk.length;
      to.write(chunk);
    });
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => this.#sockets.delete(from));
  }
}
