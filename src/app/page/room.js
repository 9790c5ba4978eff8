// The page's own connection: says who it is, joins one room, and speaks `sluice.v1`. Measures the round trip by whatever
// the server answers to. Knows nothing of the document.

/** How a WebSocket stands, in words. */
const STATES = ['connecting', 'open', 'closing', 'closed'];

/**
 * One guest in one room. Events, each a CustomEvent: `state`, `joined` {inspectionId}, `message` {from, content, id},
 * `gap`, `refused` {message}, `rtt` {milliseconds, what}, `closed` {code, reason}.
 */
export class Room extends EventTarget {
  #name;
  #roomId;
  /** The id of the last message that was seen: what comes after it is asked for when connecting again. */
  #cursor;
  /** @type {WebSocket | undefined} */
  #socket;
  #inspectionId;
  /** When the message without a `ref` that waits for its answer was sent. */
  #sentAt = 0;
  /** When each MESSAGE was sent, by its ref. @type {Map<number, number>} */
  #sent = new Map();
  #nextRef = 1;

  /**
   * @param {string} name
   * @param {string} roomId
   */
  constructor(name, roomId) {
    super();
    this.#name = name;
    this.#roomId = roomId;
  }

  get name() {
    return this.#name;
  }

  get roomId() {
    return this.#roomId;
  }

  get state() {
    return this.#socket === undefined ? 'none' : STATES[this.#socket.readyState];
  }

  get protocol() {
    return this.#socket?.protocol ?? '';
  }

  /** Bytes that were given to send() and that the browser has not handed to the network. */
  get bufferedAmount() {
    return this.#socket?.bufferedAmount ?? 0;
  }

  connect() {
    const url = new URL('/ws', location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url, 'sluice.v1');
    this.#socket = socket;
    this.#sent.clear();
    socket.addEventListener('open', () => {
      this.#tell('state');
      this.#ask({ type: 'AUTH', token: this.#name });
    });
    socket.addEventListener('message', (event) => this.#onMessage(JSON.parse(event.data)));
    socket.addEventListener('close', ({ code, reason }) => {
      this.#tell('state');
      this.#tell('closed', { code, reason });
    });
    this.#tell('state');
  }

  /** @param {string} content */
  say(content) {
    const ref = this.#nextRef++;
    this.#sent.set(ref, performance.now());
    this.#send({ type: 'MESSAGE', roomId: this.#roomId, content, ref });
  }

  close() {
    this.#socket?.close(1000, 'goodbye');
    this.#tell('state');
  }

  #send(message) {
    this.#socket?.send(JSON.stringify(message));
    this.#tell('sent');
  }

  /** Sends what the server answers to before anything else. */
  #ask(message) {
    this.#sentAt = performance.now();
    this.#send(message);
  }

  #onMessage(message) {
    switch (message.type) {
      case 'AUTH_OK':
        this.#measure(this.#sentAt, 'AUTH to AUTH_OK');
        this.#inspectionId = message.payload.connection;
        this.#ask({ type: 'JOIN_ROOM', roomId: this.#roomId, since: this.#cursor });
        break;
      case 'JOINED':
        this.#measure(this.#sentAt, 'JOIN_ROOM to JOINED');
        this.#cursor = message.cursor;
        this.#tell('joined', { inspectionId: this.#inspectionId });
        break;
      case 'MESSAGE':
        this.#cursor = message.id;
        this.#tell('message', message);
        break;
      case 'ACK':
        this.#measure(this.#sent.get(message.ref), 'MESSAGE to ACK');
        this.#sent.delete(message.ref);
        break;
      case 'GAP':
        this.#cursor = message.cursor;
        this.#tell('gap');
        break;
      case 'ERROR':
        this.#sent.delete(message.ref);
        this.#tell('refused', message);
        break;
    }
  }

  #measure(sentAt, what) {
    if (sentAt !== undefined) this.#tell('rtt', { milliseconds: performance.now() - sentAt, what });
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
