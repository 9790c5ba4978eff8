// One guest in one room, over whatever carries it: holds the cursor, goes from one transport to another, comes again when the
// connection is lost, and says each message once. Knows nothing of the document.
import { Backoff } from './backoff.js';
import { EventStreamTransport } from './event-stream-transport.js';
import { LongPollTransport } from './long-poll-transport.js';
import { publish } from './publish.js';
import { WebSocketTransport } from './websocket-transport.js';

/**
 * Each transport has `open({id, name, userId, session}, since, handlers)`, once, and `close()`; one that is both ways also has
 * `say(said)`. It calls `onOpen(cursor, inspectionId)`, `onEvent(event)`, `onGap(cursor)`, `onEnd({code, reason, isFinal, retry})`.
 */
const TRANSPORTS = new Map([
  ['websocket', WebSocketTransport],
  ['sse', EventStreamTransport],
  ['poll', LongPollTransport],
]);

/** Messages that wait to be said. */
const MOST_WAITING = 100;

/**
 * Events, each a CustomEvent: `state`, `joined` {inspectionId, isFirst}, `switched` {from, to, cursor}, `message` {from,
 * content, id, via}, `gap` {from, to}, `entry`, `refused` {message}, `rtt` {milliseconds, what}, `sent`, `closed` {code, reason},
 * `lost` {reason, delay}, `away`, `back`.
 */
export class Room extends EventTarget {
  #name;
  #roomId;
  #userId;
  #via = 'websocket';
  #state = 'none';
  /** The id of the last event that was seen: what comes after it is asked for, over whatever transport. */
  #cursor;
  /** @type {WebSocketTransport | EventStreamTransport | LongPollTransport | undefined} */
  #transport;
  #wasIn = false;
  #isClosing = false;
  #backoff = new Backoff();
  /** Ends the wait: for the next try, or for the way back. */
  #timer;
  #entryCount = 0;
  /** What was said and is not acknowledged, by its ref. @type {Map<number, object>} */
  #outbox = new Map();
  #nextRef = 1;
  /** This window, for the server: a message of it is said once, and of its polls the last one counts. */
  #key = [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  /** Ends what is being published by POST. @type {AbortController | undefined} */
  #publishing;

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

  get roomId() {
    return this.#roomId;
  }

  get cursor() {
    return this.#cursor;
  }

  /** The transport. */
  get via() {
    return this.#via;
  }

  /** none, connecting, open, closing, closed, lost or away. */
  get state() {
    return this.#state;
  }

  get protocol() {
    return this.#transport?.protocol ?? '';
  }

  get bufferedAmount() {
    return this.#transport?.bufferedAmount ?? 0;
  }

  /** How many messages have been said here and are not acknowledged. */
  get waiting() {
    return this.#outbox.size;
  }

  connect() {
    this.#leave();
    this.#isClosing = false;
    this.#entryCount = 0;
    const transport = new (TRANSPORTS.get(this.#via))();
    this.#transport = transport;
    this.#setState('connecting');
    const room = { id: this.#roomId, name: this.#name, userId: this.#userId, session: this.#key };
    transport.open(room, this.#cursor, this.#handlersOf(transport));
  }

  /** Goes on over another transport, from the cursor on. */
  switchTo(via) {
    if (via === this.#via) return;
    const from = this.#via;
    this.#via = via;
    const isOn = ['connecting', 'open', 'lost'].includes(this.#state);
    if (isOn) this.#leave();
    this.#tell('switched', { from, to: via, cursor: this.#cursor });
    if (isOn) this.connect();
  }

  /** @param {string} content */
  say(content) {
    if (this.#outbox.size >= MOST_WAITING) {
      this.#tell('refused', { message: 'too many messages wait already' });
      return;
    }
    const said = { content, ref: this.#nextRef++, key: this.#key };
    this.#outbox.set(said.ref, said);
    if (this.#state !== 'open') return;
    if (this.#transport.isBothWays) this.#transport.say(said);
    else this.#publish();
  }

  close() {
    this.#isClosing = true;
    if (this.#transport === undefined) {
      this.#leave();
      this.#end({ code: undefined, reason: '' });
      return;
    }
    this.#setState('closing');
    this.#transport.close();
  }

  /** Is not there for a time. */
  goAway(milliseconds) {
    this.#leave();
    this.#setState('away');
    this.#timer = setTimeout(() => this.comeBack(), milliseconds);
    this.#tell('away');
  }

  comeBack() {
    if (this.#state !== 'away') return;
    this.#tell('back');
    this.connect();
  }

  /** Does not wait any longer for the next try. */
  retryNow() {
    if (this.#state === 'lost') this.connect();
  }

  /** Lets go of the transport: nothing that it has to say is heard any more. */
  #leave() {
    clearTimeout(this.#timer);
    this.#publishing?.abort();
    this.#publishing = undefined;
    const transport = this.#transport;
    this.#transport = undefined;
    transport?.close();
  }

  #handlersOf(transport) {
    const only =
      (act) =>
      (...details) => {
        if (this.#transport === transport) act(...details);
      };
    return {
      onKnown: only((userId) => {
        this.#userId = userId;
      }),
      onOpen: only((cursor, inspectionId) => this.#onOpen(cursor, inspectionId)),
      onEvent: only((event) => {
        this.#cursor = event.id;
        this.#tell('message', { ...event, via: this.#via });
      }),
      onGap: only((cursor) => {
        const from = this.#cursor;
        this.#cursor = cursor;
        this.#tell('gap', { from, to: cursor });
      }),
      onSaid: only((ref) => this.#outbox.delete(ref)),
      onRefused: only((ref, message) => {
        this.#outbox.delete(ref);
        this.#tell('refused', { message });
      }),
      onRtt: only((milliseconds, what) => this.#tell('rtt', { milliseconds, what })),
      onSent: only(() => this.#tell('sent')),
      onEntry: only((entry) => this.#tell('entry', { ...entry, index: this.#entryCount++, time: Date.now() })),
      onEnd: only((end) => this.#onEnd(end)),
    };
  }

  #onOpen(cursor, inspectionId) {
    const isFirst = !this.#wasIn;
    this.#wasIn = true;
    this.#cursor ??= cursor;
    this.#backoff.reset();
    this.#setState('open');
    this.#tell('joined', { inspectionId, isFirst });
    // What is not acknowledged may have been said all the same: key and ref say it once.
    if (!this.#transport.isBothWays) this.#publish();
    else for (const said of this.#outbox.values()) this.#transport.say(said);
  }

  /** Says what waits by POST, one behind the other. */
  async #publish() {
    if (this.#publishing !== undefined) return;
    const abort = new AbortController();
    this.#publishing = abort;
    const room = { id: this.#roomId, name: this.#name, userId: this.#userId };
    const handlers = this.#handlersOf(this.#transport);
    for (const [ref, said] of this.#outbox) {
      const failure = await publish(room, said, handlers, abort.signal);
      if (abort.signal.aborted) return;
      if (failure === undefined) this.#outbox.delete(ref);
      else if (failure.isFinal) handlers.onRefused(ref, failure.reason);
      else {
        // It keeps its turn: whatever comes behind it waits, too.
        this.#onEnd({ code: undefined, ...failure });
        return;
      }
    }
    this.#publishing = undefined;
  }

  #onEnd(end) {
    this.#leave();
    // Whoever has never been in may have given a name that is none.
    if (this.#isClosing || end.isFinal || !this.#wasIn) {
      this.#end(end);
      return;
    }
    const delay = this.#backoff.next(end.retry);
    this.#timer = setTimeout(() => this.connect(), delay);
    this.#setState('lost');
    this.#tell('lost', { ...end, delay });
  }

  #end(end) {
    this.#setState('closed');
    this.#tell('closed', end);
  }

  #setState(state) {
    this.#state = state;
    this.#tell('state');
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
