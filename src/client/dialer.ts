// Makes `new WebSocket(url)` open connections: puts the client where the WebSocket, one floor below, looks for it.
import { installDialer, type WebSocket } from '../websocket/index.ts';
import { Opening } from './opening.ts';
import type { ClientOptions } from './options.ts';

/** Opens connections. Loading this module installs it. */
export const clientDialer = Object.freeze({
  dial(websocket: object, address: string | URL, protocols: readonly string[], options: object | null): Opening {
    return new Opening(websocket as WebSocket, address, protocols, (options ?? {}) as ClientOptions);
  },
});

installDialer(clientDialer);
