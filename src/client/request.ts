// The request of an opening handshake while it may still be changed: what `finishRequest` and 'redirect' are given. Has the
// part of the face of `http.ClientRequest` that means something here. RFC 6455 §4.1.
// Never sends anything itself, and never lets a caller change what belongs to the handshake.
import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { clientRequest, isReservedRequestField, type OutgoingHeaders, WEBSOCKET_VERSION } from '../handshake/index.ts';
import { checkFieldName, checkFieldValue } from '../http/index.ts';
import type { Address } from './address.ts';

/** The value of a header: an array stands for several lines. */
export type HeaderValue = string | number | readonly string[];

/** Names and values. */
export type HeaderEntries = Iterable<readonly [name: string, value: HeaderValue]>;

/** What the handshake says of itself. */
export interface HandshakeOffer {
  /** The value of `Sec-WebSocket-Key`. */
  readonly key: string;
  readonly protocols: readonly string[];
  /** The value of `Sec-WebSocket-Extensions`; `''` for none. */
  readonly extensions: string;
}

/** Who sends the request. */
export interface RequestOwner {
  /** It is complete. */
  onRequestEnd(text: string): void;
  /** The application wants no answer any more. */
  onRequestDestroy(error: Error | undefined): void;
}

/** The request that opens a handshake. Events: `socket (socket)`, `finish`, `close`. */
export class HandshakeRequest extends EventEmitter {
  readonly method = 'GET';
  /** Path and query. */
  readonly path: string;
  /** The host without the port. */
  readonly host: string;
  /** As a request of `node:http` or `node:https` would have it. */
  readonly protocol: 'http:' | 'https:';
  /** The socket, once there is one. */
  socket: Duplex | null = null;
  readonly #address: Address;
  readonly #offer: HandshakeOffer;
  readonly #owner: RequestOwner;
  /** What the handshake itself writes, by small names. */
  readonly #handshake: ReadonlyMap<string, readonly [name: string, value: HeaderValue]>;
  /** The rest, by small names. */
  readonly #headers = new Map<string, readonly [name: string, value: HeaderValue]>();
  #ended = false;
  #destroyed = false;

  /**
   * @throws TypeError when a header is given twice or cannot be sent, or the host or the path cannot; SyntaxError when a
   *   subprotocol cannot.
   */
  constructor(address: Address, offer: HandshakeOffer, headers: HeaderEntries, owner: RequestOwner) {
    super();
    this.path = address.path;
    this.host = address.host;
    this.protocol = address.secure ? 'https:' : 'http:';
    this.#address = address;
    this.#offer = offer;
    this.#owner = owner;
    this.#handshake = new Map(handshakeLines(offer).map((line) => [line[0].toLowerCase(), line]));
    for (const [name, value] of headers) this.#give(name, value);
    // Whatever is wrong is thrown before a socket is opened.
    this.#compose();
  }

  // ---- headers

  /** @throws TypeError when the header cannot be sent or belongs to the handshake, Error after {@link end}. */
  setHeader(name: string, value: HeaderValue): this {
    this.#checkNotEnded();
    checkFieldName(name);
    if (isReservedRequestField(name)) throw new TypeError(`The header ${name} belongs to the handshake`);
    this.#set(name, value);
    return this;
  }

  /** The value of a header, those of the handshake included. */
  getHeader(name: string): HeaderValue | undefined {
    const folded = name.toLowerCase();
    const line = this.#headers.get(folded) ?? this.#handshake.get(folded);
    return line?.[1] ?? (folded === 'host' ? this.#address.authority : undefined);
  }

  hasHeader(name: string): boolean {
    return this.getHeader(name) !== undefined;
  }

  /** Without `Host` there is no request: removing it restores the one that follows from the URL. */
  removeHeader(name: string): void {
    this.#checkNotEnded();
    this.#headers.delete(name.toLowerCase());
  }

  /** An object without a prototype from small names to values. */
  getHeaders(): Record<string, HeaderValue> {
    const headers = Object.create(null) as Record<string, HeaderValue>;
    headers['host'] = this.#address.authority;
    for (const lines of [this.#handshake, this.#headers]) {
      for (const [name, [, value]] of lines) headers[name] = value;
    }
    return headers;
  }

  /** The small names of all headers. */
  getHeaderNames(): string[] {
    return Object.keys(this.getHeaders());
  }

  /** Header by header, as they were given. A caller's `headers` may hold what `node:http` received from somebody. */
  #give(name: string, value: HeaderValue): void {
    checkFieldName(name);
    const folded = name.toLowerCase();
    // Of what the handshake writes its own counts, as in `ws`: proxies hand on whatever their clients sent.
    if (this.#handshake.has(folded) || folded === 'sec-websocket-extensions') return;
    if (isReservedRequestField(name)) {
      const instead = folded === 'sec-websocket-protocol' ? ': give protocols instead' : '';
      throw new TypeError(`The header ${name} belongs to the handshake and cannot be given${instead}`);
    }
    if (this.#headers.has(folded)) throw new TypeError(`The header ${name} is given twice`);
    this.#set(name, value);
  }

  #set(name: string, value: HeaderValue): void {
    const given = Array.isArray(value) ? (value as readonly string[]) : [value as string | number];
    const values = given.map((part) => (typeof part === 'number' ? String(part) : part));
    for (const text of values) checkFieldValue(name, text);
    const folded = name.toLowerCase();
    // RFC 6265 §5.4: one line for all cookies.
    this.#headers.set(folded, [name, folded === 'cookie' && given.length > 1 ? values.join('; ') : value]);
  }

  #checkNotEnded(): void {
    if (!this.#ended) return;
    throw Object.assign(new Error('the request has been sent'), { code: 'ERR_HTTP_HEADERS_SENT' });
  }

  // ---- its end

  /** Whether {@link end} was called. */
  get writableEnded(): boolean {
    return this.#ended;
  }

  /** Whether {@link destroy} was called. */
  get destroyed(): boolean {
    return this.#destroyed;
  }

  /** Sends the request as soon as there is a connection. Only the first call counts. */
  end(callback?: () => void): this {
    if (callback !== undefined && typeof callback !== 'function') {
      throw new TypeError('the request of an opening handshake has no body (RFC 6455 §4.1)');
    }
    if (callback !== undefined) this.once('finish', callback);
    if (this.#ended || this.#destroyed) return this;
    const text = this.#compose();
    this.#ended = true;
    this.#owner.onRequestEnd(text);
    return this;
  }

  /** Gives the handshake up, with `error` as its reason. */
  destroy(error?: Error): this {
    if (this.#destroyed) return this;
    this.#destroyed = true;
    this.#owner.onRequestDestroy(error);
    return this;
  }

  /** As {@link destroy}, without a reason. */
  abort(): void {
    this.destroy();
  }

  #compose(): string {
    const headers: OutgoingHeaders = Object.fromEntries(this.#headers.values());
    return clientRequest({ ...this.#offer, host: this.#address.authority, path: this.path, headers });
  }
}

function handshakeLines({ key, protocols, extensions }: HandshakeOffer): (readonly [string, HeaderValue])[] {
  const lines: (readonly [string, HeaderValue])[] = [
    ['Upgrade', 'websocket'],
    ['Connection', 'Upgrade'],
    ['Sec-WebSocket-Key', key],
    ['Sec-WebSocket-Version', WEBSOCKET_VERSION],
  ];
  if (protocols.length > 0) lines.push(['Sec-WebSocket-Protocol', protocols.join(', ')]);
  if (extensions !== '') lines.push(['Sec-WebSocket-Extensions', extensions]);
  return lines;
}
