// Peer `sluice`: a build of this repository.
// @ts-check
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { serve } from './face-of-ws.mjs';

/** The entry of the package; before there was one, that of the folder. */
const ENTRIES = ['index.js', 'server/index.js'];

/** @type {import('./counter.mjs').Start} */
export async function start(settings) {
  const dist = /** @type {string} */ (settings.dist);
  const entry = ENTRIES.map((name) => join(dist, name)).find((path) => existsSync(path));
  if (entry === undefined) throw new Error(`there is no build of sluice in ${dist}: npm run build makes one in dist/`);
  const { WebSocketServer } = await import(pathToFileURL(entry).href);
  return serve(WebSocketServer, settings, {
    broadcast: (wss, data) => {
      /** @type {{ broadcast(data: Buffer): void }} */ (/** @type {unknown} */ (wss)).broadcast(data);
    },
    fallback: async (body) => {
      // Only for who wants it: see ws.mjs.
      const { answering } = await import('./http.mjs');
      return { host: '127.0.0.1', port: 0, fallback: answering(body) };
    },
  });
}
