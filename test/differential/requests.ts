// Requests for the differential test: good handshakes with one to four things changed, and ordinary requests likewise.
// What is changed is what parsers of HTTP have differed over; see the advisories named in test/handshake/attacks.ts.
import fc from 'fast-check';
import { GOOD_FIELDS, KEY } from '../handshake/openings.ts';

const requestLine = fc.oneof(
  { weight: 12, arbitrary: fc.constant('GET /chat HTTP/1.1') },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...[
        'GET / HTTP/1.0',
        'GET / HTTP/1.2',
        'GET / HTTP/2.0',
        'GET / HTTP/0.9',
        'GET /',
        'GET / HTTP/1.1 ',
        'GET / http/1.1',
      ],
      ...[
        'get / HTTP/1.1',
        'POST / HTTP/1.1',
        'HEAD / HTTP/1.1',
        'OPTIONS * HTTP/1.1',
        'CONNECT a:80 HTTP/1.1',
        'FOO / HTTP/1.1',
      ],
      ...[
        'GET * HTTP/1.1',
        'GET a:80 HTTP/1.1',
        'GET a HTTP/1.1',
        'GET http://server.example.com/x HTTP/1.1',
        'GET http://evil HTTP/1.1',
      ],
      ...[
        'GET  / HTTP/1.1',
        'GET /  HTTP/1.1',
        'GET\t/ HTTP/1.1',
        ' GET / HTTP/1.1',
        'GET /\xff HTTP/1.1',
        'GET /a#b HTTP/1.1',
      ],
      ...[
        'GET /a\0b HTTP/1.1',
        'GET /{}|^" HTTP/1.1',
        'GET //evil/x HTTP/1.1',
        'GET http://a@b/ HTTP/1.1',
        'GET http:///x HTTP/1.1',
      ],
    ),
  },
);

const name = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('X', 'Host', 'Upgrade', 'Connection', 'Content-Length', 'Transfer-Encoding'),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom('Sec-WebSocket-Key', 'Sec-WebSocket-Version', 'Sec-WebSocket-Protocol', 'Origin'),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('', 'X ', 'X\t', ' X', 'X(', 'X\xe9', '__proto__', 'X\0', 'Sec-WebSocket-Extensions'),
  },
);

const value = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      'a',
      '',
      ' \t',
      'websocket',
      'WebSocket ',
      'h2c',
      'Upgrade',
      'keep-alive, upgrade',
      'close',
    ),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      'server.example.com',
      'evil',
      'a:b:c',
      '[',
      '0',
      '5',
      '+5',
      '5, 5',
      '0x5',
      'chunked',
      'gzip',
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('13', '8', '013', KEY, 'a b', 'a, a', 'a; b="c', 'foo; bar=1', 'http://a', '\xe9\xff'),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom('a\0', '\x01', '\x7f', 'a\tb', 'a\rb', 'a\nb', 'a\r\n b', '\x0b', 'a\r', '\r\n\tb'),
  },
);

const lineEnd = fc.oneof(
  { weight: 40, arbitrary: fc.constant('\r\n') },
  { weight: 1, arbitrary: fc.constantFrom('\n', '\r', '\r\r\n', '\n\r') },
);

const separator = fc.oneof(
  { weight: 12, arbitrary: fc.constant(': ') },
  { weight: 1, arbitrary: fc.constantFrom(':', ' :', ':\t ', '', ' ') },
);

const fieldLine = fc.tuple(name, separator, value, lineEnd).map((parts) => parts.join(''));

/** The good fields, each of which may be missing. */
const goodLines = fc
  .array(fc.nat(19), { minLength: GOOD_FIELDS.length / 2, maxLength: GOOD_FIELDS.length / 2 })
  .map((dice) => dice.flatMap((die, i) => (die === 0 ? [] : [`${GOOD_FIELDS[2 * i]}: ${GOOD_FIELDS[2 * i + 1]}\r\n`])));

const lines = fc.oneof(
  { weight: 5, arbitrary: goodLines },
  { weight: 1, arbitrary: fc.constantFrom<string[]>(['Host: a\r\n'], []) },
);

const before = fc.oneof(
  { weight: 12, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.constantFrom('\r\n', '\r\n\r\n', '\n', '\r', ' ') },
);

const end = fc.oneof(
  { weight: 12, arbitrary: fc.constant('\r\n') },
  { weight: 1, arbitrary: fc.constantFrom('', '\n', '\r', '\rX', '\r\rX', ' \r\n') },
);

const rest = fc.constantFrom(
  '',
  '',
  '\x81\x80\0\0\0\0',
  'Hello',
  '5\r\nHello\r\n0\r\n\r\n',
  'GET /after HTTP/1.1\r\nHost: a\r\n\r\n',
  '\r\n',
);

/** A request as the octets of a connection, in latin1. */
export const request = fc
  .record({
    before,
    requestLine,
    lineEnd,
    lines,
    more: fc.array(fc.tuple(fieldLine, fc.nat(9)), { maxLength: 3 }),
    end,
    rest,
  })
  .map((parts) => {
    const all = [...parts.lines];
    for (const [line, place] of parts.more) all.splice(Math.min(place, all.length), 0, line);
    return parts.before + parts.requestLine + parts.lineEnd + all.join('') + parts.end + parts.rest;
  });
