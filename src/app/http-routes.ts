// What the server answers to requests that are no upgrades: the demo page, its state, and the rooms under /api/. RFC 9110;
// every answer says what a browser may do with it, and nothing of the request is ever repeated in it.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { answer, answerJson, answerMethod, TEXT } from './answer.ts';
import type { Health } from './health.ts';
import { PROMETHEUS_TYPE } from './prometheus.ts';
import type { StaticFile } from './static-files.ts';

/** What is behind the routes. */
export interface HttpRoutesHost {
  readonly files: ReadonlyMap<string, StaticFile>;
  /** Asked at each `GET /health`. */
  health(): Health;
  /** Asked at each `GET /metrics`. */
  metrics(): string;
  /** Whether a request may see what concerns this server alone. */
  isAtHome(request: IncomingMessage, response: ServerResponse): boolean;
  /** Answers a request for a path under `/api/`. Returns `false` when there is none of this name. */
  answerRoom(request: IncomingMessage, response: ServerResponse, path: string): boolean;
  /** A request has come. Returns `false` when there is nobody to answer. */
  admit(request: IncomingMessage, response: ServerResponse): boolean;
  /** Answers `/outage`, where there is such a route. Returns `false` when there is none. */
  answerOutage(request: IncomingMessage, response: ServerResponse): boolean;
  /** A request has been answered. @param route the path, where there is one of this name. */
  onAnswered(route: string, method: string, status: number): void;
}

const API = '/api/';
const OUTAGE = '/outage';

/** Routes that only a WebSocket has. */
const UPGRADE_ONLY: ReadonlySet<string> = new Set(['/ws', '/inspect']);

/** Only what comes from this very server runs, loads or is connected to; nobody frames the page. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** On every answer. */
const SECURITY_FIELDS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** How a request is told of that names nothing here: what it names is the client's choice, and may be a secret. */
const OTHER = 'other';

/** The listener of a node:http server. */
export function httpRoutes(host: HttpRoutesHost): RequestListener {
  return (request, response) => {
    const path = pathOf(request.url ?? '');
    // Who asks for an outage is not its victim.
    if (path !== OUTAGE && !host.admit(request, response)) return;
    for (const [name, value] of Object.entries(SECURITY_FIELDS)) response.setHeader(name, value);
    const route = respond(host, request, response, path);
    const { method = '' } = request;
    const tell = (): void => host.onAnswered(route, method, response.statusCode);
    if (response.writableFinished) tell();
    else response.once('finish', tell);
  };
}

/** Answers. Returns what the route is called. */
function respond(host: HttpRoutesHost, request: IncomingMessage, response: ServerResponse, path: string): string {
  if (path.startsWith(API) && host.answerRoom(request, response, path)) return path;
  if (path === OUTAGE && host.answerOutage(request, response)) return path;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    answerMethod(request, response, 'GET, HEAD');
    return OTHER;
  }
  const file = host.files.get(path);
  if (file !== undefined) serve(request, response, file);
  else if (path === '/health') {
    const health = host.health();
    answerJson(request, response, health.status === 'stopping' ? 503 : 200, health);
  } else if (path === '/metrics') {
    response.setHeader('Cache-Control', 'no-store');
    if (host.isAtHome(request, response)) answer(request, response, 200, PROMETHEUS_TYPE, host.metrics());
    else answer(request, response, 403, TEXT, 'Not for you.\n');
  } else if (UPGRADE_ONLY.has(path)) {
    // RFC 9110 §15.5.22, §7.8.
    response.setHeader('Upgrade', 'websocket');
    response.setHeader('Connection', 'Upgrade');
    answer(request, response, 426, TEXT, 'This is where WebSockets connect (RFC 6455).\n');
  } else {
    answer(request, response, 404, TEXT, 'There is nothing here.\n');
    return OTHER;
  }
  return path;
}

/** The path of a request target, without its query. */
export function pathOf(target: string): string {
  const query = target.indexOf('?');
  return query === -1 ? target : target.slice(0, query);
}

function serve(request: IncomingMessage, response: ServerResponse, { body, contentType, etag }: StaticFile): void {
  // Kept by browsers, and asked for each time: a new version is seen at once.
  response.setHeader('Cache-Control', 'no-cache');
  response.setHeader('ETag', etag);
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304).end();
    return;
  }
  answer(request, response, 200, contentType, body);
}
