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
