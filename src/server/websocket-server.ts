// A WebSocket server with the face of `ws`: on a port of its own over raw TCP, beside an http or https server, or without
// one. Holds the clients and the life of the server; who gets in is decided in upgrade.ts.
import { EventEmitter } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { headOfIncomingMessage, type Rejection, type RequestHead, type UpgradeHead } from '../handshake/index.ts';
import { readRequestTarget } from '../http/index.ts';
import { PreparedMessage } from '../message/index.ts';
import { clock, ignoreErrors } from '../transport/index.ts';
import { compressionJobs, establish, type Sendable, toBytes, WebSocket } from '../websocket/index.ts';
import { type AddressCounts, type Lease, NO_LEASE } from './address-limits.ts';
import { forgiveRefusal } from './authentication-error.ts';
import { addressKey, clientAddress } from './client-address.ts';
import { type IncomingMessage, requestOf } from './node-http.ts';
import { readServerOptions, type ServerOptions, type ServerSettings } from './options.ts';
import { PortListener, type PortListenerHost } from './port-listener.ts';
import { type Dismiss, readShutdownOptions, type ShutdownOptions, shutDown } from './shutdown.ts';
import { Upgrade, type UpgradeCallback, type UpgradeHost } from './upgrade.ts';

/** Where a server stands in its life. */
const Life = { Running: 0, Closing: 1, Closed: 2 } as const;
type Life = (typeof Life)[keyof typeof Life];

/** What `broadcast` does besides. */
export interface BroadcastOptions {
  /** Not to this one, or to none of these. */
  except?: WebSocket | Iterable<WebSocket> | undefined;
  /** Only to those for which it answers `true`. */
  filter?: ((client: WebSocket) => boolean) | undefined;
  /** Binary or text. Default: text for strings, binary for the rest. */
  binary?: boolean | undefined;
  /** Whether to compress for those who agreed to it. Default `true`. */
  compress?: boolean | undefined;
}

/**
 * A WebSocket server.
 *
 * Events: `listening`, `connection (websocket, request)`, `headers (lines, request)`, `wsClientError (error, socket,
 * request)`, `error (error)`, `close`.
 */
export class WebSocketServer extends EventEmitter {
  readonly options: ServerOptions;
  /** Path that is served; `undefined` for all. */
  readonly path: string | undefined;
  /** The open WebSockets; `undefined` with `clientTracking: false`. */
  readonly clients: Set<WebSocket> | undefined;
  readonly #settings: ServerSettings;
  readonly #listener: PortListener | undefined;
  readonly #removeListeners: (() => void) | undefined;
  /** What all upgrades share. */
  readonly #upgrades: UpgradeHost;
  readonly #emitConnection: UpgradeCallback = (websocket, request) => this.emit('connection', websocket, request);
  #life: Life = Life.Running;
  /** Nothing is open any more but clients: `close` is emitted when the last one has gone. */
  #closesWithClients = false;

  /**
   * @param options exactly one of `port`, `server` and `noServer`.
   * @param callback listens to `listening` of a server with `port`.
   * @throws TypeError or RangeError naming the option that is not what it must be.
   */
  constructor(options: ServerOptions, callback?: () => void) {
    // An async listener of `connection` may wait for a first message that is refused: see below.
    super({ captureRejections: true });
    // A copy: what is changed here later, as some programs do, concerns this server alone.
    this.options = { ...options };
    this.#settings = readServerOptions(options);
    this.path = options.path;
    this.clients = options.clientTracking === false ? undefined : new Set();
    this.#upgrades = this.#upgradeHost();
    if (options.server !== undefined && options.server !== null) {
      this.#removeListeners = this.#listenTo(options.server);
    } else if (options.port != null) {
      if (callback !== undefined) this.once('listening', callback);
      this.#listener = new PortListener(this.#listenerHost());
    }
  }

  /** Told what an async listener rejects with. */
  override [EventEmitter.captureRejectionSymbol](error: unknown): void {
    Promise.reject(error).catch(forgiveRefusal);
  }

  /** How much the server remembers of addresses, for the limits by address: for a look at it, and for tests. */
  get addressCounts(): AddressCounts {
    return this.#settings.limits.counts;
  }

  /**
   * Where the server listens.
   *
   * @throws Error with `noServer`.
   */
  address(): AddressInfo | string | null {
    if (this.options.noServer) throw new Error('this server has no address: it was made with noServer');
    return this.#listener === undefined ? (this.options.server as Server).address() : this.#listener.address();
  }

  /** Whether a request is for this server: its path is. Override it to decide otherwise. */
  shouldHandle(request: IncomingMessage): boolean | undefined {
    if (this.options.path == null) return true;
    // RFC 9112 §3.2.2: a target may also be a whole URI.
    const { resource } = readRequestTarget('GET', request.url ?? '') ?? { resource: '' };
    const query = resource.indexOf('?');
    return (query === -1 ? resource : resource.slice(0, query)) === this.options.path;
  }

  /**
   * Takes an upgrade of an http server.
   *
   * @param head bytes that came behind the request.
   * @param callback called with the WebSocket when the client has been let in.
   * @throws Error when the socket was upgraded before.
   */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, callback: UpgradeCallback): void {
    ignoreErrors(socket);
    const upgradeHead = headOfIncomingMessage(request, this.#settings.maxHeadersCount);
    this.#upgrade(request, socket, head, upgradeHead, 0, NO_LEASE, callback);
  }

  // ---- to all clients

  /** Makes a message ready to be sent many times: framed once, and deflated once. The bytes must not change. */
  prepare(data: Exclude<Sendable, Blob>, options: { binary?: boolean | undefined } = {}): PreparedMessage {
    const isBinary = options.binary ?? (typeof data !== 'string' && typeof data !== 'number');
    return new PreparedMessage(toBytes(data), isBinary);
  }

  /**
   * Sends a message to all open clients. It is framed once, and deflated once for all that agreed to the same parameters.
   *
   * @returns how many clients it was sent to.
   * @throws Error with `clientTracking: false`.
   */
  broadcast(data: Exclude<Sendable, Blob> | PreparedMessage, options: BroadcastOptions = {}): number {
    if (this.clients === undefined) throw new Error('broadcast() needs the set of clients: clientTracking is off');
    const message = data instanceof PreparedMessage ? data : this.prepare(data, options);
    const { filter } = options;
    const except = exceptions(options.except);
    const sendOptions = { compress: options.compress };
    let count = 0;
    for (const client of this.clients) {
      if (client.readyState !== WebSocket.OPEN || except?.has(client) || filter?.(client) === false) continue;
      client.send(message, sendOptions);
      count++;
    }
    return count;
  }

  // ---- the end

  /**
   * Stops taking connections: new upgrades are answered by 503. Open WebSockets stay; `close` is emitted when all is over.
   *
   * @param callback called then, or with an error when the server was closed before.
   */
  close(callback?: (error?: Error) => void): void {
    if (this.#life === Life.Closed) {
      if (callback !== undefined) process.nextTick(callback, new Error('The server is not running'));
      return;
    }
    if (callback !== undefined) this.once('close', callback);
    if (this.#life === Life.Closing) return;
    this.#life = Life.Closing;
    this.#removeListeners?.();
    for (const upgrade of [...this.#upgrades.pending]) upgrade.cancel();
    if (this.#listener !== undefined) this.#listener.close();
    else this.#closeWithClients();
  }

  /**
   * Ends the server without cutting anybody off: no new connections, a Close frame to each client in batches, time for
   * their answers, then the end for who did not give one.
   *
   * @returns a promise that resolves when every client has gone and, with `port`, the port is free.
   * @throws TypeError or RangeError naming the option that makes no sense, Error with `clientTracking: false`.
   */
  shutdown(options: ShutdownOptions = {}): Promise<void> {
    if (this.clients === undefined) throw new Error('shutdown() needs the set of clients: clientTracking is off');
    const plan = readShutdownOptions(options);
    const closed = new Promise<void>((resolve) => {
      if (this.#life === Life.Closed) resolve();
      else this.close(() => resolve());
    });
    const dismiss: Dismiss = (client, code, reason) => this.dismiss(client, code, reason);
    return shutDown(this.clients, dismiss, closed, plan, () => this.#listener?.cutOff());
  }

  /** @internal How {@link shutdown} begins the end of one client: at once, unless somebody overrides it. */
  protected dismiss(client: WebSocket, code: number, reason: string | undefined): void {
    client.close(code, reason);
  }

  /** @internal A connection, or an opening handshake, has been refused. */
  protected refused(_status: number): void {}

  /**
   * @internal Counts a request that is no upgrade under the address of its client.
   *
   * @param lasts whether it is a connection as long as it lasts, as an event stream is; or answered at once.
   */
  protected leaseRequest(request: IncomingMessage, lasts: boolean): Lease | Rejection {
    const { limits, trusted } = this.#settings;
    if (!limits.areOn) return NO_LEASE;
    const { remoteAddress } = request.socket;
    const key = this.addressOf(request);
    const now = clock.now();
    if (!lasts) return limits.look(key, now);
    // Of a trusted proxy's connections nobody has counted the beginning, nor could: its clients share them.
    return trusted?.has(clientAddress(remoteAddress, undefined, undefined))
      ? limits.take(key, now)
      : limits.hold(key, now);
  }

  /** @internal What the client of a request is counted under. */
  protected addressOf({ socket, headers }: IncomingMessage): string {
    const { trusted } = this.#settings;
    const field = trusted === undefined ? undefined : headers['x-forwarded-for'];
    const forwarded = Array.isArray(field) ? field.join(', ') : field;
    return addressKey(clientAddress(socket.remoteAddress, forwarded, trusted));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  // ---- behind the scenes

  #upgrade(
    request: IncomingMessage | undefined,
    socket: Duplex,
    head: Buffer,
    upgradeHead: UpgradeHead,
    deadline: number,
    lease: Lease,
    callback: UpgradeCallback,
  ): void {
    new Upgrade(this.#upgrades, request, socket, head, lease, callback).start(upgradeHead, deadline);
  }

  /** One for all upgrades, with functions that are made once. */
  #upgradeHost(): UpgradeHost {
    const server = this;
    const { options, clients } = this;
    const settings = this.#settings;
    if (clients !== undefined) settings.endpoint.onClosed = (websocket) => this.#forget(websocket as WebSocket);
    const Class = options.WebSocket ?? WebSocket;
    return {
      options,
      settings,
      jobs: settings.deflate && compressionJobs(settings.deflate.concurrencyLimit),
      pending: new Set(),
      get isAccepting() {
        return server.#life === Life.Running;
      },
      get hearsHeaders() {
        return server.listenerCount('headers') > 0;
      },
      get hearsClientErrors() {
        return server.listenerCount('wsClientError') > 0;
      },
      requestOf: (head, socket) => requestOf(head as RequestHead, socket as Socket),
      shouldHandle: (request) => this.shouldHandle(request) === true,
      lease: (head, socket) => this.#lease(head, socket as Socket),
      onRefused: (status) => this.refused(status),
      onHeaders: (lines, request) => this.emit('headers', lines, request),
      onClientError: (error, socket, request) => this.emit('wsClientError', error, socket, request),
      createWebSocket: () => new Class(null, undefined, options),
      onAccepted: (websocket, establishment) => {
        clients?.add(websocket);
        establish(websocket, establishment);
      },
    };
  }

  #forget(client: WebSocket): void {
    const clients = this.clients as Set<WebSocket>;
    clients.delete(client);
    if (this.#closesWithClients && clients.size === 0) process.nextTick(() => this.#emitClose());
  }

  /** Counts a WebSocket under the address of its client, whom trusted proxies may name. */
  #lease(head: UpgradeHead, socket: Socket): Lease | Rejection {
    const { limits, trusted } = this.#settings;
    if (!limits.areOn) return NO_LEASE;
    const forwarded = trusted === undefined ? undefined : head.fields.get('x-forwarded-for');
    return limits.take(addressKey(clientAddress(socket.remoteAddress, forwarded, trusted)), clock.now());
  }

  /** Counts a connection of which nothing has been read. */
  #leaseSocket(socket: Socket): Lease | Rejection {
    const { limits, trusted } = this.#settings;
    if (!limits.areOn) return NO_LEASE;
    const peer = clientAddress(socket.remoteAddress, undefined, undefined);
    // A trusted proxy's own address says nothing; its clients are counted when the head names them.
    return trusted?.has(peer) ? NO_LEASE : limits.take(addressKey(peer), clock.now());
  }

  #listenTo(server: Server): () => void {
    const onListening = (): boolean => this.emit('listening');
    const onError = (error: Error): boolean => this.emit('error', error);
    const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void =>
      this.handleUpgrade(request, socket, head, this.#emitConnection);
    server.on('listening', onListening);
    server.on('error', onError);
    server.on('upgrade', onUpgrade);
    return () => {
      server.removeListener('listening', onListening);
      server.removeListener('error', onError);
      server.removeListener('upgrade', onUpgrade);
    };
  }

  #listenerHost(): PortListenerHost {
    return {
      options: this.options,
      settings: this.#settings,
      onRefused: (status) => this.refused(status),
      leaseSocket: (socket) => this.#leaseSocket(socket),
      onUpgrade: (socket, rest, head, deadline, lease) =>
        this.#upgrade(undefined, socket, rest, head, deadline, lease, this.#emitConnection),
      onFallbackUpgrade: (request, socket, rest) => this.handleUpgrade(request, socket, rest, this.#emitConnection),
      onListening: () => this.emit('listening'),
      onError: (error) => this.emit('error', error),
      // The port may be free a moment before the last client knows that it is gone.
      onClosed: () => this.#closeWithClients(),
    };
  }

  /** `close` is emitted when the last client has gone, in a later turn. */
  #closeWithClients(): void {
    if (this.clients !== undefined && this.clients.size > 0) this.#closesWithClients = true;
    else process.nextTick(() => this.#emitClose());
  }

  #emitClose(): void {
    this.#life = Life.Closed;
    this.emit('close');
  }
}

function exceptions(except: WebSocket | Iterable<WebSocket> | undefined): ReadonlySet<WebSocket> | undefined {
  if (except === undefined) return undefined;
  return except instanceof WebSocket ? new Set([except]) : new Set(except);
}
