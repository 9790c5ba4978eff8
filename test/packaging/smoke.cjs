// Run beside an installed package: every subpath can be required, and what require('ws') gave still is a class.
// It leaves by itself: a handle left open would keep it, and echo.cjs says so.
'use strict';
const assert = require('node:assert/strict');
const { echo, hasItsPeer } = require('./echo.cjs');
const manifest = require('sluice/package.json');

const loaded = [];
const subpaths = Object.keys(manifest.exports).filter((subpath) => subpath !== './package.json');
assert.ok(subpaths.length > 0);

const main = async () => {
  for (const subpath of subpaths) {
    const name = subpath.replace('.', 'sluice');
    if (!(await hasItsPeer(subpath, async () => require(name)))) continue;
    const module = require(name);
    loaded.push(subpath);
    assert.ok(Object.keys(module).length > 0, `${subpath} exports nothing`);
    if ('WebSocketServer' in module) await echo(module);
  }

  for (const name of ['sluice/ws', 'ws']) {
    const WebSocket = require(name);
    assert.equal(typeof WebSocket, 'function', `require('${name}') is not the class`);
    assert.equal(WebSocket.WebSocket, WebSocket);
    assert.equal(WebSocket.Server, WebSocket.WebSocketServer);
    await echo({ WebSocket, WebSocketServer: WebSocket.Server });
  }
  console.log(`smoke: require of ${loaded.join(' ')} and as ws on Node ${process.version}`);
};

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
