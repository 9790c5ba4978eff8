// Listening for TCP connections, with TLS or without: the server's half of the I/O line.
import { createServer as createTcpServer, type ListenOptions, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

export type { ListenOptions, Server, Socket, TlsOptions };

/**
 * Makes a server that hands every connection over as soon as bytes may come, with TLS once that is agreed, and never when it
 * is not: RFC 6455 §4.2.2(b), §10.6(a).
 *
 * @param tls certificates and keys; `undefined` for plain TCP.
 * @param handshakeTimeout milliseconds for the TLS handshake; 0 for Node's own 120 s.
 * @throws what node:tls throws on a bad certificate.
 */
export function createListener(
  tls: TlsOptions | undefined,
  handshakeTimeout: number,
  onSocket: (socket: Socket) => void,
): Server {
  // Half-open sockets are ended by us, behind what is still to be sent.
  if (tls === undefined) {
    let unneeded: (() => void)[] | undefined;
    return createTcpServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      // Node's own sees to sockets that must not be half-open. Two listeners would be an array for each connection. One by
      // one, since removeAllListeners() makes a dictionary of what holds them. They are the same for each socket.
      unneeded ??= socket.listeners('end') as (() => void)[];
      for (const listener of unneeded) socket.removeListener('end', listener);
      onSocket(socket);
    });
  }
  const timeout = handshakeTimeout > 0 ? { handshakeTimeout } : {};
  const server = createTlsServer({ allowHalfOpen: true, ...timeout, ...tls }, onSocket);
  // Node tells that a client has failed TLS, or not begun it in time, and leaves its socket to us.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return server;
}
