// Every reason for a client to give up on a server's answer, one row each. RFC 6455 §4.1, the checks after the request.
// A row is a value, never thrown: the client _Fails the WebSocket Connection_ (§7.1.7) and tells the application.
// It never carries a byte of what the server sent.

import { fieldLine, type Place, startLinePart } from '../http/index.ts';

/** One reason to give up on a server's answer. */
export interface HandshakeFailure {
  /** Its name, which is its key in {@link HandshakeFailures}. */
  readonly name: string;
  /** The rule that was broken. */
  readonly section: string;
  /** What the server did, as a sentence. */
  readonly text: string;
  /** What would have been right. */
  readonly expected: string;
  /** What of the head it is about. */
  readonly place: Place;
}

function row(name: string, section: string, text: string, expected: string, place: Place): HandshakeFailure {
  return Object.freeze({ name, section, text, expected, place });
}

/** RFC 9112 §4: the parts of a status line. */
const VERSION = startLinePart(0);
const STATUS = startLinePart(1);
/** A field that came twice is wrong where it came again. */
const SECOND = 1;

/** All of them. Tests and documents loop over this table. */
export const HandshakeFailures = Object.freeze({
  // ---- step 1: not 101. These two are no faults of the server: HTTP goes on.
  InterimResponse: row(
    'InterimResponse',
    'RFC 9110 §15.2',
    'The server sent an interim response: read the next head, and limit how many.',
    '101 in the end',
    STATUS,
  ),
  UnexpectedResponse: row(
    'UnexpectedResponse',
    'RFC 6455 §4.1',
    'The server answered with a status other than 101.',
    '101',
    STATUS,
  ),

  HttpVersionTooLow: row(
    'HttpVersionTooLow',
    'RFC 9110 §15.2',
    'A 101 came in HTTP/1.0, which has no upgrade.',
    'HTTP/1.1',
    VERSION,
  ),
  // ---- step 2
  MissingUpgrade: row(
    'MissingUpgrade',
    'RFC 6455 §4.1',
    'There is no Upgrade.',
    'Upgrade: websocket',
    fieldLine('Upgrade'),
  ),
  InvalidUpgrade: row(
    'InvalidUpgrade',
    'RFC 6455 §4.1',
    'Upgrade is not "websocket".',
    'Upgrade: websocket',
    fieldLine('Upgrade'),
  ),
  // ---- step 3
  ConnectionWithoutUpgrade: row(
    'ConnectionWithoutUpgrade',
    'RFC 6455 §4.1',
    'Connection does not list "upgrade".',
    'Connection: Upgrade',
    fieldLine('Connection'),
  ),
  // ---- step 4
  MissingAccept: row(
    'MissingAccept',
    'RFC 6455 §4.1',
    'There is no Sec-WebSocket-Accept.',
    'one Sec-WebSocket-Accept',
    fieldLine('Sec-WebSocket-Accept'),
  ),
  DuplicateAccept: row(
    'DuplicateAccept',
    'RFC 6455 §11.3.3',
    'There is more than one Sec-WebSocket-Accept.',
    'one Sec-WebSocket-Accept',
    fieldLine('Sec-WebSocket-Accept', SECOND),
  ),
  AcceptMismatch: row(
    'AcceptMismatch',
    'RFC 6455 §4.1',
    'Sec-WebSocket-Accept does not answer the key that was sent.',
    'the base64 of the SHA-1 of the key and the GUID of RFC 6455 §1.3',
    fieldLine('Sec-WebSocket-Accept'),
  ),
  // ---- step 5
  MalformedExtensionList: row(
    'MalformedExtensionList',
    'RFC 6455 §9.1',
    'Sec-WebSocket-Extensions is not a list of extensions.',
    'names with their parameters, such as permessage-deflate',
    fieldLine('Sec-WebSocket-Extensions'),
  ),
  UnrequestedExtension: row(
    'UnrequestedExtension',
    'RFC 6455 §4.1',
    'The server uses an extension that was not offered.',
    'extensions out of the offer, or none',
    fieldLine('Sec-WebSocket-Extensions'),
  ),
  // ---- step 6
  UnrequestedProtocol: row(
    'UnrequestedProtocol',
    'RFC 6455 §4.1',
    'The server chose a subprotocol though none was asked for.',
    'no Sec-WebSocket-Protocol',
    fieldLine('Sec-WebSocket-Protocol'),
  ),
  DuplicateProtocol: row(
    'DuplicateProtocol',
    'RFC 6455 §11.3.4',
    'The server chose more than one subprotocol.',
    'one Sec-WebSocket-Protocol',
    fieldLine('Sec-WebSocket-Protocol', SECOND),
  ),
  UnknownProtocol: row(
    'UnknownProtocol',
    'RFC 6455 §4.1',
    'The server chose a subprotocol that was not among those asked for.',
    'one of the subprotocols asked for, to the letter',
    fieldLine('Sec-WebSocket-Protocol'),
  ),
  MissingProtocol: row(
    'MissingProtocol',
    'WHATWG WebSockets §2',
    'The server chose none of the subprotocols asked for.',
    'one of the subprotocols asked for',
    fieldLine('Sec-WebSocket-Protocol'),
  ),
});
