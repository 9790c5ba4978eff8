// Peer `http-joined`: node:http alone, and whatever is said within a turn of the event loop is one `write` to each response.
// Nobody can say it for less over node:http.
// @ts-check
import { startStreams } from './http.mjs';

/** @type {import('./room.mjs').StartRoom} */
export function startRoom() {
  let said = '';
  return startStreams((streams, text) => {
    if (said === '') {
      queueMicrotask(() => {
        const bytes = Buffer.from(said);
        said = '';
        for (const stream of streams) stream.write(bytes);
      });
    }
    said += text;
  });
}
