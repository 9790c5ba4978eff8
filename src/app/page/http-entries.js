// What passes over HTTP, as entries of the list: the text as it was sent or as it came, and every name in it explained. Of
// requests and of the heads of answers a page knows only what fetch() tells; bodies and event streams are whole.
import { placeOf } from './event-id.js';
import { MEANINGS, meaningOf } from './http-meanings.js';
import { elementsAt, membersAt } from './json-places.js';

const encoder = new TextEncoder();

/** What the page asks of fetch(). @param hasToken whether a token goes with it, which is not shown */
export function requestEntry(method, url, headers, hasToken, body) {
  const text = new Text();
  text.add(`${method} `);
  text.name('Path', url.pathname, meaningOf(MEANINGS.paths, url.pathname));
  let sign = '?';
  for (const [name, value] of url.searchParams) {
    text.add(`${sign}${name}=`);
    text.name(name, encodeURIComponent(value), meaningOf(MEANINGS.query, name), value);
    sign = '&';
  }
  text.add('\n');
  for (const [name, value] of headers) text.line(name, value);
  if (hasToken) text.line('Authorization', 'Bearer (your token: not shown)');
  if (body !== undefined) {
    text.add('\n');
    text.json(body);
  }
  const since = url.searchParams.get('since') ?? new Headers(headers).get('Last-Event-ID');
  const summary = body ?? (since === null ? 'from where the room stands' : `goes on after ${since}`);
  return text.entry('client', `${method} ${url.pathname}`, summary);
}

/** The whole of an answer with a known body. */
export function answerEntry(response, body) {
  const text = new Text();
  const title = statusOf(response, text);
  text.json(body);
  return text.entry('server', title, body.trim() || 'no content');
}

/** The head of an answer that goes on. */
export function streamEntry(response) {
  const text = new Text();
  const title = statusOf(response, text);
  return text.entry('server', title, 'the event stream begins');
}

/** One block of an event stream. */
export function eventEntry(block) {
  const text = new Text();
  const { text: raw, lines, id, event, data, retry } = block;
  for (const { name, value, offset, valueOffset } of lines) {
    text.add(raw.slice(text.length, offset));
    const title = name === '' ? 'comment' : name;
    text.name(title, raw.slice(offset, valueOffset + value.length), meaningOf(MEANINGS.stream, title), value);
    if (name === 'data') text.members(value, valueOffset);
  }
  text.add(raw.slice(text.length));
  let title = event === 'message' ? 'event' : event;
  if (data === undefined) title = id !== undefined ? 'id' : retry !== undefined ? 'retry' : 'comment';
  return text.entry('server', title, data ?? lines.map(({ value }) => value).join(' '));
}

function statusOf({ status, statusText, headers }, text) {
  const title = `${status} ${statusText}`.trim();
  text.name('Status code', title, meaningOf(MEANINGS.statuses, String(status)));
  text.add('\n');
  for (const [name, value] of headers) if (MEANINGS.fields.has(name)) text.line(name, value);
  text.add('\n');
  return title;
}

/** A text that grows, and the fields in it. */
class Text {
  #text = '';
  #fields = [];

  get length() {
    return this.#text.length;
  }

  add(text) {
    this.#text += text;
  }

  /** Adds `text`, which is a field. @param value what it says, where that reads better than the text */
  name(name, text, meaning, value = text) {
    this.#field(name, this.#text.length, text.length, meaning, value);
    this.#text += text;
  }

  /** A field of a head. */
  line(name, value) {
    this.name(name, `${name}: ${value}`, meaningOf(MEANINGS.fields, name.toLowerCase()), value);
    this.#text += '\n';
  }

  /** Adds a body. */
  json(body) {
    const offset = this.#text.length;
    this.#text += body;
    this.members(body, offset);
  }

  /** Explains a body that stands at `base` already; what is no JSON object stays as it is. */
  members(body, base) {
    if (!isJsonObject(body)) return;
    for (const { name, offset, length } of membersAt(body, body.indexOf('{'))) {
      const value = body.slice(offset, offset + length);
      const what = meaningOf(MEANINGS.members, name);
      if (name !== 'messages') this.#field(`"${name}"`, base + offset, length, what, value);
      else this.#messages(body, base, offset, length, what);
    }
  }

  #messages(body, base, at, length, what) {
    const elements = elementsAt(body, at);
    if (elements.length === 0) this.#field('"messages"', base + at, length, what, '[]');
    for (const [index, { offset, length }] of elements.entries()) {
      const { id, from, content } = JSON.parse(body.slice(offset, offset + length));
      const says = `${from}: ${content} (#${placeOf(id).offset})`;
      this.#field(`"messages"[${index}]`, base + offset, length, what, says);
    }
  }

  entry(author, title, summary) {
    const length = encoder.encode(this.#text).length;
    return { kind: 'text', author, title, summary, length, text: this.#text, fields: this.#fields };
  }

  #field(name, offset, length, [meaning, section], value) {
    this.#fields.push({ name, offset, length, value, meaning, section });
  }
}

function isJsonObject(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
