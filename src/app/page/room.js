// One guest in one room, by a ResilientWebSocket: what the client does by itself is told, so that it can be seen. Knows nothing of
// the document.
import { RefusedError, ResilientWebSocket } from '/resilient/index.js';
import { ChosenTransport, SWITCHED } from './chosen-transport.js';
import { idBefore } from './event-id.js';
import { OPTIONS } from './options.js';

/**
 * Events, each a CustomEvent: `state`, `joined` {inspectionId, isFirst}, `switched` {from, to, cursor}, `message` {from,
 * content, id, via}, `gap` {from, to}, `entry`, `refused` {message}, `rtt` {milliseconds, what}, `sent`, `closed` {code, reason},
 * `lost` {code, reason, attempt, delay}, `asked`, `outage` {kind, time}.
 */
export class Room extends EventTarget {
  #name;
  #roomId;
  #userId;
  #inspectionId;
  #state = 'none';
  /** The id of the last event that was seen. */
  #cursor;
  /** What was to come after it, and is not kept: until it is known what comes instead. */
  #gap = false;
  /** @type {ResilientWebSocket | undefined} */
  #client;
  #transport = new ChosenTransport(this);
  #wasIn = false;
  /** Why there is no coming back, where the server has said so otherwise than by closing. */
  #refusal;
  #entryCount = 0;
  #waiting = 0;

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
    return this.#userId ?? this.#name;
  }

  get isGuest() {
    return this.#userId === this.#name;
  }

  get roomId() {
    return this.#roomId;
  }

  get cursor() {
    return this.#cursor;
  }

  /** The transport. */
  get via() {
    return this.#transport.name;
  }

  /** none, connecting, open (and in the room), waiting, offline, closing or closed. */
  get state() {
    return this.#state;
  }

  get protocol() {
    const types = { websocket: this.#client?.protocol, sse: 'text/event-stream', poll: 'application/json' };
    return types[this.via] ?? '';
  }

  /** Bytes that were given to send() and that the browser has not handed to the network. */
  get bufferedAmount() {
    return this.#transport.link?.bufferedAmount ?? 0;
  }

  /** How many messages have been said here and are not acknowledged. */
  get waiting() {
    return this.#waiting;
  }

  // ---- what the reader does

  /** Connects, and stays connected until it is closed. */
  connect() {
    this.#refusal = undefined;
    const options = { ...OPTIONS, token: this.#name, transports: [this.#transport] };
    const client = new ResilientWebSocket(new URL('/ws', location.href), options);
    this.#client = client;
    client.onmessage = ({ data }) => this.#onMessage(JSON.parse(data));
    client.ongap = ({ cursor }) => this.#onGap(cursor);
    client.onreconnecting = (event) => this.#onReconnecting(event);
    client.onerror = ({ error }) => {
      // The room is not for us, or not any more.
      if (error instanceof RefusedError) this.#giveUp(error.message);
    };
    client.onclose = ({ code, reason }) => {
      this.#setState('closed');
      this.#tell('closed', { code, reason: this.#refusal ?? reason });
    };
    client.join(this.#roomId, { since: this.#cursor });
    this.#setState('connecting');
  }

  /** Goes on over another transport, from the cursor on. */
  switchTo(via) {
    if (via === this.via) return;
    this.#tell('switched', { from: this.via, to: via, cursor: this.#cursor });
    this.#transport.switchTo(via);
  }

  /** @param {string} content */
  say(content) {
    this.#waiting++;
    this.#client
      .publish(this.#roomId, content)
      .catch(({ message }) => this.#tell('refused', { message }))
      .finally(() => this.#waiting--);
  }

  close() {
    this.#client.close(1000, 'goodbye');
    if (this.#client.readyState === WebSocket.CLOSING) this.#setState('closing');
  }

  /**
   * Has the server break this page's connections.
   *
   * @param {'cut' | 'silence'} kind
   * @param {number} time milliseconds for which no new one is let in
   * @returns {Promise<boolean>} whether it does
   */
  async breakOff(kind, time = 0) {
    this.#tell('outage', { kind, time });
    const query = new URLSearchParams({ ...this.#transport.identity, kind, for: String(time) });
    return fetch(`/outage?${query}`, { method: 'POST' }).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  /** Where the room ends, as the server says: who names no place is told at once. @returns an id, or `undefined` */
  async end() {
    const query = new URLSearchParams({ room: this.#roomId, ...(this.isGuest && { name: this.#name }) });
    const headers = this.isGuest ? {} : { Authorization: `Bearer ${this.#name}` };
    const answer = await fetch(`/api/poll?${query}`, { headers, cache: 'no-store' })
      .then((response) => response.json())
      .catch(() => undefined);
    return answer?.cursor;
  }

  // ---- what the client tells

  #onMessage(event) {
    // Whatever the server says besides is no part of the conversation.
    if (event.id === undefined) return;
    if (this.#gap) this.#showGap(idBefore(event.id));
    this.#cursor = event.id;
    this.#tell('message', { ...event, via: this.via });
  }

  /** @param cursor where it goes on; over polls, where it goes on with the next message, `undefined` */
  #onGap(cursor) {
    if (cursor === undefined) this.#gap = true;
    else this.#showGap(cursor);
  }

  #showGap(to) {
    const from = this.#cursor;
    this.#gap = false;
    this.#cursor = to;
    this.#tell('gap', { from, to });
  }

  #onReconnecting({ attempt, delay, code, reason }) {
    // Without a link nothing can be switched: this is a switch.
    if (reason === SWITCHED) return;
    // Whoever has never been in may have given a name that is none.
    if (!this.#wasIn) {
      this.#giveUp(reason);
      return;
    }
    this.#setState(delay === undefined ? 'offline' : 'waiting');
    this.#tell('lost', { code, reason, attempt, delay });
  }

  #giveUp(why) {
    this.#refusal = why;
    this.#client.close(1000, 'not in the room');
  }

  // ---- what the transport tells

  onOpening() {
    this.#entryCount = 0;
    this.#inspectionId = undefined;
    this.#setState('connecting');
  }

  onKnown(userId, inspectionId) {
    this.#userId = userId;
    this.#inspectionId = inspectionId;
  }

  onJoined(cursor) {
    const isFirst = !this.#wasIn;
    this.#wasIn = true;
    this.#cursor ??= cursor;
    this.#setState('open');
    this.#tell('joined', { inspectionId: this.#inspectionId, isFirst });
  }

  onEntry(entry) {
    this.#tell('entry', { ...entry, index: this.#entryCount++, time: Date.now() });
  }

  onRtt(milliseconds, what) {
    this.#tell('rtt', { milliseconds, what });
  }

  onSent() {
    this.#tell('sent');
  }

  onAsked() {
    this.#tell('asked');
  }

  #setState(state) {
    this.#state = state;
    this.#tell('state');
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
