// One attempt to connect, and the link that comes of it: asks for URL and token anew, bounds the time, and tells its owner
// one end, whatever went wrong. What comes after it was given up is heard by nobody.
import { ABNORMAL } from './close-codes.ts';
import type { PerAttempt, Settings } from './options.ts';
import type { Link, LinkEnd, LinkListener, Transport } from './transport.ts';

/** Whom an attempt tells. */
export interface AttemptOwner {
  onOpen(attempt: Attempt, link: Link): void;
  onMessage(attempt: Attempt, data: unknown): void;
  onAlive(attempt: Attempt): void;
  /** Once, and last. `isOpen`: it had been open. */
  onEnd(attempt: Attempt, end: LinkEnd, isOpen: boolean): void;
}

/** One attempt. */
export class Attempt implements LinkListener {
  readonly transport: Transport;
  readonly #settings: Settings;
  #owner: AttemptOwner | undefined;
  #link: Link | undefined;
  #timer: unknown;
  #isOpen = false;

  /** Begins. Nothing is told before the constructor is done. */
  constructor(transport: Transport, settings: Settings, owner: AttemptOwner) {
    this.transport = transport;
    this.#settings = settings;
    this.#owner = owner;
    const { platform, connectTimeout } = settings;
    this.#timer = platform.setTimeout(() => this.fail('timeout'), connectTimeout);
    this.#open().catch((error: unknown) => this.fail(String(error), error));
  }

  /** Ends it by the rules; the owner is told. */
  close(code: number | undefined, reason: string | undefined): void {
    this.#link?.close(code, reason);
  }

  /** Ends it at once; the owner is told nothing more. */
  abandon(): void {
    this.#owner = undefined;
    this.#settings.platform.clearTimeout(this.#timer);
    this.#link?.drop();
  }

  /** Ends it at once, and tells the owner so. */
  fail(reason: string, error?: unknown): void {
    this.onEnd({ code: ABNORMAL, reason, wasClean: false, error });
  }

  async #open(): Promise<void> {
    const { url, token, name, firstRoom } = this.#settings;
    // Always in a later turn, also where both are at hand: whoever makes a client listens to it first.
    const [address, secret] = await Promise.all([ask(url), ask(token)]);
    if (this.#owner === undefined) return;
    const credentials = secret === undefined && name === undefined ? undefined : { token: secret, name };
    this.#link = this.transport.open(
      { ...this.#settings, url: webSocketUrlOf(address), credentials, firstRoom: firstRoom?.() },
      this,
    );
  }

  onOpen(): void {
    this.#settings.platform.clearTimeout(this.#timer);
    this.#isOpen = true;
    this.#owner?.onOpen(this, this.#link as Link);
  }

  onMessage(data: unknown): void {
    this.#owner?.onMessage(this, data);
  }

  onAlive(): void {
    this.#owner?.onAlive(this);
  }

  onEnd(end: LinkEnd): void {
    const owner = this.#owner;
    this.abandon();
    owner?.onEnd(this, end, this.#isOpen);
  }
}

function ask<Value>(value: PerAttempt<Value>): Value | Promise<Value> {
  return typeof value === 'function' ? (value as () => Value | Promise<Value>)() : value;
}

/**
 * The URL of the WebSocket, in its normal form. Relative ones are those of a page.
 *
 * @throws TypeError or SyntaxError when it is none.
 */
export function webSocketUrlOf(address: string | URL): string {
  const { location } = globalThis as { location?: { href: string } };
  const url = new URL(address, location?.href);
  url.protocol = url.protocol.replace(/^http/, 'ws');
  if (!/^wss?:$/.test(url.protocol)) throw new SyntaxError(`${url.protocol} is not ws: or wss:`);
  // RFC 6455 §3: no fragment.
  url.hash = '';
  return url.href;
}
