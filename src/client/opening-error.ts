// Why a client's opening handshake failed, each reason as the error the application gets. RFC 6455 §4.1, §7.1.7, RFC 9110
// §15. What a server did wrong is a row of a table; what is no rule's business has its words here.
import { type NegotiationFailure, NegotiationFailures } from '../deflate/index.ts';
import { invalidAnswer } from '../handshake/handshake-error.ts';
import { HandshakeError, type HandshakeFailure, HandshakeFailures } from '../handshake/index.ts';
import {
  type Fields,
  type Finding,
  fieldLine,
  findPlace,
  type HttpRefusal,
  type Place,
  type ResponseBodyDecoder,
} from '../http/index.ts';

/** What is wrong with an answer as HTTP, as a handshake, or with what it says about permessage-deflate. */
export type Fault = HandshakeFailure | HttpRefusal | NegotiationFailure;

const EXTENSIONS = fieldLine('Sec-WebSocket-Extensions');
const SECOND_LOCATION = fieldLine('Location', 1);
const LOCATION = fieldLine('Location');

/** The head of an answer is HTTP, and says something that it may not say. */
export function wrongHead(fault: Fault, fields: Fields): HandshakeError {
  if ('name' in fault) return invalidAnswer(fault, findIn(fields, fault.place));
  return invalidAnswer({ name: nameOf(fault), ...fault }, findIn(fields, EXTENSIONS));
}

/** The body of an answer was refused, or how its head frames it. */
export function wrongBody(
  { refusal, refusalOffset: offset, refusalExcerpt: excerpt }: ResponseBodyDecoder,
  fields: Fields,
): HandshakeError {
  const row = refusal as HttpRefusal;
  return offset === undefined ? wrongHead(row, fields) : invalidAnswer(row, { offset, excerpt });
}

function findIn({ source }: Fields, place: Place | undefined): Finding | undefined {
  return source === undefined || place === undefined ? undefined : findPlace(source, place);
}

/** The rows of deflate/ do not know their own names. */
function nameOf(failure: NegotiationFailure): string {
  const entry = Object.entries(NegotiationFailures).find(([, row]) => row === failure);
  return entry === undefined ? 'Extension' : entry[0];
}

/** RFC 9110 §15.2 sets no limit to interim responses, and a hostile server needs one. */
export function tooManyInterimResponses(limit: number): HandshakeError {
  return invalidAnswer({
    name: 'TooManyInterimResponses',
    section: 'RFC 9110 §15.2',
    text: `more than ${limit} interim responses`,
    expected: `the final response behind at most ${limit} of them`,
  });
}

/** More than one `Location`: which of them another reader follows is not known. */
export function ambiguousLocation(fields: Fields): HandshakeError {
  const fault = {
    name: 'AmbiguousLocation',
    section: 'RFC 9110 §10.2.2',
    text: 'more than one Location',
    expected: 'one Location',
  };
  return invalidAnswer(fault, findIn(fields, SECOND_LOCATION));
}

/** The server redirects to something that is no address of a WebSocket. */
export function invalidLocation(error: SyntaxError, fields: Fields): Error {
  return Object.assign(error, {
    code: 'WS_ERR_HANDSHAKE_INVALID_LOCATION',
    section: 'RFC 9110 §10.2.2',
    expected: 'a ws, wss, http or https URL, or one relative to the present one',
    ...findIn(fields, LOCATION),
  });
}

/** RFC 9110 §15.4: a client detects and intervenes in endless redirections. */
export function tooManyRedirects(): HandshakeError {
  return new HandshakeError('TooManyRedirects', 'Maximum number of redirects exceeded', 'RFC 9110 §15.4');
}

/** The server answers as if it did not know WebSocket, and nobody listens to 'unexpected-response'. */
export function unexpectedResponse(
  statusCode: number,
  fields: Fields,
): HandshakeError & { readonly statusCode: number } {
  const { name, section, place } = HandshakeFailures.UnexpectedResponse;
  const message = `Unexpected server response: ${statusCode}`;
  const fault = HandshakeFailures.UnexpectedResponse;
  return Object.assign(new HandshakeError(name, message, section, fault, findIn(fields, place)), { statusCode });
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
