// The fields of one head: ordered, duplicates kept, names compared case-insensitively. RFC 9110 §5.1 to §5.5.
// Holds the head as one string and offsets into it: a name or a value becomes a string of its own when it is asked for.
// Never uses a name as the key of an object that has a prototype.
import { FIELD_CONTENT, OCTET_CLASS, rangeEqualsIgnoringCase } from '../bytes/ascii.ts';
import { isToken } from './field-value.ts';

/** How many offsets one field takes: name start, name end, value start, value end. */
const STRIDE = 4;

/** Of these `node:http` keeps the first line and drops the others; of any other it joins all. */
const FIRST_ONE_COUNTS: ReadonlySet<string> = new Set([
  'age',
  'authorization',
  'content-length',
  'content-type',
  'etag',
  'expires',
  'from',
  'host',
  'if-modified-since',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'proxy-authorization',
  'referer',
  'retry-after',
  'server',
  'user-agent',
]);

/** The field lines of one head, in the order in which they came. */
export class Fields {
  readonly #text: string;
  readonly #offsets: readonly number[];
  /**
   * What the fields were read from, one character per octet: a whole head or trailer section. `undefined` for fields that
   * were made by {@link Fields.from}.
   */
  readonly source: string | undefined;

  /**
   * @param text the head, one character per octet.
   * @param offsets four per field: where in `text` its name begins and ends, and its value. Belongs to the new object.
   * @param isSource whether `text` is what came, and not made up of pieces.
   */
  constructor(text: string, offsets: readonly number[], isSource = true) {
    this.#text = text;
    this.#offsets = offsets;
    this.source = isSource ? text : undefined;
  }

  /**
   * Makes fields of names and values by turns: the shape of `rawHeaders` of `node:http`, and of {@link raw}.
   *
   * @throws TypeError when a name has no value.
   */
  static from(raw: readonly string[]): Fields {
    if (raw.length % 2 !== 0)
      throw new TypeError('Fields.from() expects names and values by turns; the last name has no value');
    const offsets: number[] = [];
    let length = 0;
    for (const part of raw) {
      offsets.push(length, length + part.length);
      length += part.length;
    }
    return new Fields(raw.join(''), offsets, false);
  }

  /** How many field lines there are. */
  get size(): number {
    return this.#offsets.length / STRIDE;
  }

  /**
   * The value of the field `name`; of several lines all, joined by `', '` (RFC 9110 §5.3); `undefined` when there is
   * none.
   */
  get(name: string): string | undefined {
    const first = this.#next(name, 0);
    if (first === -1) return undefined;
    const second = this.#next(name, first + STRIDE);
    return second === -1 ? this.#value(first) : this.getAll(name).join(', ');
  }

  /** The values of all lines of the field `name`, in order. */
  getAll(name: string): string[] {
    const values: string[] = [];
    for (let at = this.#next(name, 0); at !== -1; at = this.#next(name, at + STRIDE)) values.push(this.#value(at));
    return values;
  }

  /** Whether there is a field `name`. */
  has(name: string): boolean {
    return this.#next(name, 0) !== -1;
  }

  /** How many lines of the field `name` there are. */
  count(name: string): number {
    let count = 0;
    for (let at = this.#next(name, 0); at !== -1; at = this.#next(name, at + STRIDE)) count++;
    return count;
  }

  /** Names, as they were written, and values by turns: the shape of `rawHeaders` of `node:http`. */
  raw(): string[] {
    const raw: string[] = [];
    for (let at = 0; at < this.#offsets.length; at += STRIDE) raw.push(this.#name(at), this.#value(at));
    return raw;
  }

  /**
   * An object without a prototype from small names to values, joined as `headers` of `node:http` joins them:
   * `set-cookie` is always an array, `cookie` is joined by `'; '`, of fields that may come once the first line counts,
   * any other is joined by `', '`. Made anew at every call.
   */
  toObject(): Record<string, string | string[]> {
    const object = Object.create(null) as Record<string, string | string[]>;
    for (let at = 0; at < this.#offsets.length; at += STRIDE) {
      const name = this.#name(at).toLowerCase();
      const value = this.#value(at);
      const known = object[name];
      if (known === undefined) object[name] = name === 'set-cookie' ? [value] : value;
      else if (typeof known !== 'string') known.push(value);
      else if (!FIRST_ONE_COUNTS.has(name)) object[name] = known + (name === 'cookie' ? '; ' : ', ') + value;
    }
    return object;
  }

  /** Every field line as `[name, value]`, in order. */
  *[Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    for (let at = 0; at < this.#offsets.length; at += STRIDE) yield [this.#name(at), this.#value(at)];
  }

  /** Index of the next field `name` from index `at` on, or -1. */
  #next(name: string, at: number): number {
    const offsets = this.#offsets;
    for (; at < offsets.length; at += STRIDE) {
      if (rangeEqualsIgnoringCase(this.#text, offsets[at]!, offsets[at + 1]!, name)) return at;
    }
    return -1;
  }

  #name(at: number): string {
    return this.#text.slice(this.#offsets[at], this.#offsets[at + 1]);
  }

  #value(at: number): string {
    return this.#text.slice(this.#offsets[at + 2], this.#offsets[at + 3]);
  }
}

/**
 * Writes field lines, each with its CRLF.
 *
 * @throws TypeError as {@link checkFieldName} and {@link checkFieldValue} do.
 */
export function serializeFields(fields: Iterable<readonly [name: string, value: string]>): string {
  let text = '';
  for (const [name, value] of fields) {
    checkFieldName(name);
    checkFieldValue(name, value);
    text += `${name}: ${value}\r\n`;
  }
  return text;
}

/**
 * Refuses what is no field name.
 *
 * @throws TypeError with the `code` that `node:http` gives it, `ERR_INVALID_HTTP_TOKEN`, when `name` is not a token
 *   (RFC 9110 §5.1).
 */
export function checkFieldName(name: string): void {
  if (typeof name === 'string' && isToken(name)) return;
  throw callerMistake(
    'ERR_INVALID_HTTP_TOKEN',
    `A field name must be a token (RFC 9110 §5.1), not ${JSON.stringify(name)}`,
  );
}

/**
 * Refuses what would end the field line early or change on its way: CR, LF, NUL and other control characters, and every
 * character above U+00FF, which written as latin1 would lose its upper half: U+010A becomes LF, U+560D becomes CR.
 *
 * @param name only for the message.
 * @param start where in `value` to begin.
 * @throws TypeError with the `code` that `node:http` gives it, `ERR_INVALID_CHAR`, when `value` holds one (RFC 9110
 *   §5.5).
 */
export function checkFieldValue(name: string, value: string, start = 0): void {
  if (typeof value !== 'string') {
    throw callerMistake('ERR_INVALID_CHAR', `The value of ${name} must be a string, not ${typeof value}`);
  }
  for (let i = start; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if ((OCTET_CLASS[code]! & FIELD_CONTENT) === 0) {
      const character = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
      throw callerMistake(
        'ERR_INVALID_CHAR',
        `The value of ${name} must hold visible latin1 characters, spaces and tabs (RFC 9110 §5.5), not ${character}`,
      );
    }
  }
}

function callerMistake(code: string, message: string): TypeError {
  return Object.assign(new TypeError(message), { code });
}
