// Both ends of a real connection over loopback, closed when the test is over.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { onTestFinished } from 'vitest';
import type { Certificates } from '../client/certificates.ts';

/** Two ends of one connection. */
export interface SocketPair {
  /** The end under test: accepted by a server that lets sockets be half open. */
  readonly ours: Socket;
  /** The other end. It reads nothing until it is told to. */
  readonly theirs: Socket;
}

/** Where a server that listens on loopback can be reached. */
export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function endWithTest(...things: (Socket | Server)[]): void {
  onTestFinished(() => {
    for (const thing of things) {
      if ('destroy' in thing) thing.destroy();
      else thing.close();
    }
  });
}

/** A connection over TCP. */
export async function tcpPair(): Promise<SocketPair> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  endWithTest(server);
  await once(server, 'listening');
  const theirs = connect({ port: portOf(server), host: '127.0.0.1', allowHalfOpen: true });
  theirs.on('error', () => {});
  endWithTest(theirs);
  const [ours] = (await once(server, 'connection')) as [Socket];
  endWithTest(ours);
  if (theirs.connecting) await once(theirs, 'connect');
  return { ours, theirs };
}

/** A connection over TLS. */
export async function tlsPair({ ca, server: identity }: Certificates): Promise<SocketPair> {
  const server = createTlsServer({ ...identity, allowHalfOpen: true }).listen(0, '127.0.0.1');
  endWithTest(server);
  await once(server, 'listening');
  const theirs = connectTls({ port: portOf(server), host: '127.0.0.1', ca, servername: 'localhost' });
  theirs.on('error', () => {});
  endWithTest(theirs);
  const [[ours]] = (await Promise.all([once(server, 'secureConnection'), once(theirs, 'secureConnect')])) as [
    [Socket],
    unknown,
  ];
  endWithTest(ours);
  return { ours, theirs };
}

/** Until a socket is gone, with an error or without: once() of node:events would throw the error. */
export function closed(socket: Duplex): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });
}

/** Everything that comes until the end. */
export async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  if (!socket.readableEnded) await once(socket, 'end');
  return Buffer.concat(chunks);
}

/** The next `length` bytes; the socket stands still behind them. */
export function readBytes(socket: Socket, length: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let missing = length;
    const onEnd = (): void => reject(new Error(`the other side ended ${missing} bytes too early`));
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk.subarray(0, missing));
      missing -= chunk.length;
      if (missing > 0) return;
      socket.pause();
      socket.removeListener('data', onData);
      socket.removeListener('end', onEnd);
      if (missing < 0) socket.unshift(chunk.subarray(chunk.length + missing));
      resolve(Buffer.concat(chunks));
    };
    socket.on('data', onData);
    socket.on('end', onEnd);
    socket.resume();
  });
}
