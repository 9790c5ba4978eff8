// Every way the head or the body of an HTTP/1.1 message can be wrong, one row each. RFC 9112, RFC 9110, RFC 6585.
// A row is a value, never thrown: a server answers with its status and closes, a client gives the response up.
// It never carries an octet of what the peer sent: the parser tells the offset beside the row.

/** One way for a peer to get HTTP/1.1 wrong. */
export interface HttpRefusal {
  /** Its name, which is its key in {@link HttpRefusals}. */
  readonly name: string;
  /**
   * The status that answers a request like this. Faults that only a response can have say 502 (RFC 9110 §15.6.3), which
   * is what a gateway would make of them; a client answers nothing.
   */
  readonly status: number;
  /** The rule that was broken. */
  readonly section: string;
  /** What the peer did, as a sentence for a log or for the body of the answer. */
  readonly text: string;
}

function row(name: string, status: number, section: string, text: string): HttpRefusal {
  return Object.freeze({ name, status, section, text });
}

/** All of them. Tests and documents loop over this table. */
export const HttpRefusals = Object.freeze({
  // ---- any line
  BareLineFeed: row(
    'BareLineFeed',
    400,
    'RFC 9112 §2.2',
    'A line ends with LF alone; every line of a head ends with CRLF.',
  ),
  BareCarriageReturn: row('BareCarriageReturn', 400, 'RFC 9112 §2.2', 'A CR is not followed by LF.'),

  // ---- request line
  TooManyEmptyLines: row(
    'TooManyEmptyLines',
    400,
    'RFC 9112 §2.2',
    'More than one empty line comes before the request line.',
  ),
  InvalidMethod: row(
    'InvalidMethod',
    400,
    'RFC 9112 §3.1',
    'The method is not a token of capital letters followed by one space.',
  ),
  MethodTooLong: row('MethodTooLong', 501, 'RFC 9112 §3', 'The method is longer than any method there is.'),
  EmptyTarget: row(
    'EmptyTarget',
    400,
    'RFC 9112 §3',
    'There is no request target between the two single spaces of the request line.',
  ),
  InvalidTarget: row(
    'InvalidTarget',
    400,
    'RFC 9112 §3.2',
    'The request target holds an octet that a URI without a fragment cannot hold.',
  ),
  InvalidTargetForm: row(
    'InvalidTargetForm',
    400,
    'RFC 9112 §3.2',
    'The request target has none of the four forms, or not the one its method takes.',
  ),
  RequestLineTooLong: row('RequestLineTooLong', 414, 'RFC 9112 §3', 'The request line is longer than the head may be.'),
  MissingVersion: row(
    'MissingVersion',
    400,
    'RFC 9112 §3',
    'The request line ends before the HTTP version, as HTTP/0.9 has it.',
  ),

  // ---- version, of requests and responses
  InvalidVersion: row(
    'InvalidVersion',
    400,
    'RFC 9112 §2.3',
    'The HTTP version is not "HTTP/", a digit, a dot and a digit.',
  ),
  VersionNotSupported: row('VersionNotSupported', 505, 'RFC 9110 §15.6.6', 'The HTTP version is neither 1.1 nor 1.0.'),

  // ---- status line
  InvalidStatusCode: row(
    'InvalidStatusCode',
    502,
    'RFC 9112 §4',
    'The status code is not three digits, of which the first is not 0.',
  ),
  InvalidReason: row('InvalidReason', 502, 'RFC 9112 §4', 'The reason phrase holds a control character.'),

  // ---- field lines
  WhitespaceBeforeFields: row(
    'WhitespaceBeforeFields',
    400,
    'RFC 9112 §2.2',
    'There is whitespace between the start line and the first field.',
  ),
  ObsoleteFold: row('ObsoleteFold', 400, 'RFC 9112 §5.2', 'A field value is folded over several lines.'),
  EmptyFieldName: row('EmptyFieldName', 400, 'RFC 9112 §5', 'A field line begins with a colon.'),
  InvalidFieldName: row(
    'InvalidFieldName',
    400,
    'RFC 9110 §5.1',
    'A field name holds an octet that no token can hold.',
  ),
  WhitespaceBeforeColon: row(
    'WhitespaceBeforeColon',
    400,
    'RFC 9112 §5.1',
    'There is whitespace between a field name and its colon.',
  ),
  MissingColon: row('MissingColon', 400, 'RFC 9112 §5', 'A field line has no colon.'),
  InvalidFieldValue: row('InvalidFieldValue', 400, 'RFC 9110 §5.5', 'A field value holds a control character.'),
  HeadTooLarge: row('HeadTooLarge', 431, 'RFC 6585 §5', 'The head has more octets than are accepted.'),
  TooManyFields: row('TooManyFields', 431, 'RFC 6585 §5', 'The head has more field lines than are accepted.'),

  // ---- body of a response
  InvalidContentLength: row(
    'InvalidContentLength',
    502,
    'RFC 9112 §6.3',
    'Content-Length is not one number of decimal digits.',
  ),
  LengthWithTransferEncoding: row(
    'LengthWithTransferEncoding',
    502,
    'RFC 9112 §6.1',
    'There is a Content-Length beside a Transfer-Encoding.',
  ),
  InvalidTransferEncoding: row(
    'InvalidTransferEncoding',
    502,
    'RFC 9112 §6.1',
    'Transfer-Encoding is anything but chunked, once.',
  ),
  InvalidChunkSize: row(
    'InvalidChunkSize',
    502,
    'RFC 9112 §7.1',
    'A chunk does not begin with its size in hexadecimal digits.',
  ),
  ChunkTooLarge: row('ChunkTooLarge', 502, 'RFC 9112 §7.1', 'The size of a chunk is more than can be counted exactly.'),
  InvalidChunkExtension: row(
    'InvalidChunkExtension',
    502,
    'RFC 9112 §7.1.1',
    'What follows the size of a chunk is no chunk extension.',
  ),
  ChunkExtensionsTooLarge: row(
    'ChunkExtensionsTooLarge',
    502,
    'RFC 9112 §7.1.1',
    'The chunk extensions have more octets than are accepted.',
  ),
  MissingChunkEnd: row('MissingChunkEnd', 502, 'RFC 9112 §7.1', 'The data of a chunk is not followed by CRLF.'),
  IncompleteBody: row('IncompleteBody', 502, 'RFC 9112 §8', 'The connection ended before the body did.'),
});
