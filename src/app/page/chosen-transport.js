// The one transport that this page gives its client: it goes over whatever the reader has chosen, and tells the server which page
// this is and which of its links. A transport is a value, so that nothing of the client has to be changed for it.
import { poll, sse, websocket } from '/resilient/index.js';
import { ObservedLink } from './observed-link.js';

const TRANSPORTS = new Map([websocket, sse, poll].map((transport) => [transport.name, transport]));

/** The reason of an end that the reader has wanted. */
export const SWITCHED = 'another transport was chosen';
/** Come again: RFC 6455 §11.7, as IANA has it. */
const SERVICE_RESTART = 1012;
/** 128 bits. */
const NAME_BYTES = 16;

/** A `Transport` of the client. */
export class ChosenTransport {
  #watcher;
  #via = 'websocket';
  /** What the server knows this page by. Whoever else knew it could break its connections, and nothing worse. */
  #page = [...crypto.getRandomValues(new Uint8Array(NAME_BYTES))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
  #links = 0;
  /** The newest. @type {ObservedLink | undefined} */
  #link;

  /**
   * @param watcher is told `onOpening()`, `onKnown(userId, inspectionId)`, `onJoined(cursor)`, `onEntry(entry)`,
   *   `onRtt(milliseconds, what)`, `onSent(bufferedAmount)`, and `onAsked()` when the client wants a sign of life; and says
   *   whether it `isGuest`, whose name is no secret
   */
  constructor(watcher) {
    this.#watcher = watcher;
  }

  get name() {
    return this.#via;
  }

  /** What the server knows the newest link by. */
  get identity() {
    return { page: this.#page, link: String(this.#links) };
  }

  get link() {
    return this.#link;
  }

  /** Goes on over another transport: at once where there is a link, otherwise with the next. */
  switchTo(via) {
    this.#via = via;
    this.#link?.onEnd({ code: SERVICE_RESTART, reason: SWITCHED, wasClean: true, retry: 0 });
  }

  /** As `Transport` has it. */
  open(request, listener) {
    this.#links++;
    this.#watcher.onOpening();
    const { identity } = this;
    const url = new URL(request.url);
    for (const [name, value] of Object.entries(identity)) url.searchParams.set(name, value);
    const { token } = request.credentials;
    const credentials = this.#watcher.isGuest ? { name: token } : { token };
    const wanted = { ...request, url: url.href, credentials };
    const only = {
      onOpen: () => listener.onOpen(),
      onAlive: () => listener.onAlive(),
      onMessage: (data) => listener.onMessage(data),
      onEnd: (end) => {
        if (this.#link === link) this.#link = undefined;
        listener.onEnd(end);
      },
    };
    const link = new ObservedLink(TRANSPORTS.get(this.#via), wanted, only, identity, this.#watcher);
    this.#link = link;
    return link;
  }
}
