// For peers that get a room wrong: event streams over node:http, and a hand in what each member is told.
// @ts-check
import { startStreams } from '../../bench/peers/rooms/http.mjs';

/** Behind the messages with which members come in. */
const WRONG_ONE = 5;

/**
 * @param {(text: string) => string} spoil what the last member is told in place of one of many messages
 * @returns {import('../../bench/peers/rooms/room.mjs').StartRoom}
 */
export function spoiledRoom(spoil) {
  let published = 0;
  return () =>
    startStreams((streams, text) => {
      const last = [...streams].at(-1);
      const isWrong = published++ === WRONG_ONE;
      for (const stream of streams) stream.write(isWrong && stream === last ? spoil(text) : text);
    });
}
