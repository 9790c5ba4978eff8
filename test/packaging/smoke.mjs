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

console.log(`smoke: import of ${loaded.join(' ')} and as ws on Node ${process.version}`);
