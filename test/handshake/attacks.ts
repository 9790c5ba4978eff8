// Requests that have smuggled something past some server, each with what this library makes of it: the status is exact.
// Told in advisories of `node:http`, ws, aiohttp, nghttpx, Netty and others; test/differential holds them against
// `node:http`.
import { GOOD_FIELDS, having, KEY, requestText, type Verdict, without } from './openings.ts';

/**
 * The whole wire of each, and the verdict. `ordinary` is a request that the parser does not refuse and that asks for no
 * WebSocket: the fallback judges it, with a parser of its own.
 */
export const ATTACKS: readonly [name: string, wire: string, verdict: Verdict][] = [
  ['a valid upgrade', requestText(), { status: 101, rest: '' }],
  ['frames behind the empty line', `${requestText()}\x81\x80\0\0\0\0`, { status: 101, rest: '\x81\x80\0\0\0\0' }],
  [
    'Content-Length: 5 and a body',
    `${requestText([...GOOD_FIELDS, 'Content-Length', '5'])}Hello`,
    { status: 400, row: 'ContentInHandshake' },
  ],
  [
    'Content-Length: 13, a body and a pipelined request',
    `${requestText([...GOOD_FIELDS, 'Content-Length', '13'])}x=1&y=2&z=3&aGET /after HTTP/1.1\r\nHost: a\r\n\r\n`,
    { status: 400, row: 'ContentInHandshake' },
  ],
  ['Content-Length: 0', requestText([...GOOD_FIELDS, 'Content-Length', '0']), { status: 101, rest: '' }],
  [
    'Transfer-Encoding alone',
    `${requestText([...GOOD_FIELDS, 'Transfer-Encoding', 'chunked'])}5\r\nHello\r\n0\r\n\r\n`,
    { status: 400, row: 'TransferEncoding' },
  ],
  [
    'Content-Length and Transfer-Encoding',
    requestText([...GOOD_FIELDS, 'Content-Length', '5', 'Transfer-Encoding', 'chunked']),
    { status: 400, row: 'TransferEncoding' },
  ],
  [
    'two different Content-Lengths',
    requestText([...GOOD_FIELDS, 'Content-Length', '0', 'Content-Length', '5']),
    { status: 400, row: 'MalformedContentLength' },
  ],
  [
    'two equal Content-Lengths',
    requestText([...GOOD_FIELDS, 'Content-Length', '5', 'Content-Length', '5']),
    { status: 400, row: 'MalformedContentLength' },
  ],
  ['no Host', requestText(without('Host')), { status: 400, row: 'MissingHost' }],
  ['two Hosts', requestText([...GOOD_FIELDS, 'Host', 'evil']), { status: 400, row: 'DuplicateHost' }],
  ['bare LF as line ends', requestText().replaceAll('\r\n', '\n'), { status: 400, row: 'BareLineFeed' }],
  ['bare CR in a value', requestText([...GOOD_FIELDS, 'X', 'a\rb']), { status: 400, row: 'BareCarriageReturn' }],
  ['CR LF CR X at the end', `${requestText().slice(0, -1)}X`, { status: 400, row: 'BareCarriageReturn' }],
  ['obs-fold', requestText([...GOOD_FIELDS, 'X', 'a\r\n b']), { status: 400, row: 'ObsoleteFold' }],
  ['a space before the colon', requestText([...GOOD_FIELDS, 'X ', 'a']), { status: 400, row: 'WhitespaceBeforeColon' }],
  [
    'a space before the first field',
    requestText().replace('\r\n', '\r\n '),
    { status: 400, row: 'WhitespaceBeforeFields' },
  ],
  ['NUL in a value', requestText([...GOOD_FIELDS, 'X', 'a\0']), { status: 400, row: 'InvalidFieldValue' }],
  ['0x01 in a value', requestText([...GOOD_FIELDS, 'X', '\x01']), { status: 400, row: 'InvalidFieldValue' }],
  ['a bad name', requestText([...GOOD_FIELDS, 'X(', 'a']), { status: 400, row: 'InvalidFieldName' }],
  ['an empty name', requestText([...GOOD_FIELDS, '', 'a']), { status: 400, row: 'EmptyFieldName' }],
  [
    'two Sec-WebSocket-Keys',
    requestText([...GOOD_FIELDS, 'Sec-WebSocket-Key', KEY]),
    { status: 400, row: 'DuplicateKey' },
  ],
  [
    'two Sec-WebSocket-Versions',
    requestText([...GOOD_FIELDS, 'Sec-WebSocket-Version', '13']),
    { status: 400, row: 'DuplicateWebSocketVersion' },
  ],
  ['two Upgrades', requestText([...GOOD_FIELDS, 'Upgrade', 'h2c']), { status: 400, row: 'DuplicateUpgrade' }],
  ['HTTP/1.0', requestText(GOOD_FIELDS, 'GET / HTTP/1.0'), { status: 505, row: 'HttpVersionTooLow' }],
  ['HTTP/0.9', 'GET /\r\n', { status: 400, row: 'MissingVersion' }],
  ['HTTP/1.2', requestText(GOOD_FIELDS, 'GET / HTTP/1.2'), { status: 505, row: 'VersionNotSupported' }],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', { status: 505, row: 'VersionNotSupported' }],
  ['POST', requestText(GOOD_FIELDS, 'POST /chat HTTP/1.1'), { status: 405, row: 'MethodNotGet' }],
  [
    'an absolute target that is not Host',
    requestText(GOOD_FIELDS, 'GET http://evil/ HTTP/1.1'),
    { status: 400, row: 'HostMismatch' },
  ],
  [
    'an absolute target that is Host',
    requestText(GOOD_FIELDS, 'GET http://server.example.com/ HTTP/1.1'),
    { status: 101, rest: '' },
  ],
  ['authority-form', requestText(GOOD_FIELDS, 'GET a:80 HTTP/1.1'), { status: 400, row: 'InvalidTargetForm' }],
  ['0xff in the target', requestText(GOOD_FIELDS, 'GET /\xff HTTP/1.1'), { status: 400, row: 'InvalidTarget' }],
  ['a TAB as separator', requestText(GOOD_FIELDS, 'GET\t/ HTTP/1.1'), { status: 400, row: 'InvalidMethod' }],
  ['a method in small letters', requestText(GOOD_FIELDS, 'get / HTTP/1.1'), { status: 400, row: 'InvalidMethod' }],
  ['an asterisk as target', requestText(GOOD_FIELDS, 'GET * HTTP/1.1'), { status: 400, row: 'InvalidTargetForm' }],
  ['two spaces before the target', requestText(GOOD_FIELDS, 'GET  / HTTP/1.1'), { status: 400, row: 'EmptyTarget' }],
  ['two spaces after the target', requestText(GOOD_FIELDS, 'GET /  HTTP/1.1'), { status: 400, row: 'InvalidVersion' }],
  ['one empty line before', `\r\n${requestText()}`, { status: 101, rest: '' }],
  ['two empty lines before', `\r\n\r\n${requestText()}`, { status: 400, row: 'TooManyEmptyLines' }],
  [
    'Connection: notupgrade',
    requestText(having('Connection', 'notupgrade')),
    { status: 400, row: 'ConnectionWithoutUpgrade' },
  ],
  ['Upgrade without Connection', requestText(without('Connection')), { status: 400, row: 'ConnectionWithoutUpgrade' }],
  ['Upgrade: h2c', requestText(having('Upgrade', 'h2c')), { status: 'ordinary' }],
  ['a head of 17 KB', requestText([...GOOD_FIELDS, 'X', 'y'.repeat(17_000)]), { status: 431, row: 'HeadTooLarge' }],
  [
    '3,000 fields, Upgrade first',
    requestText([...GOOD_FIELDS, ...Array(3000).fill(['X', 'y']).flat()]),
    { status: 431, row: 'TooManyFields' },
  ],
  [
    '3,000 fields, Upgrade last',
    requestText([...Array(3000).fill(['X', 'y']).flat(), ...GOOD_FIELDS]),
    { status: 431, row: 'TooManyFields' },
  ],
  ['fields without end', `GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(200)}`, { status: 431, row: 'TooManyFields' }],
  ['a line without end', `GET /${'x'.repeat(20_000)}`, { status: 414, row: 'RequestLineTooLong' }],
  ['no request at all', requestText().slice(0, -2), { status: 'more' }],
  ['an ordinary request', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', { status: 'ordinary' }],
  ['trailing whitespace in a value', requestText(having('Upgrade', 'websocket \t')), { status: 101, rest: '' }],
];
