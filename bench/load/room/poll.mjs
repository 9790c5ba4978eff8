// A member that polls: as soon as it has an answer it asks again, behind the cursor of that (RFC 6202 §2).
// @ts-check
import { getHead, responseHead } from './head.mjs';

const NOTHING = Buffer.alloc(0);
const PATH = '/api/poll?room=lobby';

export class PollReading {
  /** @type {import('./dialects.mjs').Heard[]} */
  messages = [];
  isReady = false;
  request;
  #port;
  #bytes = NOTHING;

  /** @param {number} port */
  constructor(port) {
    this.#port = port;
    this.request = getHead(port, PATH, 'application/json');
  }

  get isBetween() {
    return this.isReady && this.#bytes.length === 0;
  }

  /**
   * @param {Buffer} chunk
   * @returns {Buffer | undefined} the next question
   */
  read(chunk) {
    this.messages = [];
    const bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    const head = responseHead(bytes, 200);
    const end = head === undefined ? Number.POSITIVE_INFINITY : head.end + Number(head.fields.get('content-length'));
    if (Number.isNaN(end)) throw new Error('an answer does not say how long it is');
    if (head === undefined || bytes.length < end) {
      this.#bytes = Buffer.from(bytes);
      return undefined;
    }
    if (bytes.length > end) throw new Error('bytes follow the answer, and nobody had asked');
    this.#bytes = NOTHING;
    const { messages, cursor, gap } = JSON.parse(bytes.toString('utf8', head.end, end));
    if (gap === true) throw new Error('the answer says that messages were lost');
    this.messages = messages;
    this.isReady = true;
    return Buffer.from(getHead(this.#port, `${PATH}&since=${encodeURIComponent(cursor)}`, 'application/json'));
  }
}
