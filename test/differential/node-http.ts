// A real http.Server on a real socket, asked one request at a time: what does its parser make of these octets?
// The server is the oracle of http-head.test.ts. It answers everything at once, so that no verdict needs a clock.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** What a reader of requests made of some octets. */
export interface Reading {
  /** `upgrade` and `ordinary` mean a whole head, which `head` tells; `incomplete`: it waited for more. */
  readonly as: 'upgrade' | 'ordinary' | 'refused' | 'incomplete';
  /** Method, target, names and values by turns. */
  readonly head?: readonly string[];
  /** Behind the head of an upgrade. */
  readonly rest?: string;
}

/** One http.Server with an upgrade listener, and as strict as it comes. */
export class NodeHttpOracle {
  readonly #server: Server;
  /** What the server said about the one connection there is. */
  #reading: Reading | undefined = undefined;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Listens on a free port. */
  static async listen(): Promise<NodeHttpOracle> {
    const server = createServer();
    const oracle = new NodeHttpOracle(server);
    server.on('request', (request, response) => {
      oracle.#say({ as: 'ordinary', head: headOf(request) });
      response.shouldKeepAlive = false;
      response.end();
    });
    server.on('upgrade', (request, socket, head) => {
      const parts: Buffer[] = [head];
      socket.on('error', () => undefined);
      socket.on('data', (part: Buffer) => parts.push(part));
      socket.on('end', () => {
        oracle.#say({ as: 'upgrade', head: headOf(request), rest: Buffer.concat(parts).toString('latin1') });
        socket.end();
      });
    });
    server.on('clientError', (error: Error & { readonly code?: string }, socket) => {
      // The end of the connection inside a head: so far nothing was wrong.
      oracle.#say({ as: error.code === 'HPE_INVALID_EOF_STATE' ? 'incomplete' : 'refused' });
      socket.destroy();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return oracle;
  }

  /** Sends `wire` and the end of the connection; waits until the server has closed it too. */
  async read(wire: string): Promise<Reading> {
    this.#reading = undefined;
    const { port } = this.#server.address() as AddressInfo;
    const socket: Socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.on('error', () => undefined);
    socket.on('data', (part: Buffer) => {
      answer += part.toString('latin1');
    });
    socket.end(wire, 'latin1');
    await once(socket, 'close');
    // A request without Host is answered before any listener hears of it; the next one on the connection is heard.
    if (answer.startsWith('HTTP/1.1 400 ')) return { as: 'refused' };
    return this.#reading ?? { as: 'incomplete' };
  }

  /** Stops listening; waits for the last connection. */
  async close(): Promise<void> {
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** The first thing said counts: a second request on the same connection is not asked about. */
  #say(reading: Reading): void {
    this.#reading ??= reading;
  }
}

function headOf({ method = '', url = '', rawHeaders }: IncomingMessage): string[] {
  return [method, url, ...rawHeaders];
}
