// Every reason for a client to give up on a server's answer, one row each. RFC 6455 §4.1, the checks after the request.
// A row is a value, never thrown: the client _Fails the WebSocket Connection_ (§7.1.7) and tells the application.
// It never carries a byte of what the server sent.

/** One reason to give up on a server's answer. */
export interface HandshakeFailure {
  /** Its name, which is its key in {@link HandshakeFailures}. */
  readonly name: string;
  /** The rule that was broken. */
  readonly section: string;
  /** What the server did, as a sentence. */
  readonly text: string;
}

function row(name: string, section: string, text: string): HandshakeFailure {
  return Object.freeze({ name, section, text });
}

/** All of them. Tests and documents loop over this table. */
export const HandshakeFailures = Object.freeze({
  // ---- step 1: not 101. These two are no faults of the server: HTTP goes on.
  InterimResponse: row(
    'InterimResponse',
    'RFC 9110 §15.2',
    'The server sent an interim response: read the next head, and limit how many.',
  ),
  UnexpectedResponse: row('UnexpectedResponse', 'RFC 6455 §4.1', 'The server answered with a status other than 101.'),

  HttpVersionTooLow: row('HttpVersionTooLow', 'RFC 9110 §15.2', 'A 101 came in HTTP/1.0, which has no upgrade.'),
  // ---- step 2
  MissingUpgrade: row('MissingUpgrade', 'RFC 6455 §4.1', 'There is no Upgrade.'),
  InvalidUpgrade: row('InvalidUpgrade', 'RFC 6455 §4.1', 'Upgrade is not "websocket".'),
  // ---- step 3
  ConnectionWithoutUpgrade: row('ConnectionWithoutUpgrade', 'RFC 6455 §4.1', 'Connection does not list "upgrade".'),
  // ---- step 4
  MissingAccept: row('MissingAccept', 'RFC 6455 §4.1', 'There is no Sec-WebSocket-Accept.'),
  DuplicateAccept: row('DuplicateAccept', 'RFC 6455 §11.3.3', 'There is more than one Sec-WebSocket-Accept.'),
  AcceptMismatch: row('AcceptMismatch', 'RFC 6455 §4.1', 'Sec-WebSocket-Accept does not answer the key that was sent.'),
  // ---- step 5
  MalformedExtensionList: row(
    'MalformedExtensionList',
    'RFC 6455 §9.1',
    'Sec-WebSocket-Extensions is not a list of extensions.',
  ),
  UnrequestedExtension: row(
    'UnrequestedExtension',
    'RFC 6455 §4.1',
    'The server uses an extension that was not offered.',
  ),
  // ---- step 6
  UnrequestedProtocol: row(
    'UnrequestedProtocol',
    'RFC 6455 §4.1',
    'The server chose a subprotocol though none was asked for.',
  ),
  DuplicateProtocol: row('DuplicateProtocol', 'RFC 6455 §11.3.4', 'The server chose more than one subprotocol.'),
  UnknownProtocol: row(
    'UnknownProtocol',
    'RFC 6455 §4.1',
    'The server chose a subprotocol that was not among those asked for.',
  ),
  MissingProtocol: row(
    'MissingProtocol',
    'WHATWG WebSockets §2',
    'The server chose none of the subprotocols asked for.',
  ),
});
