// Peer `raw`: node:net that sends back what comes, without reading a bit of it. No WebSocket server on node:net can cost
// less: the ceiling. Its 101 is always the same, and its replies are the client's own frames.
// @ts-check
import { once } from 'node:events';
import { createServer } from 'node:net';
import { counter } from './counter.mjs';

const RESPONSE = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n';

/** @typedef {import('node:net').Socket} Socket */

/** @type {import('./counter.mjs').Start} */
export async function start({ kind, burst, frameLength }) {
  /** @type {Set<Socket>} */
  const sockets = new Set();
  const server = createServer({ noDelay: true }, (socket) => {
    if (kind === 'accept') counter.done++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(RESPONSE);
      socket.on('data', (chunk) => {
        if (kind === 'accept') {
          socket.end(chunk);
          return;
        }
        // It does not look where a message ends, but knows how many there must be in so many bytes.
        const messages = chunk.length / frameLength;
        if (kind === 'fanout') {
          counter.done += messages * sockets.size * burst;
          for (let start = 0; start < chunk.length; start += frameLength) {
            const frame = chunk.subarray(start, start + frameLength);
            // A burst is one write: nobody can say the same for less.
            const said = Buffer.concat(Array.from({ length: burst }, () => frame));
            for (const each of sockets) each.write(said);
          }
        } else {
          counter.done += messages;
          socket.write(chunk);
        }
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return /** @type {import('node:net').AddressInfo} */ (server.address()).port;
}
