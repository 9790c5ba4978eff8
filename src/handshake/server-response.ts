// What a server answers to an opening handshake: 101 and the proof, or a refusal. RFC 6455 §4.2.2 step 5, RFC 9112 §4.
// Every text here has one character per octet: write it to the socket as 'latin1'.
// Never writes a character that could end a line, wherever it came from; never leaves a refused connection open.
import { checkFieldName, checkFieldValue, isToken, reasonPhrase, serializeFields } from '../http/index.ts';
import type { HandshakeFault } from './handshake-error.ts';
import { acceptKey } from './key.ts';
import { type FieldLine, fieldLines, type OutgoingHeaders } from './outgoing-headers.ts';

/** What the 101 says. */
export interface Acceptance {
  /** The client's `Sec-WebSocket-Key`. */
  readonly key: string;
  /** The subprotocol chosen among the client's; none, or `''`, when none is. */
  readonly protocol?: string | undefined;
  /** The value of `Sec-WebSocket-Extensions`: the extensions in use; none, or `''`, when none is. */
  readonly extensions?: string | undefined;
  /** More lines, each `Name: value`. */
  readonly headers?: readonly string[] | undefined;
}

/**
 * The answer that accepts a handshake, as lines without their ends: the status line, then `Name: value` each. The array is
 * the caller's: lines may be added to it before it goes through {@link serializeResponse}, which checks them.
 *
 * @throws TypeError when `protocol` is not a token.
 */
export function acceptResponse({ key, protocol, extensions, headers }: Acceptance): string[] {
  const lines = [
    'HTTP/1.1 101 Switching Protocols', // 1. §4.2.2(j)
    'Upgrade: websocket', // 2. §4.2.2(k)
    'Connection: Upgrade', // 3. §4.2.2(l)
    `Sec-WebSocket-Accept: ${acceptKey(key)}`, // 4. §4.2.2(m)
  ];
  // 5. §4.2.2(g): Optionally the subprotocol. No line stands for none: an empty value is not a legal one (step 4).
  if (protocol !== undefined && protocol !== '') {
    if (!isToken(protocol)) throw new TypeError(`A subprotocol must be a token, not ${JSON.stringify(protocol)}`);
    lines.push(`Sec-WebSocket-Protocol: ${protocol}`);
  }
  // 6. Optionally the extensions: no line, where none is in use (RFC 7692 §5(o)).
  if (extensions !== undefined && extensions !== '') lines.push(`Sec-WebSocket-Extensions: ${extensions}`);
  if (headers !== undefined) lines.push(...headers);
  return lines;
}

/**
 * What {@link acceptResponse} and {@link serializeResponse} make together of an acceptance without more lines, for a server
 * to which nobody adds any: nothing in it comes from an application, so nothing is looked at again.
 *
 * @param protocol one that the client offered, and so a token; `''` for none.
 * @param extensions made by `formatExtensions`; `''` for none.
 */
export function acceptText(key: string, protocol: string, extensions: string): string {
  const start = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptKey(key)}\r\n`;
  if (protocol === '' && extensions === '') return `${start}\r\n`;
  const protocolLine = protocol === '' ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`;
  const extensionsLine = extensions === '' ? '' : `Sec-WebSocket-Extensions: ${extensions}\r\n`;
  return `${start}${protocolLine}${extensionsLine}\r\n`;
}

/** §4.2.2 step 5, §11.3.2(a), §11.3.3(a), §11.3.4(a): of these a client finds one, or does not know which to believe. */
const AT_MOST_ONCE: ReadonlySet<string> = new Set([
  'upgrade',
  'connection',
  'sec-websocket-accept',
  'sec-websocket-extensions',
  'sec-websocket-protocol',
]);

/** RFC 9110 §8.6, RFC 9112 §6.1: behind a 101 there is no body, and what follows is frames. */
const NEVER: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding']);

/**
 * Writes lines as a response without a body.
 *
 * @param lines a status line, then `Name: value` each.
 * @throws TypeError when a line holds CR, LF, NUL, another control character or one above U+00FF, or is no field line;
 *   when a field of the handshake's own (Upgrade, Connection, Sec-WebSocket-Accept, -Extensions, -Protocol) is there
 *   twice; when there is a Content-Length or a Transfer-Encoding.
 */
export function serializeResponse(lines: readonly string[]): string {
  const seen = new Set<string>();
  let text = '';
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    if (i > 0) checkName(checkFieldLine(line), seen);
    else checkFieldValue('the status line', line);
    text += `${line}\r\n`;
  }
  return `${text}\r\n`;
}

/** Whether this response may have a field of that name: `seen` are those before it. */
function checkName(name: string, seen: Set<string>): void {
  const folded = name.toLowerCase();
  if (NEVER.has(folded)) throw new TypeError(`A 101 has no body, and so no ${name} (RFC 9110 §8.6)`);
  if (!AT_MOST_ONCE.has(folded)) return;
  if (seen.has(folded)) throw new TypeError(`A 101 has one ${name} only (RFC 6455 §4.2.2)`);
  seen.add(folded);
}

/** Returns the name of the field. */
function checkFieldLine(line: string): string {
  const colon = typeof line === 'string' ? line.indexOf(':') : -1;
  if (colon === -1) throw new TypeError(`A line of the response must be "Name: value", not ${JSON.stringify(line)}`);
  const name = line.slice(0, colon);
  checkFieldName(name);
  checkFieldValue(name, line, colon + 1);
  return name;
}

/** What a refusal says. `HandshakeRefusal` and `HttpRefusal` rows have the first two. */
export interface Rejection {
  /** From 300 to 599. */
  readonly status: number;
  /** More fields. `Content-Type` replaces the one that would be sent. */
  readonly headers?: OutgoingHeaders | undefined;
  /** The body; the reason phrase of the status by default. It is sent as UTF-8. */
  readonly body?: string | undefined;
}

/** The text that teaches a client what was wrong with its handshake. Not an octet of it is a client's. */
export function refusalBody({
  text,
  section,
  expected,
}: Pick<HandshakeFault, 'text' | 'section' | 'expected'>): string {
  return `${text} (${section})\nExpected: ${expected}.\n`;
}

/** What was written for the rows of the tables: a few dozen texts, each made when the first client needs it. */
const ANSWERS = new WeakMap<HandshakeFault, string>();

/**
 * The answer to a request that broke a rule, as {@link refusalResponse} writes it with {@link refusalBody}. Nothing in it is
 * a client's, so it is the same for all of them, and written once: a flood of bad requests pays for nothing but the bytes.
 *
 * @param fault a row of `HandshakeRefusals` or `HttpRefusals`.
 */
export function faultResponse(fault: HandshakeFault & Rejection): string {
  let answer = ANSWERS.get(fault);
  if (answer === undefined) {
    answer = refusalResponse({ status: fault.status, headers: fault.headers, body: refusalBody(fault) });
    ANSWERS.set(fault, answer);
  }
  return answer;
}

const MIN_REJECTION_STATUS = 300;
const MAX_REJECTION_STATUS = 599;

/** Ours to say: a refused connection is closed, and its answer has exactly the body that was given. */
const RESERVED = new Set(['connection', 'content-length', 'transfer-encoding']);

/**
 * Writes the answer that refuses a handshake. It always says `Connection: close` (§4.2.2(A)), for bytes of an attacker may already
 * be waiting behind the request: close the connection after it.
 *
 * @throws RangeError when `status` is not from 300 to 599.
 * @throws TypeError when a header could end its line early, is given twice, or is one that only this function can know:
 *   Connection, Content-Length, Transfer-Encoding.
 */
export function refusalResponse({ status, headers = {}, body = reasonPhrase(status) }: Rejection): string {
  if (!Number.isInteger(status) || status < MIN_REJECTION_STATUS || status > MAX_REJECTION_STATUS) {
    throw new RangeError(`The status of a refusal must be from 300 to 599, not ${status}`);
  }
  const given = fieldLines(headers);
  for (const [name] of given) {
    if (RESERVED.has(name.toLowerCase())) throw new TypeError(`The header ${name} of a refusal cannot be chosen`);
  }
  const has = (wanted: string): boolean => given.some(([name]) => name.toLowerCase() === wanted);
  const content = Buffer.from(body, 'utf8');
  const fields: FieldLine[] = [
    // RFC 9110 §7.8: whoever sends Upgrade lists it in Connection too.
    ['Connection', has('upgrade') ? 'close, Upgrade' : 'close'],
    ['Content-Length', String(content.length)],
  ];
  if (!has('content-type')) fields.splice(1, 0, ['Content-Type', 'text/plain; charset=utf-8']);
  const head = `HTTP/1.1 ${status} ${reasonPhrase(status)}\r\n${serializeFields([...fields, ...given])}\r\n`;
  return head + content.toString('latin1');
}
