// Peer `ws`: the library that nearly everybody uses. Taken from bench/peers/node_modules, and from the development
// dependencies of the repository when it could not be installed there.
// @ts-check
import { once } from 'node:events';
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { serve } from './face-of-ws.mjs';
import { answering } from './http.mjs';

/** @type {import('./counter.mjs').Start} */
export function start(settings) {
  return serve(WebSocketServer, settings, {
    // The ways its own documentation shows.
    broadcast: (wss, data) => {
      for (const client of wss.clients) client.send(data);
    },
    fallback: async (body) => {
      const server = createServer(answering(body)).listen(0, '127.0.0.1');
      await once(server, 'listening');
      return { server };
    },
  });
}
