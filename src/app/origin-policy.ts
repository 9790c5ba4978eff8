// Which pages may use the routes under /api/, and read what they answer: RFC 6454, and the CORS protocol of Fetch §3.2. The
// same pages as over a WebSocket, and where everybody is a guest none that DNS rebinding has brought here.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AllowedOrigins, OriginGate } from '../server/index.ts';
import { isLoopback } from './options.ts';

/** What is decided of origins. */
export interface OriginSettings {
  readonly allowedOrigins: AllowedOrigins;
  /** Whether everybody is a guest. */
  readonly isOpen: boolean;
}

/** Methods and fields that pages of other origins may send. `Last-Event-ID` is what an EventSource sends. */
const PREFLIGHT_FIELDS: Readonly<Record<string, string>> = {
  'Access-Control-Allow-Methods': 'GET, POST',
  'Access-Control-Allow-Headers': 'Authorization, Content-Type, Last-Event-ID',
  // Seconds: Fetch §4.9.
  'Access-Control-Max-Age': '600',
};

/** Judges where requests come from. */
export class OriginPolicy {
  readonly #gate: OriginGate;
  readonly #settings: OriginSettings;
  /** The hosts of the pages that are allowed by name. */
  readonly #hosts: ReadonlySet<string>;

  /** @throws TypeError naming an entry of `allowedOrigins` that is no origin. */
  constructor(settings: OriginSettings) {
    this.#settings = settings;
    const { allowedOrigins } = settings;
    this.#gate = new OriginGate(allowedOrigins);
    const origins = typeof allowedOrigins === 'string' ? [] : allowedOrigins.filter((origin) => URL.canParse(origin));
    this.#hosts = new Set(origins.map((origin) => new URL(origin).hostname));
  }

  /**
   * Whether the page that connects is one of this machine. The host's name in the request proves nothing: by DNS rebinding a
   * page of any site can make its own name mean 127.0.0.1, and be of the "same host". Where tokens are asked for, it has none.
   */
  isAtHome(origin: string | undefined): boolean {
    const { isOpen, allowedOrigins } = this.#settings;
    if (!isOpen || origin === undefined || allowedOrigins !== 'same-host') return true;
    return URL.canParse(origin) && isLoopback(new URL(origin).hostname);
  }

  /** Whether a request may be answered; the fields that let its page read the answer are set. */
  admits({ headers }: IncomingMessage, response: ServerResponse): boolean {
    const { origin, host } = headers;
    if (!this.#knows(host)) return false;
    // Whatever is answered depends on it.
    response.setHeader('Vary', 'Origin');
    if (origin === undefined) return true;
    if (!this.#gate.admits(origin, host ?? '') || !this.isAtHome(origin)) return false;
    if (this.#settings.allowedOrigins !== 'same-host') {
      response.setHeader('Access-Control-Allow-Origin', origin);
      response.setHeader('Access-Control-Expose-Headers', 'Retry-After');
    }
    return true;
  }

  /** The answer to a preflight of a page that may send the request (Fetch §4.8). {@link admits} comes first. */
  answerPreflight(response: ServerResponse): void {
    response.writeHead(204, PREFLIGHT_FIELDS).end();
  }

  /**
   * Whether the name that the client has called this server by is one of its own. A page that has come by DNS rebinding sends
   * no Origin with its GET, but its own name; and who is a guest needs no more than to be asked.
   */
  #knows(host: string | undefined): boolean {
    const { isOpen, allowedOrigins } = this.#settings;
    if (!isOpen || host === undefined || allowedOrigins === '*') return true;
    if (!URL.canParse(`http://${host}`)) return false;
    const { hostname } = new URL(`http://${host}`);
    return isLoopback(hostname) || this.#hosts.has(hostname);
  }
}
