// What the server answers to requests that are no upgrades: the demo page, and `GET /health`. RFC 9110; every answer says
// what a browser may do with it, and nothing of the request is ever repeated in it.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { StaticFile } from './static-files.ts';

/** What `GET /health` says. */
export interface Health {
  readonly status: 'ok';
  /** Open WebSockets. */
  readonly connections: number;
  readonly rooms: number;
  /** Seconds. */
  readonly uptime: number;
}

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

const TEXT = 'text/plain; charset=utf-8';

/**
 * The listener of a node:http server.
 *
 * @param health asked at each `GET /health`.
 */
export function httpRoutes(files: ReadonlyMap<string, StaticFile>, health: () => Health): RequestListener {
  return (request, response) => {
    for (const [name, value] of Object.entries(SECURITY_FIELDS)) response.setHeader(name, value);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      // What comes as a body is not wanted: the connection ends with the answer.
      response.setHeader('Connection', 'close');
      answer(request, response, 405, TEXT, 'Only GET and HEAD are answered here.\n');
      return;
    }
    const path = pathOf(request.url ?? '');
    const file = files.get(path);
    if (file !== undefined) {
      serve(request, response, file);
    } else if (path === '/health') {
      response.setHeader('Cache-Control', 'no-store');
      answer(request, response, 200, 'application/json', `${JSON.stringify(health())}\n`);
    } else if (UPGRADE_ONLY.has(path)) {
      // RFC 9110 §15.5.22, §7.8.
      response.setHeader('Upgrade', 'websocket');
      response.setHeader('Connection', 'Upgrade');
      answer(request, response, 426, TEXT, 'This is where WebSockets connect (RFC 6455).\n');
    } else {
      answer(request, response, 404, TEXT, 'There is nothing here.\n');
    }
  };
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

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string | Buffer,
): void {
  const content = typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
  response.writeHead(status, { 'Content-Type': contentType, 'Content-Length': content.length });
  response.end(request.method === 'HEAD' ? undefined : content);
}
