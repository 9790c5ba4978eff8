// Listening for TCP connections, with TLS or without: the server's half of the I/O line.
import { createServer as createTcpServer, type ListenOptions, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

export type { ListenOptions, Server, Socket, TlsOptions };

/**
 * Makes a server that hands every connection over as soon as bytes may come, with TLS once that is agreed.
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
  if (tls === undefined) return createTcpServer({ allowHalfOpen: true, noDelay: true }, onSocket);
  const timeout = handshakeTimeout > 0 ? { handshakeTimeout } : {};
  const server = createTlsServer({ allowHalfOpen: true, ...timeout, ...tls }, onSocket);
  // A client that fails TLS is its own problem; its socket is closed by node:tls.
  server.on('tlsClientError', () => {});
  return server;
}
