// The two things that this floor takes from node:http: the class that applications know requests by, and the server that
// answers requests which are no upgrades. No byte of a WebSocket ever passes through either.
import { createServer, IncomingMessage, type RequestListener, Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Fields, RequestHead } from '../handshake/index.ts';

export type { IncomingMessage, RequestListener, ServerResponse };
export type HttpServer = Server;

/** The fields of a request as `node:http` shows them. */
interface Forms {
  headers: object | undefined;
  headersDistinct: object | undefined;
  rawHeaders: string[] | undefined;
}

/** `IncomingMessage` is making one: what it sets then, before there are fields of ours, is not what somebody has put there. */
let isBeingMade = false;

/** The request of an opening handshake. Its fields take the forms of `node:http` when somebody asks for them. */
class HandshakeRequest extends IncomingMessage {
  #fields: Fields | undefined = undefined;
  /** What somebody has asked for, or put in its place: nothing for most requests. */
  #forms: Forms | undefined = undefined;

  static {
    // IncomingMessage makes them of what its own parser has counted, and that is nothing here.
    Object.defineProperties(HandshakeRequest.prototype, {
      headers: {
        get(this: HandshakeRequest) {
          const forms = HandshakeRequest.#formsOf(this);
          forms.headers ??= this.#fields?.toObject() ?? {};
          return forms.headers;
        },
        set(this: HandshakeRequest, headers: object) {
          HandshakeRequest.#formsOf(this).headers = headers;
        },
      },
      headersDistinct: {
        get(this: HandshakeRequest) {
          const forms = HandshakeRequest.#formsOf(this);
          forms.headersDistinct ??= distinct(this.#fields);
          return forms.headersDistinct;
        },
        set(this: HandshakeRequest, headers: object) {
          HandshakeRequest.#formsOf(this).headersDistinct = headers;
        },
      },
      rawHeaders: {
        get(this: HandshakeRequest) {
          const forms = HandshakeRequest.#formsOf(this);
          forms.rawHeaders ??= this.#fields?.raw() ?? [];
          return forms.rawHeaders;
        },
        set(this: HandshakeRequest, headers: string[]) {
          if (!isBeingMade) HandshakeRequest.#formsOf(this).rawHeaders = headers;
        },
      },
    });
  }

  static #formsOf(request: HandshakeRequest): Forms {
    request.#forms ??= { headers: undefined, headersDistinct: undefined, rawHeaders: undefined };
    return request.#forms;
  }

  constructor(head: RequestHead, socket: Socket) {
    isBeingMade = true;
    super(socket);
    isBeingMade = false;
    this.#fields = head.fields;
    this.method = head.method;
    this.url = head.target;
    this.httpVersionMajor = head.majorVersion;
    this.httpVersionMinor = head.minorVersion;
    this.httpVersion = head.minorVersion === 1 ? '1.1' : '1.0'; // There are no others: RFC 9112 §2.3.
    this.complete = true;
  }

  /** An opening handshake has no body: whoever reads it gets its end, and nobody pays for that who does not. */
  override _read(): void {
    this.push(null);
  }
}

function distinct(fields: Fields | undefined): object {
  const object: Record<string, string[]> = Object.create(null);
  if (fields === undefined) return object;
  for (const [name, value] of fields) {
    const key = name.toLowerCase();
    const known = object[key];
    if (known === undefined) object[key] = [value];
    else known.push(value);
  }
  return object;
}

/** The request of an opening handshake in the shape that `connection` listeners and middleware expect. */
export function requestOf(head: RequestHead, socket: Socket): IncomingMessage {
  return new HandshakeRequest(head, socket);
}

/** A server for the requests that are no upgrades: connections are handed to it. */
export function fallbackServer(fallback: RequestListener | Server): Server {
  return fallback instanceof Server ? fallback : createServer(fallback);
}

/**
 * Says to a server that it gets connections from now on. Only then does it watch over them (`headersTimeout`,
 * `requestTimeout`, `closeIdleConnections`); one that listens itself knows already.
 */
export function open(server: Server): void {
  if (!server.listening) server.emit('listening');
}

/** Says that no more will come. Idle connections are closed, requests under way are answered. */
export function close(server: Server): void {
  if (server.listening) server.closeIdleConnections();
  else server.close();
}
