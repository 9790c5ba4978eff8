// A member over an event stream, as an EventSource reads it: HTTP/1.1, a body in chunks or without (RFC 9112 §6.3, §7.1), events (HTML §9.2.6).
// @ts-check
import { getHead, responseHead } from './head.mjs';

const NOTHING = Buffer.alloc(0);
const CRLF = '\r\n';

export class EventStreamReading {
  /** @type {import('./dialects.mjs').Heard[]} */
  messages = [];
  isReady = false;
  request;
  #isChunked = false;
  /** What is not a whole chunk yet. */
  #bytes = NOTHING;
  /** What is not a whole event yet. */
  #text = '';

  /** @param {number} port */
  constructor(port) {
    this.request = getHead(port, '/api/stream?room=lobby', 'text/event-stream');
  }

  get isBetween() {
    return this.isReady && this.#bytes.length === 0 && this.#text === '';
  }

  /** @param {Buffer} chunk */
  read(chunk) {
    this.messages = [];
    let bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    if (!this.isReady) {
      const head = responseHead(bytes, 200);
      if (head !== undefined) {
        this.#isChunked = head.fields.get('transfer-encoding') === 'chunked';
        this.isReady = true;
        bytes = bytes.subarray(head.end);
      }
    }
    if (this.isReady) bytes = this.#isChunked ? this.#readChunks(bytes) : this.#readBody(bytes);
    this.#bytes = bytes.length === 0 ? NOTHING : Buffer.from(bytes);
    return undefined;
  }

  /** @param {Buffer} bytes of a body that ends with the connection (RFC 9112 §6.3) */
  #readBody(bytes) {
    this.#readEvents(bytes.toString());
    return NOTHING;
  }

  /**
   * @param {Buffer} bytes
   * @returns {Buffer} what is left
   */
  #readChunks(bytes) {
    let at = 0;
    for (;;) {
      const line = bytes.indexOf(CRLF, at);
      if (line === -1) return bytes.subarray(at);
      const size = Number.parseInt(bytes.toString('latin1', at, line), 16);
      const start = line + CRLF.length;
      const end = start + size;
      if (size === 0) throw new Error('the server ended the stream');
      if (bytes.length < end + CRLF.length) return bytes.subarray(at);
      if (bytes.toString('latin1', end, end + CRLF.length) !== CRLF)
        throw new Error('a chunk does not end where it says');
      this.#readEvents(bytes.toString('utf8', start, end));
      at = end + CRLF.length;
    }
  }

  /** @param {string} text all of it ASCII: no character is cut in two */
  #readEvents(text) {
    const events = (this.#text + text).split('\n\n');
    this.#text = events.pop() ?? '';
    for (const event of events) {
      const lines = event.split('\n').filter((line) => line.startsWith('data:'));
      if (lines.length > 0) this.messages.push(JSON.parse(lines.map((line) => line.slice('data:'.length)).join('\n')));
    }
  }
}
