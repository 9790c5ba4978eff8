// The two things that this floor takes from node:http: the class that applications know requests by, and the server that
// answers requests which are no upgrades. No byte of a WebSocket ever passes through either.
import { createServer, IncomingMessage, type RequestListener, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { RequestHead } from '../handshake/index.ts';

export { IncomingMessage, type RequestListener };
export type HttpServer = Server;

/** The request of an opening handshake in the shape that `connection` listeners and middleware expect. */
export function requestOf(head: RequestHead, socket: Socket): IncomingMessage {
  const request = new IncomingMessage(socket);
  request.method = head.method;
  request.url = head.target;
  request.httpVersionMajor = head.majorVersion;
  request.httpVersionMinor = head.minorVersion;
  request.httpVersion = `${head.majorVersion}.${head.minorVersion}`;
  // `headers` and the rest are made of these when somebody asks.
  request.rawHeaders = head.fields.raw();
  request.complete = true;
  // An opening handshake has no body: whoever reads it gets its end.
  request.push(null);
  return request;
}

/** A server for the requests that are no upgrades; it never listens, connections are handed to it. */
export function fallbackServer(fallback: RequestListener | Server): Server {
  return fallback instanceof Server ? fallback : createServer(fallback);
}
