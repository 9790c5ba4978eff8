// Every way the head or the body of an HTTP/1.1 message can be wrong, one row each. RFC 9112, RFC 9110, RFC 6585.
// A row is a value, never thrown: a server answers with its status and closes, a client gives the response up.
// It never carries an octet of what the peer sent: the parser tells the offset beside the row.

import { fieldLine, type Place } from './place.ts';

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
  /** What would have been right. */
  readonly expected: string;
  /** What of the head it is about, where the head is sound and what it says is not. Else the parser tells the octet. */
  readonly place?: Place;
}

function row(
  name: string,
  status: number,
  section: string,
  text: string,
  expected: string,
  place?: Place,
): HttpRefusal {
  const refusal = { name, status, section, text, expected };
  return Object.freeze(place === undefined ? refusal : { ...refusal, place });
}

/** All of them. Tests and documents loop over this table. */
export const HttpRefusals = Object.freeze({
  // ---- any line
  BareLineFeed: row(
    'BareLineFeed',
    400,
    'RFC 9112 §2.2',
    'A line ends with LF alone; every line of a head ends with CRLF.',
    'CR before every LF',
  ),
  BareCarriageReturn: row(
    'BareCarriageReturn',
    400,
    'RFC 9112 §2.2',
    'A CR is not followed by LF.',
    'LF behind every CR',
  ),

  // ---- request line
  TooManyEmptyLines: row(
    'TooManyEmptyLines',
    400,
    'RFC 9112 §2.2',
    'More than one empty line comes before the request line.',
    'the request line, behind one empty line at most',
  ),
  InvalidMethod: row(
    'InvalidMethod',
    400,
    'RFC 9112 §3.1',
    'The method is not a token of capital letters followed by one space.',
    'a method in capital letters, such as GET, and one space',
  ),
  MethodTooLong: row(
    'MethodTooLong',
    501,
    'RFC 9112 §3',
    'The method is longer than any method there is.',
    'a method of at most 32 octets',
  ),
  EmptyTarget: row(
    'EmptyTarget',
    400,
    'RFC 9112 §3',
    'There is no request target between the two single spaces of the request line.',
    'a request target, such as /chat, between two single spaces',
  ),
  InvalidTarget: row(
    'InvalidTarget',
    400,
    'RFC 9112 §3.2',
    'The request target holds an octet that a URI without a fragment cannot hold.',
    'visible ASCII other than #, and whatever else it is percent-encoded',
  ),
  InvalidTargetForm: row(
    'InvalidTargetForm',
    400,
    'RFC 9112 §3.2',
    'The request target has none of the four forms, or not the one its method takes.',
    'a path that begins with /, or an absolute http, https, ws or wss URI',
  ),
  RequestLineTooLong: row(
    'RequestLineTooLong',
    414,
    'RFC 9112 §3',
    'The request line is longer than the head may be.',
    'a request line that leaves room for fields within maxHeaderSize',
  ),
  MissingVersion: row(
    'MissingVersion',
    400,
    'RFC 9112 §3',
    'The request line ends before the HTTP version, as HTTP/0.9 has it.',
    'a space and HTTP/1.1 behind the request target',
  ),

  // ---- version, of requests and responses
  InvalidVersion: row(
    'InvalidVersion',
    400,
    'RFC 9112 §2.3',
    'The HTTP version is not "HTTP/", a digit, a dot and a digit.',
    'HTTP/1.1, to the letter',
  ),
  VersionNotSupported: row(
    'VersionNotSupported',
    505,
    'RFC 9110 §15.6.6',
    'The HTTP version is neither 1.1 nor 1.0.',
    'HTTP/1.1',
  ),

  // ---- status line
  InvalidStatusCode: row(
    'InvalidStatusCode',
    502,
    'RFC 9112 §4',
    'The status code is not three digits, of which the first is not 0.',
    'a status code from 100 to 999, such as 101',
  ),
  InvalidReason: row(
    'InvalidReason',
    502,
    'RFC 9112 §4',
    'The reason phrase holds a control character.',
    'a reason phrase of visible characters, spaces and tabs',
  ),

  // ---- field lines
  WhitespaceBeforeFields: row(
    'WhitespaceBeforeFields',
    400,
    'RFC 9112 §2.2',
    'There is whitespace between the start line and the first field.',
    'a field name, or the empty line that ends the head',
  ),
  ObsoleteFold: row(
    'ObsoleteFold',
    400,
    'RFC 9112 §5.2',
    'A field value is folded over several lines.',
    'a field value on one line',
  ),
  EmptyFieldName: row(
    'EmptyFieldName',
    400,
    'RFC 9112 §5',
    'A field line begins with a colon.',
    'a field name before the colon',
  ),
  InvalidFieldName: row(
    'InvalidFieldName',
    400,
    'RFC 9110 §5.1',
    'A field name holds an octet that no token can hold.',
    "a token: letters, digits and !#$%&'*+-.^_`|~",
  ),
  WhitespaceBeforeColon: row(
    'WhitespaceBeforeColon',
    400,
    'RFC 9112 §5.1',
    'There is whitespace between a field name and its colon.',
    'the colon right behind the field name',
  ),
  MissingColon: row('MissingColon', 400, 'RFC 9112 §5', 'A field line has no colon.', 'a colon behind the field name'),
  InvalidFieldValue: row(
    'InvalidFieldValue',
    400,
    'RFC 9110 §5.5',
    'A field value holds a control character.',
    'visible characters, spaces and tabs',
  ),
  HeadTooLarge: row(
    'HeadTooLarge',
    431,
    'RFC 6585 §5',
    'The head has more octets than are accepted.',
    'a head of at most maxHeaderSize octets',
  ),
  TooManyFields: row(
    'TooManyFields',
    431,
    'RFC 6585 §5',
    'The head has more field lines than are accepted.',
    'at most maxHeadersCount field lines',
  ),

  // ---- body of a response
  InvalidContentLength: row(
    'InvalidContentLength',
    502,
    'RFC 9112 §6.3',
    'Content-Length is not one number of decimal digits.',
    'one Content-Length, in decimal digits',
    fieldLine('Content-Length'),
  ),
  LengthWithTransferEncoding: row(
    'LengthWithTransferEncoding',
    502,
    'RFC 9112 §6.1',
    'There is a Content-Length beside a Transfer-Encoding.',
    'one of the two: Transfer-Encoding or Content-Length',
    fieldLine('Content-Length'),
  ),
  InvalidTransferEncoding: row(
    'InvalidTransferEncoding',
    502,
    'RFC 9112 §6.1',
    'Transfer-Encoding is anything but chunked, once.',
    'Transfer-Encoding: chunked, in HTTP/1.1',
    fieldLine('Transfer-Encoding'),
  ),
  InvalidChunkSize: row(
    'InvalidChunkSize',
    502,
    'RFC 9112 §7.1',
    'A chunk does not begin with its size in hexadecimal digits.',
    'the size of the chunk in hexadecimal digits',
  ),
  ChunkTooLarge: row(
    'ChunkTooLarge',
    502,
    'RFC 9112 §7.1',
    'The size of a chunk is more than can be counted exactly.',
    'a size below 2^53 in at most 16 digits',
  ),
  InvalidChunkExtension: row(
    'InvalidChunkExtension',
    502,
    'RFC 9112 §7.1.1',
    'What follows the size of a chunk is no chunk extension.',
    'CRLF, or a semicolon and visible characters',
  ),
  ChunkExtensionsTooLarge: row(
    'ChunkExtensionsTooLarge',
    502,
    'RFC 9112 §7.1.1',
    'The chunk extensions have more octets than are accepted.',
    'chunk extensions within their limit, and better none',
  ),
  MissingChunkEnd: row(
    'MissingChunkEnd',
    502,
    'RFC 9112 §7.1',
    'The data of a chunk is not followed by CRLF.',
    'CRLF behind the data of the chunk',
  ),
  IncompleteBody: row(
    'IncompleteBody',
    502,
    'RFC 9112 §8',
    'The connection ended before the body did.',
    'the rest of the body',
  ),
});
