// The whole server that stands behind `npm start` and `sluice serve`: rooms over WebSocket, event streams and long polling,
// the demo page, its state, and, where it is asked for, the looking glass. Holds nothing but the wiring.
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Broker, MemoryBroker, Rooms } from '../rooms/index.ts';
import { type ClientInformation, type ShutdownOptions, WebSocketServer } from '../server/index.ts';
import { clock } from '../transport/index.ts';
import type { WebSocket } from '../websocket/index.ts';
import { closeReason, drawRetry } from './come-again.ts';
import { type Health, healthOf, type Transports } from './health.ts';
import { httpRoutes, pathOf } from './http-routes.ts';
import { LoopDelay } from './loop-delay.ts';
import { AppCloseCode, SUBPROTOCOL } from './message.ts';
import { metricsText } from './metrics.ts';
import { type AppOptions, type AppSettings, readAppOptions } from './options.ts';
import { OriginPolicy } from './origin-policy.ts';
import { Outages } from './outages.ts';
import { RoomRoutes } from './room-routes.ts';
import { Session, type SessionSettings } from './session.ts';
import { readStaticFiles, type StaticFile } from './static-files.ts';
import { Statistics } from './statistics.ts';
import { Visits } from './visits.ts';

/** Where clients of the rooms connect. */
const ROOM_PATHS: ReadonlySet<string> = new Set(['/ws', '/']);
const INSPECT_PATH = '/inspect';

/** The longest message in bytes, and the longest event: the longest content, as JSON may have to escape it. */
const MAX_PAYLOAD = 131_072;
/** How a stopping server sends event streams and polls away: as many at a time as WebSockets. */
const DEFAULT_BATCHES = { batch: 1_000, batchInterval: 100 } as const;
const SECOND = 1_000;

/**
 * A server with rooms. Made by {@link createWebSocketServer}.
 *
 * Events besides those of a WebSocketServer: `answer (route, method, status)` of a request; `broker (status)` when the broker
 * is lost or found; `fault (error)` for a mistake of the program that has kept somebody from something.
 */
export class App extends WebSocketServer {
  /** The rooms, for what the program itself has to say in them, or to whom it shows the door. */
  readonly rooms: Rooms;
  readonly #settings: AppSettings;
  readonly #sessionSettings: SessionSettings;
  readonly #sessions = new WeakMap<WebSocket, Session>();
  readonly #ownBroker: Broker | undefined;
  readonly #visits: Visits;
  readonly #statistics: Statistics;
  readonly #loopDelay: LoopDelay;
  readonly #started = performance.now();

  /** @internal */
  constructor(port: number, settings: AppSettings, files: ReadonlyMap<string, StaticFile>) {
    const { authorize, authenticate, authTimeout, history, isOpen, rate } = settings;
    const origins = new OriginPolicy(settings);
    const visits = new Visits();
    const statistics = new Statistics();
    const outages = settings.outages === true ? new Outages(() => clock.now()) : undefined;
    const ownBroker = settings.broker === undefined ? new MemoryBroker({ history }) : undefined;
    const rooms = new Rooms({
      broker: settings.broker ?? ownBroker,
      authorize,
      maxRoomsPerMember: settings.maxRoomsPerConnection,
      maxEventSize: MAX_PAYLOAD,
    });
    const shared = {
      rooms,
      authenticate,
      authTimeout,
      rate,
      onPublished: () => {
        statistics.published++;
      },
      onFault: (error: unknown) => this.emit('fault', error),
    };
    const routes = new RoomRoutes({
      ...shared,
      isOpen,
      origins,
      visits,
      lease: (request, lasts) => this.leaseRequest(request, lasts),
      addressOf: (request) => this.addressOf(request),
      onSlow: () => {
        statistics.slow.sse++;
      },
    });
    super({
      port,
      host: settings.host,
      tls: settings.tls,
      fallback: httpRoutes({
        files,
        health: () => this.health,
        metrics: () => this.#metrics(),
        isAtHome: (request, response) => origins.admits(request, response),
        answerRoom: (request, response, path) => routes.answer(request, response, path),
        admit: (request, response) => outages?.admit(request, response) !== false,
        answerOutage: (request, response) => {
          outages?.answer(request, response);
          return outages !== undefined;
        },
        onAnswered: (route, method, status) => {
          statistics.answered(status);
          this.emit('answer', route, method, status);
        },
      }),
      maxPayload: MAX_PAYLOAD,
      allowedOrigins: settings.allowedOrigins,
      maxConnectionsPerIp: settings.maxConnectionsPerIp,
      maxHandshakesPerIp: settings.maxHandshakesPerIp,
      maxFailedAuthenticationsPerIp: settings.maxFailedAuthenticationsPerIp,
      trustProxy: settings.trustProxy,
      handleProtocols: (protocols) => (protocols.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
      verifyClient: ({ origin, req }: ClientInformation, callback) => {
        if (outages?.admit(req) !== false) callback(origins.isAtHome(origin), 403);
      },
    });
    this.rooms = rooms;
    this.#settings = settings;
    this.#sessionSettings = shared;
    this.#ownBroker = ownBroker;
    this.#visits = visits;
    this.#statistics = statistics;
    this.#loopDelay = new LoopDelay();
    rooms.on('gap', () => {
      statistics.gaps++;
    });
    rooms.on('status', (status) => this.emit('broker', status));
    this.on('headers', (_lines: string[], request: IncomingMessage) => this.#onHeaders(request));
    this.on('connection', (websocket: WebSocket, request: IncomingMessage) => this.#onConnection(websocket, request));
    this.on('close', () => this.#release());
  }

  /** Where a browser finds the page. */
  get url(): string {
    const { address, family, port } = this.address() as AddressInfo;
    const host = family === 'IPv6' ? `[${address}]` : address;
    return `${this.#settings.tls === undefined ? 'http' : 'https'}://${host}:${port}/`;
  }

  /** What `GET /health` says. */
  get health(): Health {
    const { isStopping } = this.#visits;
    return healthOf(isStopping, this.rooms.status, this.#transports, this.rooms.size, this.#uptime);
  }

  /**
   * Ends the server without cutting anybody off: nobody new; what was said is dealt with and answered; WebSockets see 1012,
   * event streams a last `retry`, polls 503 with Retry-After, each in batches and with another time to come again.
   *
   * @returns as `WebSocketServer.shutdown`; then the rooms are closed, too, and a broker of their own.
   */
  override shutdown(options: ShutdownOptions = {}): Promise<void> {
    const ended = super.shutdown(options);
    const { batch = DEFAULT_BATCHES.batch, batchInterval = DEFAULT_BATCHES.batchInterval } = options;
    this.#visits.stop({ batch, batchInterval });
    return ended.then(() => this.#release());
  }

  /** @internal */
  protected override dismiss(client: WebSocket, code: number, reason: string | undefined): void {
    const session = this.#sessions.get(client);
    if (session === undefined) client.close(code, reason);
    else session.end(code, reason ?? closeReason(drawRetry()));
  }

  /** @internal */
  protected override refused(status: number): void {
    this.#statistics.answered(status);
  }

  override shouldHandle(request: IncomingMessage): boolean {
    const path = pathOf(request.url ?? '');
    return ROOM_PATHS.has(path) || (path === INSPECT_PATH && this.#settings.inspection !== undefined);
  }

  get #transports(): Transports {
    const visits = this.#visits;
    return { websocket: this.clients?.size ?? 0, sse: visits.count('sse'), poll: visits.count('poll') };
  }

  /** Seconds. */
  get #uptime(): number {
    return (performance.now() - this.#started) / SECOND;
  }

  #metrics(): string {
    return metricsText({
      transports: this.#transports,
      rooms: this.rooms.size,
      broker: this.rooms.status,
      deliveries: this.rooms.deliveries,
      statistics: this.#statistics,
      uptime: this.#uptime,
      loopDelay: this.#loopDelay.take(),
    });
  }

  #onHeaders(request: IncomingMessage): void {
    // Who inspects is not inspected.
    if (pathOf(request.url ?? '') !== INSPECT_PATH) this.#settings.inspection?.begin(request);
  }

  #onConnection(websocket: WebSocket, request: IncomingMessage): void {
    const { inspection } = this.#settings;
    const url = request.url ?? '';
    websocket.on('close', (code: number) => this.#statistics.closed(code));
    if (pathOf(url) !== INSPECT_PATH) {
      const inspectionId = inspection?.open(request, websocket);
      this.#sessions.set(websocket, new Session(websocket, request, this.#sessionSettings, inspectionId));
      return;
    }
    const id = new URLSearchParams(url.slice(INSPECT_PATH.length)).get('connection') ?? '';
    if (!inspection?.watch(id, websocket)) websocket.close(AppCloseCode.Forbidden, 'there is no such connection');
  }

  async #release(): Promise<void> {
    this.#loopDelay.stop();
    await this.rooms.close();
    await this.#ownBroker?.close();
  }
}

/**
 * Starts a server with rooms, the demo page and its state.
 *
 * @param port where to listen; 0 lets the system choose.
 * @returns the server, listening. It is a {@link WebSocketServer}: `close()`, `shutdown()`, `clients`, `address()`.
 * @throws TypeError or RangeError naming the option that is not what it must be; Error of node:net, such as EADDRINUSE.
 */
export async function createWebSocketServer(port: number, options: AppOptions = {}): Promise<App> {
  const settings = readAppOptions(options);
  const app = new App(port, settings, await readStaticFiles());
  try {
    await once(app, 'listening');
  } catch (error) {
    await app.rooms.close();
    throw error;
  }
  return app;
}
