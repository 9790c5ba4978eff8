// The whole server that stands behind `npm start` and `sluice serve`: rooms over WebSocket, the demo page, `/health`, and,
// where it is asked for, the looking glass. Holds nothing but the wiring.
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ClientInformation, WebSocketServer } from '../server/index.ts';
import type { WebSocket } from '../websocket/index.ts';
import { type Health, httpRoutes, pathOf } from './http-routes.ts';
import { AppCloseCode, SUBPROTOCOL } from './message.ts';
import { type AppOptions, type AppSettings, isLoopback, readAppOptions } from './options.ts';
import { RoomRegistry } from './room-registry.ts';
import { Session, type SessionSettings } from './session.ts';
import { readStaticFiles, type StaticFile } from './static-files.ts';

/** Where clients of the rooms connect. */
const ROOM_PATHS: ReadonlySet<string> = new Set(['/ws', '/']);
const INSPECT_PATH = '/inspect';
/** The longest message in bytes: the longest content, as JSON may have to escape it. */
const MAX_PAYLOAD = 131_072;
/** Rooms at once, and bytes of everything said in them. */
const MAX_ROOMS = 10_000;
const MAX_HISTORY_BYTES = 67_108_864;

/** A WebSocket server with rooms. Made by {@link createWebSocketServer}. */
export class App extends WebSocketServer {
  readonly #settings: AppSettings;
  readonly #sessions: SessionSettings;

  /** @internal */
  constructor(port: number, settings: AppSettings, files: ReadonlyMap<string, StaticFile>) {
    const rooms = new RoomRegistry({ history: settings.history, rooms: MAX_ROOMS, bytes: MAX_HISTORY_BYTES });
    const started = performance.now();
    const health = (): Health => ({
      status: 'ok',
      connections: this.clients?.size ?? 0,
      rooms: rooms.size,
      uptime: Math.floor((performance.now() - started) / 1_000),
    });
    super({
      port,
      host: settings.host,
      tls: settings.tls,
      fallback: httpRoutes(files, health),
      maxPayload: MAX_PAYLOAD,
      allowedOrigins: settings.allowedOrigins,
      maxConnectionsPerIp: settings.maxConnectionsPerIp,
      maxHandshakesPerIp: settings.maxHandshakesPerIp,
      maxFailedAuthenticationsPerIp: settings.maxFailedAuthenticationsPerIp,
      trustProxy: settings.trustProxy,
      handleProtocols: (protocols) => (protocols.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
      verifyClient: (information: ClientInformation, callback) => callback(isAtHome(information, settings), 403),
    });
    this.#settings = settings;
    this.#sessions = {
      rooms,
      authenticate: settings.authenticate,
      authTimeout: settings.authTimeout,
      maxRooms: settings.maxRoomsPerConnection,
      rate: settings.rate,
    };
    this.on('headers', (_lines: string[], request: IncomingMessage) => this.#onHeaders(request));
    this.on('connection', (websocket: WebSocket, request: IncomingMessage) => this.#onConnection(websocket, request));
  }

  /** Where a browser finds the page. */
  get url(): string {
    const { address, family, port } = this.address() as AddressInfo;
    const host = family === 'IPv6' ? `[${address}]` : address;
    return `${this.#settings.tls === undefined ? 'http' : 'https'}://${host}:${port}/`;
  }

  override shouldHandle(request: IncomingMessage): boolean {
    const path = pathOf(request.url ?? '');
    return ROOM_PATHS.has(path) || (path === INSPECT_PATH && this.#settings.inspection !== undefined);
  }

  #onHeaders(request: IncomingMessage): void {
    // Who inspects is not inspected.
    if (pathOf(request.url ?? '') !== INSPECT_PATH) this.#settings.inspection?.begin(request);
  }

  #onConnection(websocket: WebSocket, request: IncomingMessage): void {
    const { inspection } = this.#settings;
    const url = request.url ?? '';
    if (pathOf(url) !== INSPECT_PATH) {
      new Session(websocket, this.#sessions, inspection?.open(request, websocket));
      return;
    }
    const id = new URLSearchParams(url.slice(INSPECT_PATH.length)).get('connection') ?? '';
    if (!inspection?.watch(id, websocket)) websocket.close(AppCloseCode.Forbidden, 'there is no such connection');
  }
}

/**
 * Whether the page that connects is one of this machine. The host's name in the request proves nothing: by DNS rebinding a
 * page of any site can make its own name mean 127.0.0.1, and be of the "same host". Where tokens are asked for, it has none.
 */
function isAtHome({ origin }: ClientInformation, { allowedOrigins, isOpen }: AppSettings): boolean {
  if (!isOpen || origin === undefined || allowedOrigins !== 'same-host') return true;
  return URL.canParse(origin) && isLoopback(new URL(origin).hostname);
}

/**
 * Starts a server with rooms, the demo page and `/health`.
 *
 * @param port where to listen; 0 lets the system choose.
 * @returns the server, listening. It is a {@link WebSocketServer}: `close()`, `shutdown()`, `clients`, `address()`.
 * @throws TypeError or RangeError naming the option that is not what it must be; Error of node:net, such as EADDRINUSE.
 */
export async function createWebSocketServer(port: number, options: AppOptions = {}): Promise<App> {
  const settings = readAppOptions(options);
  const app = new App(port, settings, await readStaticFiles());
  await once(app, 'listening');
  return app;
}
