// The room over a WebSocket: RFC 6455, subprotocol `sluice.v1`. Both ways on one connection: what is said goes over it, too.
// Says who it is first, then joins with the id of the last event that was seen.

/** Close codes after which coming again would not help: not who one says, not for one, too many messages. */
const FINAL_CODES = new Set([4001, 4003, 4029]);
/** What a server that restarts writes into the reason: milliseconds. */
const RETRY = /\bretry=(\d+)/;

/** See `room.js` for what all transports have in common. */
export class WebSocketTransport {
  isBothWays = true;
  /** @type {WebSocket | undefined} */
  #socket;
  #room;
  #since;
  #handlers;
  #isIn = false;
  #inspectionId;
  /** Why the room could not be joined. */
  #refusal;
  /** When the message without a `ref` that waits for its answer was sent. */
  #sentAt = 0;
  /** When each MESSAGE was sent, by its ref. @type {Map<number, number>} */
  #sent = new Map();

  get protocol() {
    return this.#socket?.protocol ?? '';
  }

  /** Bytes that were given to send() and that the browser has not handed to the network. */
  get bufferedAmount() {
    return this.#socket?.bufferedAmount ?? 0;
  }

  open(room, since, handlers) {
    this.#room = room;
    this.#since = since;
    this.#handlers = handlers;
    const url = new URL('/ws', location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url, 'sluice.v1');
    this.#socket = socket;
    socket.addEventListener('open', () => this.#ask({ type: 'AUTH', token: room.name }));
    socket.addEventListener('message', (event) => this.#onMessage(JSON.parse(event.data)));
    socket.addEventListener('close', ({ code, reason }) => this.#onClose(code, reason));
  }

  close() {
    this.#socket.close(1000, 'goodbye');
  }

  /** Says something. The answer is told by `onSaid` or `onRefused`. */
  say(said) {
    this.#sent.set(said.ref, performance.now());
    this.#send({ type: 'MESSAGE', roomId: this.#room.id, ...said });
  }

  #send(message) {
    this.#socket.send(JSON.stringify(message));
    this.#handlers.onSent();
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
        this.#handlers.onKnown(message.payload.userId);
        this.#ask({ type: 'JOIN_ROOM', roomId: this.#room.id, since: this.#since });
        break;
      case 'JOINED':
        this.#measure(this.#sentAt, 'JOIN_ROOM to JOINED');
        this.#isIn = true;
        this.#handlers.onOpen(message.cursor, this.#inspectionId);
        break;
      case 'ACK':
        this.#measure(this.#sent.get(message.ref), 'MESSAGE to ACK');
        this.#sent.delete(message.ref);
        this.#handlers.onSaid(message.ref);
        break;
      case 'GAP':
        this.#handlers.onGap(message.cursor);
        break;
      case 'ERROR':
        this.#onError(message);
        break;
      default:
        if (message.id !== undefined) this.#handlers.onEvent(message);
    }
  }

  #onError(message) {
    this.#sent.delete(message.ref);
    if (this.#isIn) {
      this.#handlers.onRefused(message.ref, message.message);
      return;
    }
    this.#refusal = message;
    this.#socket.close(1000, 'not in the room');
  }

  #onClose(code, reason) {
    const refused = this.#refusal;
    const [, retry] = RETRY.exec(reason) ?? [];
    this.#handlers.onEnd({
      code,
      reason: refused?.message ?? reason,
      isFinal: FINAL_CODES.has(code) || (refused !== undefined && refused.code !== 'UNAVAILABLE'),
      retry: retry === undefined ? undefined : Number(retry),
    });
  }

  #measure(sentAt, what) {
    if (sentAt !== undefined) this.#handlers.onRtt(performance.now() - sentAt, what);
  }
}
