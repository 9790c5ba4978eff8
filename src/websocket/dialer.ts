// Where `new WebSocket(url)` finds the floor that opens connections: it stands above this one and puts itself here when
// it is loaded, so that a server needs no client.
import type { EventEmitter } from 'node:events';

/** Opens connections. */
export interface Dialer {
  /** Starts the opening handshake for `websocket`. Throws on what the caller got wrong. */
  dial(websocket: EventEmitter, address: string | URL, protocols: readonly string[], options: object): Dialing;
}

/** An opening handshake under way. */
export interface Dialing {
  /** The URL in its normal form. */
  readonly url: string;
  /** The caller has lost interest: the handshake ends now, with an error to the application in a later turn. */
  abort(): void;
}

let dialer: Dialer | undefined;

/** Called once, by the client's module. */
export function installDialer(installed: Dialer): void {
  dialer = installed;
}

/**
 * The installed dialer.
 *
 * @throws TypeError when no client has been loaded.
 */
export function currentDialer(): Dialer {
  if (dialer === undefined) throw new TypeError('no client has been loaded: import WebSocket from the package itself');
  return dialer;
}

/**
 * Starts the opening handshake that the arguments of the constructor ask for.
 *
 * @param protocols subprotocols, or the options, as `ws` takes them; `options.protocols` counts where none are here.
 * @throws TypeError when no client has been loaded, and what the dialer throws.
 */
export function dial(
  websocket: EventEmitter,
  address: string | URL,
  protocols: string | readonly string[] | object | undefined,
  options: object | undefined,
): Dialing {
  if (typeof protocols === 'string') return currentDialer().dial(websocket, address, [protocols], options ?? {});
  if (Array.isArray(protocols)) return currentDialer().dial(websocket, address, protocols, options ?? {});
  const given: { protocols?: string | readonly string[] } = options ?? protocols ?? {};
  const offered = given.protocols ?? [];
  return currentDialer().dial(websocket, address, typeof offered === 'string' ? [offered] : offered, given);
}
