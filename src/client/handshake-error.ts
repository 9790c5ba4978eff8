// Why an opening handshake failed, as the application sees it. RFC 6455 §4.1, §7.1.7, RFC 9110 §15.
// One stable code for each reason, made of the name of the row that says it, and the section that was broken.
// Never carries a byte of what the server sent.
import { type NegotiationFailure, NegotiationFailures } from '../deflate/index.ts';
import type { HandshakeFailure } from '../handshake/index.ts';
import type { HttpRefusal } from '../http/index.ts';

/** The opening handshake failed (RFC 6455 §7.1.7). */
export class HandshakeError extends Error {
  override readonly name = 'HandshakeError';
  /** `WS_ERR_HANDSHAKE_` and the reason, for instance `WS_ERR_HANDSHAKE_ACCEPT_MISMATCH`. */
  readonly code: string;
  /** The rule that was broken, for instance `RFC 6455 §4.1`; `undefined` when none was. */
  readonly section: string | undefined;

  /** @param reason the name of the reason in CamelCase. */
  constructor(reason: string, message: string, section?: string) {
    super(message);
    this.code = `WS_ERR_HANDSHAKE_${reason.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()}`;
    this.section = section;
  }
}

/** What is wrong with an answer as HTTP, as a handshake, or with what it says about permessage-deflate. */
export type Fault = HandshakeFailure | HttpRefusal | NegotiationFailure;

/** The server's answer broke a rule. */
export function invalidAnswer(fault: Fault): HandshakeError {
  const reason = 'name' in fault ? fault.name : nameOf(fault);
  return ruleBroken(reason, fault.text.replace(/\.$/, ''), fault.section);
}

/** The rows of deflate/ do not know their own names. */
function nameOf(failure: NegotiationFailure): string {
  const entry = Object.entries(NegotiationFailures).find(([, row]) => row === failure);
  return entry === undefined ? 'Extension' : entry[0];
}

function ruleBroken(reason: string, text: string, section: string): HandshakeError {
  return new HandshakeError(reason, `Invalid answer to the opening handshake: ${text} (${section})`, section);
}

/** RFC 9110 §15.2 sets no limit to interim responses, and a hostile server needs one. */
export function tooManyInterimResponses(limit: number): HandshakeError {
  return ruleBroken('TooManyInterimResponses', `more than ${limit} interim responses`, 'RFC 9110 §15.2');
}

/** More than one `Location`: which of them another reader follows is not known. */
export function ambiguousLocation(): HandshakeError {
  return ruleBroken('AmbiguousLocation', 'more than one Location', 'RFC 9110 §10.2.2');
}

/** The server redirects to something that is no address of a WebSocket. */
export function invalidLocation(error: SyntaxError): Error {
  return Object.assign(error, { code: 'WS_ERR_HANDSHAKE_INVALID_LOCATION', section: 'RFC 9110 §10.2.2' });
}

/** RFC 9110 §15.4: a client detects and intervenes in endless redirections. */
export function tooManyRedirects(): HandshakeError {
  return new HandshakeError('TooManyRedirects', 'Maximum number of redirects exceeded', 'RFC 9110 §15.4');
}

/** The server answers as if it did not know WebSocket, and nobody listens to 'unexpected-response'. */
export function unexpectedResponse(statusCode: number): HandshakeError & { readonly statusCode: number } {
  const message = `Unexpected server response: ${statusCode}`;
  return Object.assign(new HandshakeError('UnexpectedResponse', message, 'RFC 6455 §4.1'), { statusCode });
}

/** The server closed the connection instead of an answer. With the code and the words of `node:http`. */
export function hungUp(): Error {
  return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}

/** `handshakeTimeout`, or `timeout`, has passed. */
export function timedOut(): HandshakeError {
  return new HandshakeError('TimedOut', 'Opening handshake has timed out');
}

/** `close()` or `terminate()` was called too early for a closing handshake. */
export function closedTooEarly(): HandshakeError {
  return new HandshakeError('Aborted', 'WebSocket was closed before the connection was established');
}

/** The application's signal was aborted: the error that every other API of Node gives then. */
export function abortedBy(signal: AbortSignal): Error {
  const error = new Error('The operation was aborted', { cause: signal.reason });
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' });
}
