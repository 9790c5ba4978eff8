// Holds what a server sends against what it must send: every byte of it. The replies to one round are read frame by frame
// before the clock runs (learnReplies); while it runs, the stream must repeat those bytes, which costs one comparison of
// memory for each chunk (ReplyStream).
// @ts-check
import { constants, inflateRawSync } from 'node:zlib';
import { Opcode, readFrame } from './frames.mjs';

/** The most that one read of a socket brings. */
export const READ_SIZE = 64 * 1024;

const DEFLATE_TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);
/** RFC 7692 §7.1.2: the largest. */
const WINDOW_SIZE = 32 * 1024;
const NO_CONTEXT = Buffer.alloc(0);

/** The server sent something else than what it must. */
export class WrongReply extends Error {
  /** @param {string} what */
  constructor(what) {
    super(`the returned content is wrong: ${what}`);
  }
}

/**
 * @typedef {object} Expectation
 * @property {readonly Buffer[]} payloads what comes back, in this order
 * @property {number} opcode
 * @property {boolean} compressed whether replies are compressed
 * @property {boolean} takeover whether a compressed reply may refer to those before it (RFC 7692 §7.1.1.1)
 * @property {boolean} verbatim whether the server sends back the client's own frames, masked as they are, without looking
 */

/**
 * Reads the replies to one round.
 *
 * @param {Buffer} bytes what has come so far
 * @param {Expectation} expectation
 * @returns {Replies | undefined} `undefined` when they are not all there
 * @throws WrongReply
 */
export function learnReplies(bytes, { payloads, opcode, compressed, takeover, verbatim }) {
  const ends = [];
  let at = 0;
  for (const [index, payload] of payloads.entries()) {
    const frame = readFrame(bytes, at);
    if (frame === undefined) return undefined;
    const expect = (/** @type {string} */ what, /** @type {unknown} */ found, /** @type {unknown} */ wanted) => {
      if (found !== wanted) throw new WrongReply(`${what} of reply ${index} is ${found}, expected ${wanted}`);
    };
    expect('FIN', frame.fin, true);
    expect('the opcode', frame.opcode, opcode);
    expect('RSV1', frame.rsv1, compressed);
    expect('the mask bit', frame.masked, verbatim);
    const context = takeover ? Buffer.concat(payloads.slice(0, index)).subarray(-WINDOW_SIZE) : NO_CONTEXT;
    const content = compressed ? inflated(frame.payload, context) : frame.payload;
    expect('the length', content.length, payload.length);
    if (!content.equals(payload)) throw new WrongReply(`the payload of reply ${index} differs from the message`);
    at = frame.end;
    ends.push(at);
  }
  if (at !== bytes.length) throw new WrongReply(`${bytes.length - at} bytes follow the last reply`);
  return new Replies(bytes, ends);
}

/**
 * @param {Buffer} payload
 * @param {Buffer} context what it may refer to
 * @returns {Buffer}
 */
function inflated(payload, context) {
  return inflateRawSync(Buffer.concat([payload, DEFLATE_TAIL]), {
    finishFlush: constants.Z_SYNC_FLUSH,
    ...(context.length === 0 ? {} : { dictionary: context }),
  });
}

/** The bytes of the replies to one round; shared by all connections. */
export class Replies {
  /** Bytes of one round. */
  length;
  /** Where each reply of a round ends. */
  ends;
  /** The round over and over, so that a read that begins anywhere in it finds its match in one piece. */
  bytes;

  /**
   * @param {Buffer} round
   * @param {readonly number[]} ends
   */
  constructor(round, ends) {
    this.length = round.length;
    this.ends = Uint32Array.from(ends);
    this.bytes = Buffer.alloc(round.length + READ_SIZE);
    for (let at = 0; at < this.bytes.length; at += round.length)
      this.bytes.set(round.subarray(0, this.bytes.length - at), at);
  }
}

/** What one connection has received. */
export class ReplyStream {
  #replies;
  /** Where the next byte stands in the round. */
  #position = 0;
  /** Which reply of the round it belongs to. */
  #index = 0;
  /** Bytes so far. */
  #received = 0;
  /** @type {Buffer[]} */
  #pings = [];

  /** @param {Replies} replies */
  constructor(replies) {
    this.#replies = replies;
  }

  /** Whether the last reply has come whole. */
  get isBetweenReplies() {
    return this.#position === (this.#index === 0 ? 0 : this.#replies.ends[this.#index - 1]);
  }

  /** The payloads of Pings that have come since this was asked last: each wants a Pong (RFC 6455 §5.5.2). */
  takePings() {
    const pings = this.#pings;
    if (pings.length > 0) this.#pings = [];
    return pings;
  }

  /**
   * The first `length` bytes of `chunk` have come.
   *
   * @param {Buffer} chunk
   * @param {number} length at most {@link READ_SIZE}
   * @returns {number} how many replies end in them
   * @throws WrongReply
   */
  receive(chunk, length) {
    const { bytes, ends } = this.#replies;
    const start = this.#position;
    if (chunk.compare(bytes, start, start + length, 0, length) !== 0) return this.#receiveAroundPing(chunk, length);
    this.#received += length;
    let position = start + length;
    let index = this.#index;
    let count = 0;
    for (;;) {
      const end = /** @type {number} */ (ends[index]);
      if (position < end) break;
      count++;
      index++;
      if (index === ends.length) {
        index = 0;
        position -= this.#replies.length;
      }
    }
    this.#position = position;
    this.#index = index;
    return count;
  }

  /**
   * The same, where not all of it is replies: between two of them there may be a Ping, which comes whole.
   *
   * @param {Buffer} chunk
   * @param {number} length
   * @returns {number}
   */
  #receiveAroundPing(chunk, length) {
    const { ends } = this.#replies;
    // As far as each reply that ends in the chunk, the bytes may be right; the first of them that is a Ping is taken out.
    let at = 0;
    for (let index = this.#index; at <= length; ) {
      const isBetween = at > 0 || this.isBetweenReplies;
      const ping = isBetween ? pingAt(chunk, at, length) : undefined;
      if (ping !== undefined) {
        const before = at === 0 ? 0 : this.receive(chunk.subarray(0, at), at);
        this.#pings.push(Buffer.from(ping.payload));
        this.#received += ping.end - at;
        const rest = length - ping.end;
        return before + (rest === 0 ? 0 : this.receive(chunk.subarray(ping.end, length), rest));
      }
      const end = /** @type {number} */ (ends[index]);
      const begin = at > 0 ? (index === 0 ? 0 : /** @type {number} */ (ends[index - 1])) : this.#position;
      at += end - begin;
      index = (index + 1) % ends.length;
    }
    throw new WrongReply(`among the bytes ${this.#received} to ${this.#received + length} of a connection`);
  }
}

/**
 * @param {Buffer} chunk
 * @param {number} at
 * @param {number} length of what is in it
 */
function pingAt(chunk, at, length) {
  const frame = at < length ? readFrame(chunk.subarray(0, length), at) : undefined;
  return frame?.opcode === Opcode.Ping && frame.fin && !frame.masked && !frame.rsv1 ? frame : undefined;
}
