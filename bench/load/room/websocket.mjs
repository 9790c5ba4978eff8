// Members over WebSocket: bare, with the rooms of sluice, and with the protocols of socket.io (engine.io 4, socket.io 5).
// @ts-check
import { clientFrame, Opcode, readFrame } from '../frames.mjs';
import { responseHead, upgradeHead } from './head.mjs';

const NOTHING = Buffer.alloc(0);
const PING = 0x9;
const PONG = 0xa;
/** Any masking key: a server does not care. */
const KEY = 0x5eed5eed;

/** A message is a member's as it stands. A member is in as soon as the connection is open. */
export class WebSocketReading {
  /** @type {import('./dialects.mjs').Heard[]} */
  messages = [];
  isReady = false;
  request;
  #bytes = NOTHING;
  #isOpen = false;

  /**
   * @param {number} port
   * @param {string} [path]
   */
  constructor(port, path = '/ws') {
    this.request = upgradeHead(port, path);
  }

  get isBetween() {
    return this.#isOpen && this.#bytes.length === 0;
  }

  /**
   * @param {Buffer} chunk
   * @returns {Buffer | undefined}
   */
  read(chunk) {
    this.messages = [];
    let bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    if (!this.#isOpen) {
      const head = responseHead(bytes, 101);
      if (head !== undefined) {
        this.#isOpen = true;
        bytes = bytes.subarray(head.end);
        this.onOpen();
      }
    }
    const replies = [];
    let at = 0;
    for (let frame = this.#next(bytes, at); frame !== undefined; frame = this.#next(bytes, at)) {
      at = frame.end;
      const reply = this.#readFrame(frame);
      if (reply !== undefined) replies.push(reply);
    }
    // The chunk belongs to others as soon as this returns.
    this.#bytes = at === bytes.length ? NOTHING : Buffer.from(bytes.subarray(at));
    return replies.length === 0 ? undefined : Buffer.concat(replies);
  }

  /**
   * @param {Buffer} bytes
   * @param {number} at
   */
  #next(bytes, at) {
    return this.#isOpen ? readFrame(bytes, at) : undefined;
  }

  /** @param {import('../frames.mjs').Frame} frame */
  #readFrame({ opcode, fin, rsv1, masked, payload }) {
    if (opcode === PING) return clientFrame(PONG, payload, KEY);
    if (opcode !== Opcode.Text || !fin || rsv1 || masked) throw new Error(`a frame with opcode ${opcode} came`);
    const reply = this.onText(payload.toString());
    return reply === undefined ? undefined : clientFrame(Opcode.Text, Buffer.from(reply), KEY);
  }

  onOpen() {
    this.isReady = true;
  }

  /**
   * @param {string} text
   * @returns {string | undefined} what must be answered
   */
  onText(text) {
    this.messages.push(JSON.parse(text));
    return undefined;
  }
}

/** With the rooms of sluice: the first message says that the member is in. */
export class JoinedReading extends WebSocketReading {
  #isIn = false;

  /** @override */
  onOpen() {}

  /**
   * @override
   * @param {string} text
   */
  onText(text) {
    const message = JSON.parse(text);
    if (this.#isIn || message.type !== 'JOINED') this.messages.push(message);
    else {
      this.#isIn = true;
      this.isReady = true;
    }
    return undefined;
  }
}

/** The first character is the packet type of engine.io, the second, of its messages, that of socket.io. */
const EngineIo = /** @type {const} */ ({ Open: '0', Ping: '2', Pong: '3' });
const SocketIo = /** @type {const} */ ({ Connect: '40', Event: '42' });

/** A member is in when the namespace is connected, and hears events. */
export class SocketIoReading extends WebSocketReading {
  /** @param {number} port */
  constructor(port) {
    super(port, '/socket.io/?EIO=4&transport=websocket');
  }

  /** @override */
  onOpen() {}

  /**
   * @override
   * @param {string} text
   * @returns {string | undefined}
   */
  onText(text) {
    if (text.startsWith(EngineIo.Open)) return SocketIo.Connect;
    if (text === EngineIo.Ping) return EngineIo.Pong;
    if (text.startsWith(SocketIo.Connect)) this.isReady = true;
    else if (text.startsWith(SocketIo.Event)) this.messages.push(JSON.parse(text.slice(SocketIo.Event.length))[1]);
    else throw new Error(`a packet came that is none of a room: ${text}`);
    return undefined;
  }
}
