// Peer `http` of the rows of rooms: node:http alone. A message is one `write` to each response; a poll is answered by one
// `end`. No library on it writes less often.
// @ts-check
import { createServer } from 'node:http';
import { listening } from './listening.mjs';

/** @typedef {import('node:http').ServerResponse} ServerResponse */

const EVENT_STREAM = { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' };

/** @type {import('./room.mjs').StartRoom} */
export function startRoom({ transport }) {
  return transport === 'poll'
    ? startPolls()
    : startStreams((streams, text) => {
        for (const stream of streams) stream.write(text);
      });
}

/**
 * @param {(streams: Set<ServerResponse>, text: string) => void} write
 * @returns {ReturnType<import('./room.mjs').StartRoom>}
 */
export async function startStreams(write) {
  /** @type {Set<ServerResponse>} */
  const streams = new Set();
  const server = createServer((_, response) => {
    response.writeHead(200, EVENT_STREAM).flushHeaders();
    streams.add(response);
    response.on('close', () => streams.delete(response));
  });
  let id = 0;
  return {
    port: await listening(server.listen(0, '127.0.0.1')),
    publish: (message) => {
      id++;
      write(streams, `event: MESSAGE\nid: ${id}\ndata: ${JSON.stringify(message)}\n\n`);
    },
  };
}

/** @returns {ReturnType<import('./room.mjs').StartRoom>} */
async function startPolls() {
  /** @type {string[]} */
  const log = [];
  /** Responses that are held, and where their clients stand. */
  /** @type {Map<ServerResponse, number>} */
  const held = new Map();
  const answer = (/** @type {ServerResponse} */ response, /** @type {number} */ since) => {
    const body = `{"messages":[${log.slice(since).join()}],"cursor":"${log.length}"}`;
    const fields = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
    response.writeHead(200, fields).end(body);
  };
  const server = createServer((request, response) => {
    const since = new URL(request.url ?? '', 'http://localhost').searchParams.get('since');
    if (since === null || Number(since) < log.length) {
      answer(response, since === null ? log.length : Number(since));
      return;
    }
    held.set(response, Number(since));
    response.on('close', () => held.delete(response));
  });
  return {
    port: await listening(server.listen(0, '127.0.0.1')),
    publish: (message) => {
      log.push(JSON.stringify(message));
      for (const [response, since] of held) answer(response, since);
      held.clear();
    },
  };
}
