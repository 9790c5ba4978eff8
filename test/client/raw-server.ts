// A server that reads the head of one request on each connection and leaves the answer to the test: octets, as it likes.
// It speaks no WebSocket of its own, so that a test can be as hostile as it wants. Closes itself when the test is over.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createSecureServer, type TlsOptions } from 'node:tls';
import { onTestFinished } from 'vitest';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** The value of `Sec-WebSocket-Accept` that answers `key`, by the words of RFC 6455 §4.2.2 and not by our own code. */
export function acceptOf(key: string): string {
  return createHash('sha1')
    .update(key + GUID)
    .digest('base64');
}

/** One request as it came. */
export class RawRequest {
  readonly text: string;
  readonly socket: Socket;

  constructor(text: string, socket: Socket) {
    this.text = text;
    this.socket = socket;
  }

  get requestLine(): string {
    return this.text.slice(0, this.text.indexOf('\r\n'));
  }

  /** The values of all lines of a header. */
  all(name: string): string[] {
    const lines = this.text.split('\r\n').slice(1);
    const wanted = lines.filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`));
    return wanted.map((line) => line.slice(line.indexOf(':') + 1).trim());
  }

  /** The value of a header that comes once at most. */
  header(name: string): string | undefined {
    const values = this.all(name);
    if (values.length > 1) throw new Error(`${name} came ${values.length} times`);
    return values[0];
  }

  /** A 101 that is right, with more lines in it. */
  acceptance(...more: string[]): string {
    return answer(
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Accept: ${acceptOf(this.header('Sec-WebSocket-Key') as string)}`,
      ...more,
    );
  }
}

/** Lines as the head of an answer. */
export function answer(...lines: string[]): string {
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** A server that is listening. */
export interface RawServer {
  readonly port: number;
  /** `ws:` or `wss:` at localhost, without a path. */
  readonly url: string;
  /** What has come, in order. */
  readonly requests: RawRequest[];
  /** Connections, in order: their ends on this side. */
  readonly sockets: Socket[];
  readonly server: Server;
}

/** Where a {@link RawServer} listens, and how. */
export interface RawServerOptions {
  readonly tls?: TlsOptions;
  readonly path?: string;
}

/** Starts a server. `onRequest` is called with each request, also after an earlier one on the same connection. */
export async function rawServer(
  onRequest: (request: RawRequest) => void,
  { tls, path }: RawServerOptions = {},
): Promise<RawServer> {
  const requests: RawRequest[] = [];
  const sockets: Socket[] = [];
  const onConnection = (socket: Socket): void => {
    sockets.push(socket);
    socket.on('error', () => {});
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      if (end === -1 || !text.startsWith('GET ')) return;
      const request = new RawRequest(text, socket);
      text = '';
      requests.push(request);
      onRequest(request);
    });
  };
  const server = tls === undefined ? createServer(onConnection) : createSecureServer(tls, onConnection);
  server.on('tlsClientError', () => {});
  if (path === undefined) server.listen(0, '127.0.0.1');
  else server.listen(path);
  await once(server, 'listening');
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    const closed = once(server, 'close');
    server.close();
    await closed;
  });
  const { port } = path === undefined ? (server.address() as AddressInfo) : { port: 0 };
  return { port, url: `${tls === undefined ? 'ws' : 'wss'}://localhost:${port}`, requests, sockets, server };
}
