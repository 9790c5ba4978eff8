// Peer `ws`: the library that nearly everybody uses. Taken from bench/peers/node_modules, and from the development
// dependencies of the repository when it could not be installed there.
// @ts-check
import { WebSocketServer } from 'ws';
import { serve } from './face-of-ws.mjs';

/** @type {import('./counter.mjs').Start} */
export function start(settings) {
  return serve(WebSocketServer, settings, (wss, data) => {
    // The way its own documentation shows.
    for (const client of wss.clients) client.send(data);
  });
}
