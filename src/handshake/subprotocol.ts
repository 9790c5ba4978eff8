// The subprotocols that a client would like to speak, in order of preference. RFC 6455 §1.9, §4.1 step 10, §11.3.4.
// Linear time; every name is a token and occurs once. Never chooses one: that is the application's business.
import { COMMA } from '../bytes/ascii.ts';
import { FieldValueCursor, isToken, readTokenList } from '../http/index.ts';

/** What can be wrong with a list of subprotocols. */
export const SubprotocolListFault = {
  /** There is no element at all; §4.3 asks for one. */
  Empty: 'empty',
  /** An element is not a token. */
  Malformed: 'malformed',
  /** An element occurs twice; §4.1 step 10 wants them unique. */
  Duplicate: 'duplicate',
} as const;
export type SubprotocolListFault = (typeof SubprotocolListFault)[keyof typeof SubprotocolListFault];

/**
 * Reads the value of `Sec-WebSocket-Protocol` of a request; several lines are read joined by commas (§11.3.4).
 * Empty elements are ignored, as RFC 9110 §5.6.1 demands.
 *
 * @returns the names in the client's order, or what is wrong: the peer's fault is never thrown.
 */
export function parseSubprotocols(value: string): Set<string> | SubprotocolListFault {
  const names = readTokenList(value);
  if (names === undefined) return SubprotocolListFault.Malformed;
  if (names.length === 0) return SubprotocolListFault.Empty;
  const unique = new Set(names);
  return unique.size === names.length ? unique : SubprotocolListFault.Duplicate;
}

/** Whether {@link parseSubprotocols} found something wrong. */
export function isSubprotocolListFault(
  result: ReadonlySet<string> | SubprotocolListFault,
): result is SubprotocolListFault {
  return typeof result === 'string';
}

/**
 * Writes a list of subprotocols: §4.1(y).
 *
 * @throws SyntaxError when a name is not a token or occurs twice, as the constructor of `WebSocket` has to (WHATWG
 *   WebSockets §3.1).
 */
export function formatSubprotocols(names: readonly string[]): string {
  const seen = new Set<string>();
  for (const name of names) {
    if (typeof name !== 'string' || !isToken(name)) {
      throw new SyntaxError(`A subprotocol must be a token (RFC 6455 §4.1), not ${JSON.stringify(name)}`);
    }
    if (seen.has(name)) throw new SyntaxError(`The subprotocol "${name}" is given twice (RFC 6455 §4.1)`);
    seen.add(name);
  }
  return names.join(', ');
}

/** The `subprotocol` export of `ws`. */
export const subprotocol = Object.freeze({ parse });

/**
 * Reads a list of subprotocols in the narrower grammar of `ws`: no empty elements, no whitespace at either end.
 *
 * @throws SyntaxError when it is not such a list, or a name occurs twice.
 */
function parse(header: string): Set<string> {
  const cursor = new FieldValueCursor(header);
  const names = new Set<string>();
  do {
    if (cursor.at > 0) cursor.skipWhitespace();
    const name = cursor.token();
    if (name === '') throw unexpected(cursor);
    if (names.has(name)) throw new SyntaxError(`The subprotocol "${name}" occurs twice (RFC 6455 §4.1)`);
    names.add(name);
    const end = cursor.at;
    cursor.skipWhitespace();
    if (cursor.done && cursor.at > end) throw unexpected(cursor);
  } while (cursor.take(COMMA));
  if (!cursor.done) throw unexpected(cursor);
  return names;
}

function unexpected(cursor: FieldValueCursor): SyntaxError {
  const where = cursor.done ? 'it ends too early' : `the character at offset ${cursor.at} does not belong there`;
  return new SyntaxError(`Not a list of subprotocols (RFC 6455 §4.3): ${where}`);
}
