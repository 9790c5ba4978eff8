// One message there and back through whatever module is handed in, over a real socket; used by both smoke scripts.
'use strict';
const { once } = require('node:events');
const assert = require('node:assert/strict');

/** Milliseconds after which something hangs. Unref'd: when nothing hangs, nobody waits for it. */
const PATIENCE = 20_000;

setTimeout(() => {
  console.error('smoke: still busy after', PATIENCE, 'ms:', process.getActiveResourcesInfo().join(', '));
  process.exit(1);
}, PATIENCE).unref();

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
