// The list of extensions that both handshakes carry in Sec-WebSocket-Extensions. RFC 6455 §9.1, §11.3.2.
// Reads the list and writes it; what an extension or a parameter means is not known here. Linear time, bounded parts.
// Never uses a name from the list as the key of an object: parameters are a Map.
import { COMMA, DQUOTE, EQUALS, SEMICOLON } from '../bytes/ascii.ts';
import { FieldValueCursor, isToken } from '../http/index.ts';

/** How many extensions one list may have. Browsers send one; a list of offers has a few of one extension. */
export const MAX_EXTENSIONS = 32;

/** How many parameters one extension may have. permessage-deflate knows four. */
export const MAX_EXTENSION_PARAMETERS = 32;

/** One element of the list: an offer in a request, an extension in use in a response. */
export interface Extension {
  /** As it was written: extension names are compared exactly. */
  readonly name: string;
  /** For every parameter, in order, its values in order: a text, or `true` where there is no "=". */
  readonly parameters: ReadonlyMap<string, readonly (string | true)[]>;
}

/** What can be wrong with a list of extensions. */
export const ExtensionListFault = {
  /** It does not match the ABNF of §9.1, or it is empty. */
  Malformed: 'malformed',
  /** It has more than {@link MAX_EXTENSIONS} or one of them more than {@link MAX_EXTENSION_PARAMETERS}. */
  TooMany: 'too many',
} as const;
export type ExtensionListFault = (typeof ExtensionListFault)[keyof typeof ExtensionListFault];

/**
 * Reads the value of `Sec-WebSocket-Extensions`; several lines are read joined by commas (§9.1).
 *
 * Whitespace may stand around every separator, "=" too, for §9.1 names the "implied *LWS rule" of RFC 2616; empty
 * elements are ignored, as RFC 9110 §5.6.1 demands.
 *
 * @returns the extensions in order, or what is wrong: the peer's fault is never thrown.
 */
export function parseExtensions(value: string): readonly Extension[] | ExtensionListFault {
  if (value === LIST_OF_BROWSERS) return listOfBrowsers();
  const cursor = new FieldValueCursor(value);
  const extensions: Extension[] = [];
  for (;;) {
    cursor.skipWhitespace();
    if (cursor.done) break;
    if (cursor.take(COMMA)) continue;
    if (extensions.length === MAX_EXTENSIONS) return ExtensionListFault.TooMany;
    const extension = readExtension(cursor);
    if (typeof extension === 'string') return extension;
    extensions.push(extension);
    if (!cursor.done && !cursor.take(COMMA)) return ExtensionListFault.Malformed;
  }
  return extensions.length === 0 ? ExtensionListFault.Malformed : extensions;
}

/** Whether {@link parseExtensions} found something wrong. */
export function isExtensionListFault(result: readonly Extension[] | ExtensionListFault): result is ExtensionListFault {
  return typeof result === 'string';
}

/** What most browsers send; {@link listOfBrowsers} is what it says. Comparing it takes a tenth of reading it. */
const LIST_OF_BROWSERS = 'permessage-deflate; client_max_window_bits';

/** A new one each time: nobody gets what another may change. */
function listOfBrowsers(): Extension[] {
  const parameters = new Map<string, readonly true[]>();
  parameters.set('client_max_window_bits', [true]);
  return [{ name: 'permessage-deflate', parameters }];
}

/** `extension-token *( ";" extension-param )` and the whitespace after it. */
function readExtension(cursor: FieldValueCursor): Extension | ExtensionListFault {
  const name = cursor.token();
  if (name === '') return ExtensionListFault.Malformed;
  const parameters = new Map<string, (string | true)[]>();
  cursor.skipWhitespace();
  for (let count = 0; cursor.take(SEMICOLON); count++) {
    if (count === MAX_EXTENSION_PARAMETERS) return ExtensionListFault.TooMany;
    cursor.skipWhitespace();
    const parameter = cursor.token();
    if (parameter === '') return ExtensionListFault.Malformed;
    const value = readParameterValue(cursor);
    if (value === undefined) return ExtensionListFault.Malformed;
    const values = parameters.get(parameter);
    if (values === undefined) parameters.set(parameter, [value]);
    else values.push(value);
  }
  return { name, parameters };
}

/** `[ "=" ( token | quoted-string ) ]` and the whitespace around; what is quoted is a token too: §4.3(a), §9.1(b). */
function readParameterValue(cursor: FieldValueCursor): string | true | undefined {
  cursor.skipWhitespace();
  if (!cursor.take(EQUALS)) return true;
  cursor.skipWhitespace();
  const isQuoted = cursor.text.charCodeAt(cursor.at) === DQUOTE;
  const value = isQuoted ? cursor.quotedString() : cursor.token();
  cursor.skipWhitespace();
  return value !== undefined && isToken(value) ? value : undefined;
}

/**
 * Writes a list of extensions: `permessage-deflate; client_max_window_bits, other; a=1`.
 *
 * @returns `''` for an empty list, which is no legal value: leave the field out then.
 * @throws TypeError when a name or a value is not a token (§9.1).
 */
export function formatExtensions(extensions: readonly Extension[]): string {
  return extensions.map(formatExtension).join(', ');
}

function formatExtension({ name, parameters }: Extension): string {
  const parts = [checkToken(name)];
  for (const [parameter, values] of parameters) {
    checkToken(parameter);
    for (const value of values) parts.push(value === true ? parameter : `${parameter}=${checkToken(value)}`);
  }
  return parts.join('; ');
}

function checkToken(text: string): string {
  if (isToken(text)) return text;
  throw new TypeError(`The parts of an extension must be tokens (RFC 6455 §9.1), not ${JSON.stringify(text)}`);
}
