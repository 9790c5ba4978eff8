// What is published in the rows of rooms, told apart by its number: who hears it can say which one it is, and whether it is
// whole. About 100 bytes of JSON.
// @ts-check

/** Pads the message to what its row says. */
const WORDS = 'the water behind the gate rises by one and the gate opens for everybody who waits there ';

/** @typedef {{ type: string, sequence: number, text: string }} Published */

/**
 * The texts that pad messages of a size.
 *
 * @param {number} size bytes of the message as JSON, if its number has one digit
 * @returns {(sequence: number) => Published}
 */
export function publishedOf(size) {
  const bare = JSON.stringify({ type: 'MESSAGE', sequence: 0, text: '' }).length;
  const length = Math.max(0, size - bare);
  const text = WORDS.repeat(Math.ceil(length / WORDS.length)).slice(0, length);
  return (sequence) => ({ type: 'MESSAGE', sequence, text });
}
