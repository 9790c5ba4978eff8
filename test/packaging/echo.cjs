// One message there and back through whatever module is handed in, over a real socket; used by both smoke scripts.
'use strict';
const { once } = require('node:events');
const { existsSync } = require('node:fs');
const { join } = require('node:path');
const assert = require('node:assert/strict');

/** Milliseconds after which something hangs. Unref'd: when nothing hangs, nobody waits for it. */
const PATIENCE = 20_000;

setTimeout(() => {
  console.error('smoke: still busy after', PATIENCE, 'ms:', process.getActiveResourcesInfo().join(', '));
  process.exit(1);
}, PATIENCE).unref();

/** The subpaths that need a package of their own, which the user installs or not. */
const PEERS = { './jwt': 'jose' };

/** Whether `subpath` can be loaded here; where its peer is missing, loading must fail by the peer's name and nothing else. */
exports.hasItsPeer = (subpath, load) => {
  const peer = PEERS[subpath];
  if (peer === undefined || existsSync(join(__dirname, 'node_modules', peer))) return true;
  return assert
    .rejects(load, (error) => error.code === 'ERR_MODULE_NOT_FOUND' && error.message.includes(`'${peer}'`))
    .then(() => false);
};

exports.echo = async ({ WebSocket, WebSocketServer }) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  await once(server, 'listening');

  const client = new WebSocket(`ws://127.0.0.1:${server.address().port}`);
  await once(client, 'open');
  for (const sent of ['häuser am fluß', Buffer.from([0, 1, 254, 255])]) {
    client.send(sent);
    const [data, isBinary] = await once(client, 'message');
    assert.equal(isBinary, typeof sent !== 'string');
    assert.deepEqual(Buffer.from(data), Buffer.from(sent));
  }

  const closed = once(client, 'close');
  client.close(1000, 'done');
  assert.equal((await closed)[0], 1000);
  await new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())));
};
