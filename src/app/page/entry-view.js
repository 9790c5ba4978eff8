// One frame from close by: its first sixteen bits as the RFC draws them, all of its bytes in hex, and a table with every
// field; of what is text on the wire, the text. Whatever field is pointed at or has the focus is marked wherever it stands.

import { drawText } from './entry-text.js';
import { make } from './make.js';
import { inBytes } from './measures.js';

const BYTES_IN_ROW = 16;
/** Characters of a value beside which nothing else has room. */
const LONG_VALUE = 24;
/** Bytes that are shown of the unmasking. */
const UNMASKED_SHOWN = 12;
/** Tints of a frame's fields: what belongs together looks alike. The two first bytes have their own. */
const TINTS = new Map([
  ['Extended payload length', 1],
  ['Masking key', 2],
  ['Payload data', 3],
  ['Close code', 3],
  ['Close reason', 4],
]);
const TINT_COUNT = 5;

/** Shows one entry in `place`. */
export class EntryView {
  #place;
  /** What is marked for each field. @type {HTMLElement[][]} */
  #marks = [];
  /** @type {HTMLElement[]} */
  #rows = [];
  #active = -1;

  /** @param {HTMLElement} place */
  constructor(place) {
    this.#place = place;
    place.addEventListener('keydown', (event) => this.#onKey(event));
  }

  clear(text) {
    delete this.#place.dataset.index;
    this.#place.replaceChildren(make('p', 'empty', text));
  }

  /** @param {any} entry as the server tells it */
  show(entry) {
    this.#place.dataset.index = entry.index;
    this.#marks = entry.fields.map(() => []);
    this.#rows = [];
    this.#active = -1;
    if (entry.kind === 'text') {
      const text = drawText(entry, (element, inner, outer) => {
        this.#mark(element, inner, entry.fields[inner], entry);
        for (const index of outer) this.#marks[index].push(element);
      });
      this.#place.replaceChildren(this.#heading(entry, entry.length), text, this.#table(entry));
      return;
    }
    const bytes = fromHex(entry.bytes);
    const parts = [this.#heading(entry, bytes.length)];
    if (entry.breach !== undefined) parts.push(breachNote(entry.breach));
    if (entry.kind === 'frame' && bytes.length >= 2) parts.push(this.#bits(entry, bytes));
    parts.push(this.#dump(entry, bytes), this.#table(entry, bytes));
    const key = entry.fields.find((field) => field.name === 'Masking key');
    if (key !== undefined && entry.payload?.unmasked) parts.push(unmasking(entry, bytes, key));
    this.#place.replaceChildren(...parts);
  }

  #heading(entry, kept) {
    const heading = make('h3', '', entry.title);
    const isOurs = entry.author === 'client';
    const who = isOurs ? 'from this page to the server' : 'from the server to this page';
    const time = new Date(entry.time).toISOString().slice(11, 23);
    const cut = kept < entry.length ? `, of which ${kept} are shown` : '';
    heading.append(make('small', '', `${inBytes(entry.length)}${cut}, ${who}, ${time} UTC`));
    return heading;
  }

  /** RFC 6455 §5.2: the drawing of the first two bytes, with the bits of this frame in it. */
  #bits(entry, bytes) {
    const table = make('table', 'bits');
    table.append(make('caption', '', 'The first sixteen bits, as RFC 6455 §5.2 draws them'));
    const numbers = make('tr');
    const values = make('tr');
    const names = make('tr');
    for (let bit = 0; bit < 16; bit++) {
      numbers.append(make('td', 'bit-number', String(bit)));
      const value = make('td', 'bit', String((bytes[bit >> 3] >> (7 - (bit & 7))) & 1));
      const index = entry.fields.findIndex(
        ({ offset, bits }) => bits && bit >= offset * 8 + bits.first && bit < offset * 8 + bits.first + bits.count,
      );
      const field = entry.fields[index];
      this.#mark(value, index, field, entry);
      values.append(value);
      if (bit !== field.offset * 8 + field.bits.first) continue;
      value.classList.add('first');
      const name = make('td', 'bit-name first', field.name);
      name.colSpan = field.bits.count;
      this.#mark(name, index, field, entry);
      names.append(name);
    }
    const body = make('tbody');
    body.append(numbers, values, names);
    table.append(body);
    const scroller = make('div', 'scroller');
    scroller.append(table);
    return scroller;
  }

  #dump(entry, bytes) {
    const dump = make('div', 'dump');
    dump.tabIndex = 0;
    dump.setAttribute('role', 'group');
    dump.setAttribute('aria-label', `${bytes.length} bytes in hex`);
    for (let at = 0; at < bytes.length; at += BYTES_IN_ROW) {
      const row = make('div', 'row');
      const hex = make('span', 'hex');
      const text = make('span', 'text');
      const end = Math.min(at + BYTES_IN_ROW, bytes.length);
      for (let index = at; index < end; index++) {
        const field = entry.fields.findIndex(({ offset, length }) => index >= offset && index < offset + length);
        const byte = make('span', 'byte', bytes[index].toString(16).padStart(2, '0'));
        const character = make('span', 'character', asCharacter(bytes[index]));
        if (index === entry.breach?.offset) byte.classList.add('broken');
        this.#markAll(byte, index, field, entry);
        this.#markAll(character, index, field, entry);
        hex.append(byte);
        text.append(character);
      }
      row.append(make('span', 'offset', at.toString(16).padStart(4, '0')), hex, text);
      dump.append(row);
    }
    return dump;
  }

  #table(entry, bytes) {
    const table = make('table', 'fields-table');
    table.setAttribute('role', 'grid');
    table.setAttribute('aria-label', 'Fields');
    const head = make('tr');
    // The octets of a head are its text: they are to be seen in the dump, and need no column.
    const isFrame = entry.kind === 'frame';
    for (const title of ['Field', isFrame ? 'On the wire' : '', 'What it says', 'Defined in'].filter(Boolean)) {
      const cell = make('th', 'column', title);
      cell.scope = 'col';
      head.append(cell);
    }
    const top = make('thead');
    top.append(head);
    const body = make('tbody');
    for (const [index, field] of entry.fields.entries()) {
      const row = make('tr', `tinted tint-${tintOf(field, index, entry)}`);
      row.setAttribute('role', 'row');
      const name = make('th', 'name', field.name);
      name.setAttribute('role', 'rowheader');
      const says = make('td', 'says');
      const isLong = field.value.length > LONG_VALUE;
      says.append(make('span', isLong ? 'value long' : 'value', field.value), make('span', 'meaning', field.meaning));
      const defined = make('td', 'section');
      defined.append(sectionLink(field.section));
      row.append(name, ...(isFrame ? [make('td', 'wire', wireOf(field, bytes))] : []), says, defined);
      for (const cell of row.querySelectorAll('td')) cell.setAttribute('role', 'gridcell');
      row.addEventListener('focusin', () => this.#activate(index));
      row.addEventListener('mouseenter', () => this.#activate(index));
      this.#rows.push(row);
      this.#marks[index].push(row);
      body.append(row);
    }
    table.append(top, body);
    this.#rove(0);
    const scroller = make('div', 'scroller');
    scroller.append(table);
    return scroller;
  }

  /** Tints `element`, and has it marked whenever one of the fields of byte `index` is active. */
  #markAll(element, index, first, entry) {
    if (first === -1) return;
    this.#mark(element, first, entry.fields[first], entry);
    for (let field = first + 1; field < entry.fields.length; field++) {
      const { offset, length } = entry.fields[field];
      if (index >= offset && index < offset + length) this.#marks[field].push(element);
    }
  }

  #mark(element, index, field, entry) {
    element.classList.add('tinted', `tint-${tintOf(field, index, entry)}`);
    this.#marks[index].push(element);
    element.addEventListener('mouseenter', () => this.#activate(index));
  }

  #activate(index) {
    if (index === this.#active) return;
    for (const element of this.#marks[this.#active] ?? []) element.classList.remove('active');
    this.#active = index;
    for (const element of this.#marks[index]) element.classList.add('active');
    this.#rove(index);
    this.#scrollDump();
  }

  /** What is marked can be seen, also in a long dump. */
  #scrollDump() {
    const dump = this.#place.querySelector('.dump');
    const byte = dump.querySelector('.active');
    if (byte === null) return;
    const { offsetTop: top, offsetHeight: height } = byte;
    if (top < dump.scrollTop || top + height > dump.scrollTop + dump.clientHeight) dump.scrollTop = top - 2 * height;
  }

  /** One row, and the link in it, can be reached by Tab; the arrow keys move which. */
  #rove(index) {
    for (const [at, row] of this.#rows.entries()) {
      row.tabIndex = at === index ? 0 : -1;
      row.querySelector('a')?.setAttribute('tabindex', at === index ? '0' : '-1');
    }
  }

  #onKey(event) {
    const at = this.#rows.indexOf(event.target.closest('tr'));
    if (at === -1) return;
    const steps = new Map([
      ['ArrowDown', at + 1],
      ['ArrowUp', at - 1],
      ['Home', 0],
      ['End', this.#rows.length - 1],
    ]);
    const wanted = steps.get(event.key);
    if (wanted === undefined) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(this.#rows.length - 1, wanted));
    this.#activate(next);
    this.#rows[next].focus();
  }
}

function tintOf(field, index, entry) {
  if (entry.kind !== 'frame') return index % TINT_COUNT;
  return field.bits === undefined ? (TINTS.get(field.name) ?? 0) : field.offset;
}

function wireOf({ offset, length, bits }, bytes) {
  if (bits !== undefined) {
    const all = bytes[offset].toString(2).padStart(8, '0');
    const end = bits.first + bits.count;
    return '·'.repeat(bits.first) + all.slice(bits.first, end) + '·'.repeat(8 - end);
  }
  const shown = [...bytes.subarray(offset, offset + Math.min(length, 6))];
  const hex = shown.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return length > 6 ? `${hex} …` : hex;
}

function breachNote({ text, expected, offset, section }) {
  const note = make('p', 'breach');
  note.append(
    make('strong', '', `Refused: ${text}`),
    ` (byte ${offset}). Expected: ${expected}. `,
    sectionLink(section),
  );
  return note;
}

/** RFC 6455 §5.3, byte by byte: what is on the wire, the key, and what they make. */
function unmasking(entry, bytes, key) {
  const { offset, unmasked } = entry.payload;
  const plain = fromHex(unmasked);
  const count = Math.min(UNMASKED_SHOWN, plain.length);
  const table = make('table', 'unmasking');
  table.append(make('caption', '', 'Taking the mask off (RFC 6455 §5.3): each byte of the payload XOR one of the key'));
  const rows = [
    ['on the wire', 'tint-3', (index) => hexOf(bytes[offset + index])],
    ['masking key', 'tint-2', (index) => hexOf(bytes[key.offset + (index % 4)])],
    ['payload', '', (index) => hexOf(plain[index])],
    ['as text', '', (index) => asCharacter(plain[index])],
  ];
  const body = make('tbody');
  for (const [title, tint, cellOf] of rows) {
    const row = make('tr');
    const head = make('th', 'step', title);
    head.scope = 'row';
    row.append(head);
    for (let index = 0; index < count; index++)
      row.append(make('td', tint ? `step-byte tinted ${tint}` : 'step-byte', cellOf(index)));
    if (plain.length > count) row.append(make('td', 'step-byte', '…'));
    body.append(row);
  }
  table.append(body);
  const scroller = make('div', 'scroller');
  scroller.append(table);
  return scroller;
}

/** Where HTML §9.2 and its sections can be read. */
const HTML_PLACES = new Map([
  ['HTML §9.2', 'server-sent-events'],
  ['HTML §9.2.4', 'the-last-event-id-header'],
  ['HTML §9.2.5', 'parsing-an-event-stream'],
  ['HTML §9.2.6', 'event-stream-interpretation'],
]);

function addressOf(section) {
  const place = HTML_PLACES.get(section);
  if (place !== undefined) return `https://html.spec.whatwg.org/multipage/server-sent-events.html#${place}`;
  const [, number, part] = /^RFC (\d+) §([\d.]+)$/.exec(section) ?? [];
  return number === undefined ? undefined : `https://www.rfc-editor.org/rfc/rfc${number}#section-${part}`;
}

/** `RFC 6455 §5.2` as a link to it; what is no standard as text. */
function sectionLink(section) {
  const address = addressOf(section);
  if (address === undefined) return make('span', '', section);
  const link = make('a', '', section);
  link.href = address;
  link.target = '_blank';
  link.rel = 'noopener noreferrer';
  return link;
}

function hexOf(byte) {
  return byte.toString(16).padStart(2, '0');
}

function asCharacter(byte) {
  return byte >= 0x20 && byte <= 0x7e ? String.fromCharCode(byte) : '·';
}

function fromHex(hex) {
  const bytes = new Uint8Array(hex.length / 2);
  for (let at = 0; at < bytes.length; at++) bytes[at] = Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16);
  return bytes;
}
