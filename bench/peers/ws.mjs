// Peer `ws`: the library that nearly everybody uses. Taken from bench/peers/node_modules, and from the development
// dependencies of the repository when it could not be installed there.
// @ts-check
import { once } from 'node:events';
import { WebSocketServer } from 'ws';
import { serve } from './face-of-ws.mjs';

/** @type {import('./counter.mjs').Start} */
export function start(settings) {
  return serve(WebSocketServer, settings, {
    // The ways its own documentation shows.
    broadcast: (wss, data) => {
      for (const client of wss.clients) client.send(data);
    },
    fallback: async (body) => {
      // Only for who wants it: an import of node:http costs a server memory that has nothing to do with the library.
      const { createServer } = await import('node:http');
      const { answering } = await import('./http.mjs');
      const server = createServer(answering(body)).listen(0, '127.0.0.1');
      await once(server, 'listening');
      return { server };
    },
  });
}
