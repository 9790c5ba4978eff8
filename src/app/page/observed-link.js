// A link of the client, over whatever transport, that shows what passes and how long answers take. What it does is done by the
// link inside; to the client it looks the same.
import { observedFetch } from './observed-fetch.js';

/** A `Link` of the client. See `chosen-transport.js` for what its watcher is told. */
export class ObservedLink {
  #inner;
  #listener;
  #watcher;
  #isOver = false;
  /** When was sent what is answered, by the type and the ref of the answer. @type {Map<string, number>} */
  #sent = new Map();

  /**
   * @param transport a `Transport` of the client
   * @param request what it is asked for
   * @param listener who is told
   * @param {Record<string, string>} identity see `observedFetch`
   */
  constructor(transport, request, listener, identity, watcher) {
    this.#listener = listener;
    this.#watcher = watcher;
    this.#inner = transport.open({ ...request, fetch: observedFetch(identity, this) }, this);
    // The client keeps to itself that it was believed; the page wants to know as whom.
    this.socket?.addEventListener('message', ({ data }) => {
      const { type, payload } = JSON.parse(data);
      if (type === 'AUTH_OK') watcher.onKnown(payload.userId, payload.connection);
    });
  }

  get socket() {
    return this.#inner.socket;
  }

  get bufferedAmount() {
    return this.#inner.bufferedAmount;
  }

  // ---- what the client does

  send(data) {
    const { type, ref } = JSON.parse(data);
    // Over HTTP the answers are made here, and the requests are measured.
    if (this.socket !== undefined) this.#sent.set(type === 'MESSAGE' ? `ACK ${ref}` : type, performance.now());
    this.#inner.send(data);
    this.#watcher.onSent(this.bufferedAmount);
  }

  ping() {
    this.#watcher.onAsked();
    return this.#inner.ping();
  }

  close(code, reason) {
    this.#inner.close(code, reason);
  }

  drop() {
    this.#isOver = true;
    this.#inner.drop();
  }

  // ---- what the link inside tells

  onOpen() {
    this.#listener.onOpen();
  }

  onAlive() {
    this.#listener.onAlive();
  }

  onMessage(data) {
    const { type, ref, cursor } = JSON.parse(data);
    if (type === 'ACK') this.#measure(`ACK ${ref}`, 'MESSAGE to ACK');
    if (type === 'JOINED') {
      this.#measure('JOIN_ROOM', 'JOIN_ROOM to JOINED');
      this.#watcher.onJoined(cursor);
    }
    this.#listener.onMessage(data);
  }

  onEnd(end) {
    this.drop();
    this.#listener.onEnd(end);
  }

  #measure(key, what) {
    const sentAt = this.#sent.get(key);
    this.#sent.delete(key);
    if (sentAt !== undefined) this.onRtt(performance.now() - sentAt, what);
  }

  // ---- what passes over HTTP

  onEntry(entry) {
    if (!this.#isOver) this.#watcher.onEntry(entry);
  }

  onRtt(milliseconds, what) {
    if (!this.#isOver) this.#watcher.onRtt(milliseconds, what);
  }
}
