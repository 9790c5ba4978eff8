// A WebSocket server with the face of `ws`: on a port of its own over raw TCP, beside an http or https server, or without
// one. Holds the clients and the life of the server; who gets in is decided in upgrade.ts.
import { EventEmitter } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { JobQueue } from '../deflate/index.ts';
import { headOfIncomingMessage, type UpgradeHead } from '../handshake/index.ts';
import { PreparedMessage } from '../message/index.ts';
import { type Establishment, establish, type Sendable, toBytes, WebSocket } from '../websocket/index.ts';
import type { Lease } from './address-limits.ts';
import { addressKey, clientAddress } from './client-address.ts';
import type { IncomingMessage } from './node-http.ts';
import { readServerOptions, type ServerOptions, type ServerSettings } from './options.ts';
import { PortListener, type PortListenerHost } from './port-listener.ts';
import { type ShutdownOptions, shutDown } from './shutdown.ts';
import { Upgrade, type UpgradeHost } from './upgrade.ts';

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

/** Called for each client that {@link WebSocketServer.handleUpgrade} lets in. */
export type UpgradeCallback = (websocket: WebSocket, request: IncomingMessage) => void;

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
  readonly #jobs: JobQueue | undefined;
  readonly #listener: PortListener | undefined;
  readonly #removeListeners: (() => void) | undefined;
  #life: Life = Life.Running;
  /** Of servers that are not ours to close: `close` is emitted when the last client has gone. */
  #closesWithClients = false;

  /**
   * @param options exactly one of `port`, `server` and `noServer`.
   * @param callback listens to `listening` of a server with `port`.
   * @throws TypeError or RangeError naming the option that is not what it must be.
   */
  constructor(options: ServerOptions, callback?: () => void) {
    super();
    this.options = options;
    this.#settings = readServerOptions(options);
    this.path = options.path;
    this.clients = options.clientTracking === false ? undefined : new Set();
    this.#jobs = this.#settings.deflate && sharedJobs(this.#settings.deflate.concurrencyLimit);
    if (options.server !== undefined && options.server !== null) {
      this.#removeListeners = this.#listenTo(options.server);
    } else if (options.port !== undefined) {
      if (callback !== undefined) this.once('listening', callback);
      this.#listener = new PortListener(this.#listenerHost());
    }
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
    if (this.options.path === undefined) return true;
    const url = request.url ?? '';
    const query = url.indexOf('?');
    return (query === -1 ? url : url.slice(0, query)) === this.options.path;
  }

  /**
   * Takes an upgrade of an http server.
   *
   * @param head bytes that came behind the request.
   * @param callback called with the WebSocket when the client has been let in.
   * @throws Error when the socket was upgraded before.
   */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, callback: UpgradeCallback): void {
    this.#upgrade(request, socket, head, headOfIncomingMessage(request, this.#settings.maxHeadersCount), callback);
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
    if (this.#listener !== undefined) this.#listener.close();
    else if (this.clients !== undefined && this.clients.size > 0) this.#closesWithClients = true;
    else process.nextTick(() => this.#emitClose());
  }

  /**
   * Ends the server without cutting anybody off: no new connections, a Close frame to each client in batches, time for
   * their answers, then the end for who did not give one.
   *
   * @returns a promise that resolves when every client has gone and, with `port`, the port is free.
   */
  shutdown(options: ShutdownOptions = {}): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      if (this.#life === Life.Closed) resolve();
      else this.close(() => resolve());
    });
    return shutDown(this.clients ?? new Set(), closed, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  // ---- behind the scenes

  #upgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    upgradeHead: UpgradeHead,
    callback: UpgradeCallback,
  ): void {
    socket.on('error', ignore);
    new Upgrade(this.#upgradeHost(callback), request, socket, head).start(upgradeHead);
  }

  #upgradeHost(callback: UpgradeCallback): UpgradeHost {
    return {
      options: this.options,
      settings: this.#settings,
      jobs: this.#jobs,
      accepting: this.#life === Life.Running,
      shouldHandle: (request) => this.shouldHandle(request) === true,
      lease: (request, socket) => this.#lease(request, socket as Socket),
      onHeaders: (lines, request) => this.emit('headers', lines, request),
      onClientError: (error, socket, request) => this.emit('wsClientError', error, socket, request),
      onAccepted: (establishment, request) => this.#onAccepted(establishment, request, callback),
    };
  }

  #onAccepted(establishment: Establishment, request: IncomingMessage, callback: UpgradeCallback): void {
    const Class = this.options.WebSocket ?? WebSocket;
    const websocket = new Class(null, undefined, this.options);
    const { clients } = this;
    if (clients !== undefined) {
      clients.add(websocket);
      websocket.on('close', () => {
        clients.delete(websocket);
        if (this.#closesWithClients && clients.size === 0) process.nextTick(() => this.#emitClose());
      });
    }
    establish(websocket, establishment);
    callback(websocket, request);
  }

  /** Counts a WebSocket under the address of its client, whom trusted proxies may name. */
  #lease(request: IncomingMessage, socket: Socket): Lease | undefined {
    const { limits, trusted } = this.#settings;
    const forwarded = trusted === undefined ? undefined : request.headers['x-forwarded-for'];
    const address = clientAddress(socket.remoteAddress, forwarded as string | undefined, trusted);
    return limits.take(addressKey(address));
  }

  #listenTo(server: Server): () => void {
    const onListening = (): boolean => this.emit('listening');
    const onError = (error: Error): boolean => this.emit('error', error);
    const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void =>
      this.handleUpgrade(request, socket, head, (websocket) => this.emit('connection', websocket, request));
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
    const { limits, trusted } = this.#settings;
    return {
      options: this.options,
      settings: this.#settings,
      leaseSocket: (socket) => {
        const peer = socket.remoteAddress ?? '';
        // A trusted proxy's own address says nothing; its clients are counted when the head names them.
        return trusted?.has(peer) ? UNCOUNTED : limits.take(addressKey(clientAddress(peer, undefined, undefined)));
      },
      onUpgrade: (request, socket, rest, head) =>
        this.#upgrade(request, socket, rest, head, (websocket) => this.emit('connection', websocket, request)),
      onFallbackUpgrade: (request, socket, rest) =>
        this.handleUpgrade(request, socket, rest, (websocket) => this.emit('connection', websocket, request)),
      onListening: () => this.emit('listening'),
      onError: (error) => this.emit('error', error),
      onClosed: () => this.#emitClose(),
    };
  }

  #emitClose(): void {
    this.#life = Life.Closed;
    this.emit('close');
  }
}

const UNCOUNTED: Lease = { release() {} };

function ignore(): void {}

/** The compression jobs of all servers with the same limit: the threads behind them are shared too. */
const jobQueues = new Map<number, JobQueue>();

function sharedJobs(limit: number): JobQueue {
  let jobs = jobQueues.get(limit);
  if (jobs === undefined) {
    jobs = new JobQueue(limit);
    jobQueues.set(limit, jobs);
  }
  return jobs;
}

function exceptions(except: WebSocket | Iterable<WebSocket> | undefined): ReadonlySet<WebSocket> | undefined {
  if (except === undefined) return undefined;
  return except instanceof WebSocket ? new Set([except]) : new Set(except);
}
