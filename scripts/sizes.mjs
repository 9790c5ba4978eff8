// What a page has to load for each client of docs/resilience.md: `node scripts/sizes.mjs`. Bundled and minified by esbuild, gzipped.
// Prints a table, and changes nothing.
// @ts-check
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** @type {readonly (readonly [string, string])[]} */
const CLIENTS = [
  ['sluice, WebSocket only', "export { ResilientWebSocket } from './src/resilient/index.ts'"],
  ['sluice with SSE and polling', "export { ResilientWebSocket, sse, poll } from './src/resilient/index.ts'"],
  ['partysocket', "export { WebSocket } from 'partysocket'"],
  ['reconnecting-websocket', "export { default } from 'reconnecting-websocket'"],
  ['socket.io-client', "export { io } from 'socket.io-client'"],
  ['centrifuge', "export { Centrifuge } from 'centrifuge'"],
];

process.stdout.write('| client | minified | minified and gzipped |\n|---|---|---|\n');
for (const [name, contents] of CLIENTS) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: ROOT, loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    write: false,
  });
  const code = outputFiles[0]?.contents ?? new Uint8Array();
  const size = (/** @type {number} */ bytes) => bytes.toLocaleString('en');
  process.stdout.write(`| ${name} | ${size(code.length)} | ${size(gzipSync(code, { level: 9 }).length)} |\n`);
}
