// The first choice: a WebSocket, the platform's or one that is given. With credentials it is open when AUTH has been answered
// by AUTH_OK; without, when the platform says so. RFC 6455 §4.2.2 lets a server refuse with any status, and Retry-After.
import { hintOfReason } from './backoff.ts';
import type {
  AdaptedSocket,
  Credentials,
  Link,
  LinkEnd,
  LinkListener,
  LinkRequest,
  PlatformWebSocket,
  Sendable,
  Transport,
  WebSocketConstructor,
} from './transport.ts';

/** Over a WebSocket (RFC 6455). */
export const websocket: Transport = {
  name: 'websocket',
  open: (request, listener) => new WebSocketLink(request, listener),
};

class WebSocketLink implements Link {
  readonly socket: PlatformWebSocket;
  readonly #adapted: AdaptedSocket | undefined;
  readonly #credentials: Credentials | undefined;
  #listener: LinkListener | undefined;
  #isOpen = false;
  #error: unknown;

  constructor(request: LinkRequest, listener: LinkListener) {
    const { url, protocols, credentials, webSocketOptions } = request;
    const WebSocket = (request.WebSocket ?? globalThis.WebSocket) as unknown as WebSocketConstructor | undefined;
    if (WebSocket === undefined) throw new TypeError('no WebSocket here: give one');
    this.#listener = listener;
    this.#credentials = credentials;
    // A browser's constructor takes no third argument, and does not mind one; that of Node 22 reads it.
    const socket = new WebSocket(url, protocols as never, webSocketOptions as never);
    this.socket = socket;
    socket.onopen = () => this.#onOpen();
    socket.onmessage = ({ data }: { data: unknown }) => this.#onMessage(data);
    socket.onclose = ({ code, reason, wasClean }: LinkEnd) =>
      this.#end({ code, reason, wasClean, retry: hintOfReason(reason), error: this.#error });
    socket.onerror = ({ error }: { error?: unknown }) => {
      this.#error = error;
    };
    this.#adapted = request.adapt?.(
      socket,
      () => this.#listener?.onAlive(),
      (end) => this.#end(end),
    );
  }

  get bufferedAmount(): number {
    return this.socket.bufferedAmount;
  }

  send(data: Sendable): void {
    this.socket.send(data as never);
  }

  ping(): boolean {
    return this.#adapted?.ping() ?? false;
  }

  close(code: number | undefined, reason: string | undefined): void {
    this.socket.close(code, reason);
  }

  drop(): void {
    this.#listener = undefined;
    if (this.#adapted === undefined) this.socket.close();
    else this.#adapted.drop();
  }

  #onOpen(): void {
    const { token, name } = this.#credentials ?? {};
    if (this.#credentials === undefined) this.#begin();
    else if (this.#listener !== undefined) this.send(JSON.stringify({ type: 'AUTH', token: token ?? name }));
  }

  #onMessage(data: unknown): void {
    if (this.#isOpen) this.#listener?.onMessage(data);
    // The first answer to AUTH: whoever is not believed is told by a Close frame.
    else if (typeof data === 'string' && /"type":"AUTH_OK"/.test(data)) this.#begin();
    else this.#listener?.onAlive();
  }

  #begin(): void {
    this.#isOpen = true;
    this.#listener?.onOpen();
  }

  #end(end: LinkEnd): void {
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.onEnd(end);
  }
}
