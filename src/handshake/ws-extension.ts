// The `extension` export of `ws`: parse and format of Sec-WebSocket-Extensions (RFC 6455 §9.1) with its shapes and its
// narrower grammar: no empty elements, no whitespace at either end or around "=". Faults are thrown, for it is a
// function that applications call; the handshake itself uses extensions.ts. Never gives an object that has a prototype.
import { COMMA, DQUOTE, EQUALS, SEMICOLON } from '../bytes/ascii.ts';
import { FieldValueCursor, isToken } from '../http/index.ts';

/** Parameters of one extension: for every name its values, `true` where there is none. */
export type WsExtensionParameters = Record<string, (string | true)[]>;

/** For every extension, its offers. */
export type WsExtensions = Record<string, WsExtensionParameters[]>;

/** What {@link extension.format} accepts: a single value may stand for an array of one. */
export type WsExtensionsInput = Record<string, OneOrMore<Record<string, OneOrMore<string | true>>>>;

type OneOrMore<T> = T | readonly T[];

/** Parse and format, shaped as `ws` exports them. */
export const extension = Object.freeze({ parse, format });

/**
 * Reads the value of `Sec-WebSocket-Extensions`.
 *
 * @throws SyntaxError when it is not a list of extensions.
 */
function parse(header: string): WsExtensions {
  const cursor = new FieldValueCursor(header);
  const extensions = emptyObject<WsExtensionParameters[]>();
  do {
    if (cursor.at > 0) cursor.skipWhitespace();
    const name = readToken(cursor);
    const parameters = emptyObject<(string | true)[]>();
    skipWhitespaceBeforeSeparator(cursor);
    while (cursor.take(SEMICOLON)) {
      cursor.skipWhitespace();
      append(parameters, readToken(cursor), cursor.take(EQUALS) ? readValue(cursor) : true);
      skipWhitespaceBeforeSeparator(cursor);
    }
    append(extensions, name, parameters);
  } while (cursor.take(COMMA));
  if (!cursor.done) throw unexpected(cursor);
  return extensions;
}

function readToken(cursor: FieldValueCursor): string {
  const token = cursor.token();
  if (token === '') throw unexpected(cursor);
  return token;
}

function readValue(cursor: FieldValueCursor): string {
  if (cursor.text.charCodeAt(cursor.at) !== DQUOTE) return readToken(cursor);
  const value = cursor.quotedString();
  if (value === undefined || !isToken(value)) throw unexpected(cursor);
  return value;
}

function skipWhitespaceBeforeSeparator(cursor: FieldValueCursor): void {
  const start = cursor.at;
  cursor.skipWhitespace();
  if (cursor.done && cursor.at > start) throw unexpected(cursor);
}

/** A name may be `__proto__`: the objects here have no prototype, so it is a key like any other. */
function append<T>(object: Record<string, T[]>, name: string, value: T): void {
  const values = object[name];
  if (values === undefined) object[name] = [value];
  else values.push(value);
}

function emptyObject<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>;
}

function unexpected(cursor: FieldValueCursor): SyntaxError {
  const where = cursor.done ? 'it ends too early' : `the character at offset ${cursor.at} does not belong there`;
  return new SyntaxError(`Not a list of extensions (RFC 6455 §9.1): ${where}`);
}

/**
 * Writes what {@link parse} reads. Checks nothing, as in `ws`: use `formatExtensions` for names that are not your own.
 */
function format(extensions: WsExtensionsInput): string {
  const offers: string[] = [];
  for (const [name, configurations] of Object.entries(extensions)) {
    for (const parameters of listOf(configurations)) {
      const parts = [name];
      for (const [parameter, values] of Object.entries(parameters)) {
        for (const value of listOf(values)) parts.push(value === true ? parameter : `${parameter}=${value}`);
      }
      offers.push(parts.join('; '));
    }
  }
  return offers.join(', ');
}

function listOf<T>(value: OneOrMore<T>): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}
