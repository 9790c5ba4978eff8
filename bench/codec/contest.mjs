// What the contests of `npm run bench:codec` have in common: who takes part, and what is checked before anything is timed.
// @ts-check
import { isDeepStrictEqual } from 'node:util';
import * as ws from 'ws';

/**
 * One contestant.
 *
 * @typedef {object} Contestant
 * @property {string} name
 * @property {number} messages that one call of `run` deals with
 * @property {() => void} run
 * @property {() => number} check holds results against what they must be, and answers how many; throws when one is wrong
 * @property {() => number} [counted] messages that came out so far, where `run` alone does not show it
 */

/**
 * Who is best at one thing.
 *
 * @typedef {object} Contest
 * @property {string} title
 * @property {() => Contestant[]} contestants made when it begins, so that nobody has been warmed up by another contest
 */

/**
 * The build of sluice to measure, typed by its sources.
 *
 * @typedef {object} Sluice
 * @property {typeof import('../../src/frame/index.ts')} frame
 * @property {typeof import('../../src/message/index.ts')} message
 * @property {typeof import('../../src/bytes/index.ts')} bytes
 * @property {typeof import('../../src/deflate/index.ts')} deflate
 * @property {typeof import('../../src/http/index.ts')} http
 */

/** @typedef {new (options: object) => import('node:stream').Writable} ReceiverClass */
/** @typedef {{ frame(data: Buffer, options: object): Buffer[] }} SenderClass */

/** Of the public face of `ws`, but not of its types. */
export const { Receiver, Sender } = /** @type {{ Receiver: ReceiverClass, Sender: SenderClass }} */ (
  /** @type {unknown} */ (ws)
);

/** Bytes of a message. */
export const SIZES = [16, 125, 1024, 16_384];

export const KEY = 0x37fa213d;

/**
 * @param {number} size
 * @returns {Buffer}
 */
export function payloadOf(size) {
  return Buffer.from(Array.from({ length: size }, (_, index) => (index * 31) & 0xff));
}

/**
 * @param {unknown} found
 * @param {unknown} wanted
 * @param {string} what
 * @throws Error when they differ
 */
export function expectEqual(found, wanted, what) {
  if (!isDeepStrictEqual(found, wanted))
    throw new Error(`${what} is wrong: ${String(found)}, expected ${String(wanted)}`);
}
