// One connection of the load generator: raw node:net, the opening handshake of a browser (RFC 6455 §4.1), then bytes as
// they come. All connections read into the same memory, for a read is dealt with before the next one begins.
// @ts-check
import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { READ_SIZE } from './replies.mjs';

const HOST = '127.0.0.1';
/** §1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const END_OF_HEAD = '\r\n\r\n';
/** Keys made beforehand, so that drawing and digesting them is no part of the load. */
const KEYS = Array.from({ length: 256 }, () => {
  const key = randomBytes(16).toString('base64');
  return {
    key,
    accept: createHash('sha1')
      .update(key + GUID)
      .digest('base64'),
  };
});
const NO_TAKEOVER = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover';
/** Browsers always offer it; where a row has no compression, the server must not take it up. */
const OFFER_OF_BROWSERS = 'permessage-deflate; client_max_window_bits';
/** What may come of that offer (RFC 7692 §7.1). */
const PARAMETER = /^(?:(?:server|client)_no_context_takeover|(?:server|client)_max_window_bits=(?:[89]|1[0-5]))$/;
/** Messages of compressed rows have 2 KiB at most, so no distance in them is longer than this window. */
const WINDOW_BITS_NEEDED = 11;

/** @typedef {import('../rows.mjs').Row['compression']} Compression */

/** Not on Windows: there a read is begun before it is known that there is something to read. */
const sharedMemory = process.platform === 'win32' ? undefined : Buffer.allocUnsafeSlow(READ_SIZE);

/**
 * @typedef {object} Peer
 * @property {number} port
 * @property {boolean} verbatim whether it answers anything by 101 and sends frames back as they came
 */

/**
 * @typedef {object} Listener
 * @property {(connection: Connection) => void} onOpen
 * @property {(connection: Connection, chunk: Buffer, length: number) => void} onBytes the first `length` bytes of `chunk`,
 *   which belong to others as soon as this returns
 * @property {(connection: Connection, error: Error | undefined) => void} onClose
 */

let opened = 0;

export class Connection {
  socket;
  /** Whether a compressed reply may refer to those before it (RFC 7692 §7.1.1.1). */
  takeover = false;
  #listener;
  #accept;
  #compression;
  #verbatim;
  /** The head of the response, while it comes; afterwards `undefined`. */
  /** @type {string | undefined} */
  #head = '';
  /** @type {Error | undefined} */
  #error = undefined;

  /**
   * @param {Peer} peer
   * @param {Compression} compression what must come of the offer
   * @param {Listener} listener
   */
  constructor({ port, verbatim }, compression, listener) {
    const { key, accept } = /** @type {typeof KEYS[number]} */ (KEYS[opened++ % KEYS.length]);
    this.#accept = accept;
    this.#compression = compression;
    this.#verbatim = verbatim;
    this.#listener = listener;
    const buffer = sharedMemory ?? Buffer.allocUnsafeSlow(READ_SIZE);
    this.socket = connect({
      host: HOST,
      port,
      noDelay: true,
      onread: {
        buffer,
        callback: (length) => {
          this.#receive(buffer, length);
          return true;
        },
      },
    });
    this.socket.on('connect', () => this.socket.write(requestHead(port, key, compression)));
    this.socket.on('error', (error) => {
      this.#error ??= error;
    });
    this.socket.on('close', () => {
      if (this.#head !== undefined) this.#error ??= new Error('the connection closed before the server answered');
      this.#listener.onClose(this, this.#error);
    });
  }

  /** @param {Error} error what `onClose` will be told */
  fail(error) {
    this.#error ??= error;
    this.socket.destroy();
  }

  /**
   * @param {Buffer} chunk
   * @param {number} length
   */
  #receive(chunk, length) {
    try {
      if (this.#head === undefined) this.#listener.onBytes(this, chunk, length);
      else this.#receiveHead(chunk, length);
    } catch (error) {
      this.fail(/** @type {Error} */ (error));
    }
  }

  /**
   * @param {Buffer} chunk
   * @param {number} length
   */
  #receiveHead(chunk, length) {
    this.#head += chunk.toString('latin1', 0, length);
    const end = /** @type {string} */ (this.#head).indexOf(END_OF_HEAD);
    if (end === -1) return;
    const head = /** @type {string} */ (this.#head);
    if (head.length > end + END_OF_HEAD.length) throw new Error('bytes follow the head of the response');
    this.#head = undefined;
    if (!head.startsWith('HTTP/1.1 101 '))
      throw new Error(`the server refused: ${head.slice(0, head.indexOf('\r\n'))}`);
    if (!this.#verbatim) this.#checkHead(head.slice(0, end));
    this.#listener.onOpen(this);
  }

  /** @param {string} head */
  #checkHead(head) {
    const accept = fieldOf(head, 'sec-websocket-accept');
    if (accept !== this.#accept) throw new Error(`Sec-WebSocket-Accept is ${accept}, expected ${this.#accept}`);
    const agreed = fieldOf(head, 'sec-websocket-extensions');
    if (this.#compression === 'default') {
      this.#checkParameters(agreed ?? 'missing');
      return;
    }
    const wanted = this.#compression === 'none' ? undefined : NO_TAKEOVER;
    if (agreed?.split(/; ?/).sort().join() !== wanted?.split('; ').sort().join()) {
      throw new Error(`Sec-WebSocket-Extensions is ${agreed}, expected ${wanted ?? 'none'}`);
    }
  }

  /** @param {string} agreed */
  #checkParameters(agreed) {
    const [name, ...parameters] = agreed.split(/; ?/);
    const bits = parameters.find((parameter) => parameter.startsWith('client_max_window_bits='))?.split('=')[1];
    if (
      name !== 'permessage-deflate' ||
      !parameters.every((parameter) => PARAMETER.test(parameter)) ||
      Number(bits ?? WINDOW_BITS_NEEDED) < WINDOW_BITS_NEEDED
    ) {
      throw new Error(`Sec-WebSocket-Extensions is ${agreed}, expected permessage-deflate with a window for 2 KiB`);
    }
    this.takeover = !parameters.includes('server_no_context_takeover');
  }
}

/**
 * @param {string} head
 * @param {string} name in lower case
 * @returns {string | undefined}
 */
function fieldOf(head, name) {
  const line = head.split('\r\n').find((each) => each.toLowerCase().startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim();
}

/**
 * What Chromium sends, in its order.
 *
 * @param {number} port
 * @param {string} key
 * @param {Compression} compression
 * @returns {string}
 */
function requestHead(port, key, compression) {
  return [
    'GET /ws HTTP/1.1',
    `Host: ${HOST}:${port}`,
    'Connection: Upgrade',
    'Pragma: no-cache',
    'Cache-Control: no-cache',
    'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    'Upgrade: websocket',
    `Origin: http://${HOST}:${port}`,
    'Sec-WebSocket-Version: 13',
    'Accept-Encoding: gzip, deflate, br, zstd',
    'Accept-Language: en-GB,en-US;q=0.9,en;q=0.8',
    'Cookie: session=c2x1aWNlIGlzIGEgZ2F0ZTsgd2F0ZXIgaXMgZGF0YQ; theme=dark',
    `Sec-WebSocket-Key: ${key}`,
    `Sec-WebSocket-Extensions: ${compression === 'no-context-takeover' ? NO_TAKEOVER : OFFER_OF_BROWSERS}`,
    END_OF_HEAD.slice(2),
  ].join('\r\n');
}
