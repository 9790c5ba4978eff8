// Run beside an installed package: every subpath can be imported, and the endpoints of those that have them talk.
// It leaves by itself: a handle left open would keep it, and echo.cjs says so.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { echo, hasItsPeer } from './echo.cjs';

const manifest = JSON.parse(readFileSync(new URL('./node_modules/sluice/package.json', import.meta.url), 'utf8'));
const loaded = [];
const subpaths = Object.keys(manifest.exports).filter((subpath) => subpath !== './package.json');
assert.ok(subpaths.length > 0);

for (const subpath of subpaths) {
  const name = subpath.replace('.', 'sluice');
  if (!(await hasItsPeer(subpath, () => import(name)))) continue;
  const module = await import(name);
  loaded.push(subpath);
  assert.ok(Object.keys(module).length > 0, `${subpath} exports nothing`);
  if ('WebSocketServer' in module) await echo(module);
}

// The package stands in for ws: `"overrides": { "ws": "npm:sluice" }`.
const { default: WebSocket, ...names } = await import('ws');
assert.equal(names.WebSocket, WebSocket);
await echo({ WebSocket, WebSocketServer: names.WebSocketServer });

// The page of the server has all of its modules, those of the resilient client included.
const { createWebSocketServer } = await import('sluice');
const app = await createWebSocketServer(0);
const modules = new Set();
async function load(url) {
  if (modules.has(url.href)) return;
  modules.add(url.href);
  const response = await fetch(url, { headers: { connection: 'close' } });
  assert.equal(response.status, 200, url.href);
  assert.match(response.headers.get('content-type'), /^text\/javascript/);
  assert.match(response.headers.get('content-security-policy'), /script-src 'self'/);
  const source = await response.text();
  assert.doesNotMatch(source, /from 'node:/, url.href);
  for (const [, path] of source.matchAll(/^(?:import|export) [^;]*?from '([^']+)'/gms)) await load(new URL(path, url));
}
await load(new URL('/main.js', app.url));
assert.ok(modules.has(new URL('/resilient/index.js', app.url).href), 'the page is not made with the resilient client');
assert.ok(modules.has(new URL('/eventstream/index.js', app.url).href));
await app.shutdown({ timeout: 0 });

console.log(`smoke: ${modules.size} modules of the page`);
console.log(`smoke: import of ${loaded.join(' ')} and as ws on Node ${process.version}`);
