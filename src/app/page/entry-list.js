// The list of what passed: a listbox (WAI-ARIA), one option for each entry, one of them chosen. The arrow keys, Home, End and the
// page keys move; what is chosen is told by the event `choose`. Bounded: the oldest options go.
import { inBytes } from './measures.js';

/** Options that are kept. */
const MOST = 300;
/** Options that a page key moves by. */
const PAGE = 10;

/** Event: `choose` {entry, byHand}. */
export class EntryList extends EventTarget {
  #list;
  /** @type {Map<HTMLElement, object>} */
  #entries = new Map();
  /** @type {HTMLElement | null} */
  #chosen = null;

  /** @param {HTMLElement} list an element with role="listbox" */
  constructor(list) {
    super();
    this.#list = list;
    list.addEventListener('keydown', (event) => this.#onKey(event));
    list.addEventListener('click', (event) => {
      const option = event.target.closest('[role=option]');
      if (option !== null) this.#choose(option, true);
    });
  }

  clear() {
    this.#list.replaceChildren();
    this.#entries.clear();
    this.#chosen = null;
    this.#list.removeAttribute('aria-activedescendant');
  }

  /**
   * @param {object} entry as the server tells it
   * @param {boolean} choose whether to choose it at once
   */
  add(entry, choose) {
    const option = makeOption(entry);
    const atEnd = this.#list.scrollHeight - this.#list.scrollTop - this.#list.clientHeight < 40;
    this.#entries.set(option, entry);
    this.#list.append(option);
    if (this.#list.childElementCount > MOST) this.#drop(this.#list.firstElementChild);
    if (choose || this.#chosen === null) this.#choose(option, false);
    else if (atEnd) this.#list.scrollTop = this.#list.scrollHeight;
  }

  /** Chooses the newest. */
  chooseLast() {
    const last = this.#list.lastElementChild;
    if (last !== null) this.#choose(last, false);
  }

  #drop(option) {
    this.#entries.delete(option);
    option.remove();
    if (option === this.#chosen) this.#choose(this.#list.firstElementChild, false);
  }

  #choose(option, byHand) {
    this.#chosen?.setAttribute('aria-selected', 'false');
    this.#chosen = option;
    option.setAttribute('aria-selected', 'true');
    this.#list.setAttribute('aria-activedescendant', option.id);
    // Within the list alone: the page must not jump.
    const { offsetTop, offsetHeight } = option;
    if (offsetTop < this.#list.scrollTop) this.#list.scrollTop = offsetTop;
    const bottom = offsetTop + offsetHeight - this.#list.clientHeight;
    if (bottom > this.#list.scrollTop) this.#list.scrollTop = bottom;
    this.dispatchEvent(new CustomEvent('choose', { detail: { entry: this.#entries.get(option), byHand } }));
  }

  #onKey(event) {
    const options = [...this.#list.children];
    const at = options.indexOf(this.#chosen);
    const steps = new Map([
      ['ArrowDown', at + 1],
      ['ArrowUp', at - 1],
      ['PageDown', at + PAGE],
      ['PageUp', at - PAGE],
      ['Home', 0],
      ['End', options.length - 1],
    ]);
    const wanted = steps.get(event.key);
    if (wanted === undefined || options.length === 0) return;
    event.preventDefault();
    this.#choose(options[Math.max(0, Math.min(options.length - 1, wanted))], true);
  }
}

function makeOption(entry) {
  const isOurs = entry.author === 'client';
  const option = document.createElement('div');
  option.id = `entry-${entry.index}`;
  option.setAttribute('role', 'option');
  option.setAttribute('aria-selected', 'false');
  option.className = `option ${isOurs ? 'ours' : 'theirs'}`;
  const size = inBytes(entry.length);
  const direction = isOurs ? 'sent' : 'received';
  option.setAttribute('aria-label', `${direction}, ${entry.title}, ${size}. ${entry.summary}`);
  option.append(
    part('arrow', isOurs ? '↑' : '↓'),
    part('title', entry.title),
    part('size', size),
    part('summary', entry.breach === undefined ? entry.summary : `refused: ${entry.breach.text}`),
  );
  if (entry.breach !== undefined) option.classList.add('broken');
  return option;
}

function part(className, text) {
  const span = document.createElement('span');
  span.className = className;
  span.textContent = text;
  return span;
}
