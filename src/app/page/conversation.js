// The log of the conversation: who said what, by which id and over which transport it came, and what happened in between.
import { inShort } from './event-id.js';
import { make } from './make.js';
import { nameOf } from './transport-names.js';

/** Lines that are kept. */
const MOST_LINES = 500;

/** The log. */
export class Conversation {
  #log;
  /** The mark of the last switch, until the first event behind it. @type {HTMLElement | undefined} */
  #openMark;

  /** @param {HTMLElement} log */
  constructor(log) {
    this.#log = log;
  }

  /** @param {{ from: string, content: string, id: string, via: string }} message */
  addMessage({ from, content, id, via }, isOwn) {
    this.#openMark?.append(` On with ${inShort(id)}.`);
    this.#openMark = undefined;
    const item = make('li', isOwn ? 'message own' : 'message');
    const place = make('small', 'place', `${inShort(id)} · ${nameOf(via)}`);
    place.title = id;
    item.append(make('b', '', from), make('bdi', '', content), place);
    item.dataset.id = id;
    item.dataset.via = via;
    this.#add(item);
  }

  /** A line of the page's own. */
  note(text) {
    this.#add(make('li', 'note', text));
  }

  /** Something that happened to the connection; by which id it went on is added when that is known. */
  mark(text) {
    const item = make('li', 'mark', text);
    this.#openMark = item;
    this.#add(item);
  }

  /** Something was lost. */
  warn(text) {
    this.#add(make('li', 'note lost', text));
  }

  #add(item) {
    const log = this.#log;
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
    log.append(item);
    if (log.childElementCount > MOST_LINES) log.firstElementChild.remove();
    // Who reads what was said earlier is not torn away from it.
    if (atEnd || item.classList.contains('own')) log.scrollTop = log.scrollHeight;
  }
}
