// The rows about who a server lets in, and what it answers.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket as WsWebSocket } from 'ws';
import { type Row, row, stricter, unlike } from './row.ts';
import { field, KEY, next, portOf, type Stage, statusOf, upgradeRequest } from './stage.ts';

/** The status with which a server answers a request of these lines. */
async function status(stage: Stage, lines: string[], options: object = {}, target = '/'): Promise<number> {
  const server = await stage.server(options);
  return statusOf((await stage.asks(portOf(server), lines, target)).head);
}

const EXTENSIONS = 'Sec-WebSocket-Extensions';
const STRICT_STATUS = 'RFC 9110 has a better status than 400';

const refusals: Row[] = [
  row(
    'refuses a request that does not open a handshake as RFC 6455 §4.2.1 has it',
    async (stage) => [
      await status(stage, ['Sec-WebSocket-Key:']),
      await status(stage, ['Sec-WebSocket-Key: not-sixteen-bytes']),
      await status(stage, ['Sec-WebSocket-Protocol: a,,b']),
      await status(stage, ['Sec-WebSocket-Protocol: a, a']),
      await status(stage, ['Sec-WebSocket-Protocol: a b']),
    ],
    [400, 400, 400, 400, 400],
    unlike([400, 400, 101, 400, 400], 'RFC 9110 §5.6.1: empty elements of a list are ignored'),
  ),
  row(
    'refuses another method, another upgrade and another version',
    async (stage) => {
      const port = portOf(await stage.server());
      const wire = await stage.wire(port);
      wire.write(upgradeRequest(port, [], '/', 'POST'));
      const answers = [await wire.head()];
      for (const line of ['Upgrade: h2c', 'Sec-WebSocket-Version: 12', 'Sec-WebSocket-Version:']) {
        answers.push((await stage.asks(port, [line])).head);
      }
      return answers.map((head) => [statusOf(head), field(head, 'Sec-WebSocket-Version')]);
    },
    [
      [405, undefined],
      [400, undefined],
      [400, '13, 8'],
      [400, '13, 8'],
    ],
    unlike(
      [
        [405, undefined],
        [426, '13'],
        [426, '13'],
        [426, '13'],
      ],
      STRICT_STATUS,
    ),
  ),
  row(
    'accepts version 8, a draft',
    (stage) => status(stage, ['Sec-WebSocket-Version: 8']),
    101,
    unlike(426, 'RFC 6455 §4.1: the version is 13; no client has sent anything else since 2011'),
  ),
  row(
    'refuses what is not its path, and ignores the query',
    async (stage) => [
      await status(stage, [], { path: '/chat' }, '/'),
      await status(stage, [], { path: '/chat' }, '/chat/'),
      await status(stage, [], { path: '/chat' }, '/chat?room=1'),
    ],
    [400, 400, 101],
    unlike([404, 404, 101], STRICT_STATUS),
  ),
  row(
    'lets a class decide about the path by shouldHandle',
    async (stage) => {
      class Picky extends stage.subject.WebSocketServer {
        override shouldHandle({ url }: IncomingMessage): boolean {
          return url === '/mine';
        }
      }
      const http = await stage.httpServer();
      stage.ending(new Picky({ server: http, path: '/other' }));
      return [
        statusOf((await stage.asks(portOf(http), [], '/mine')).head),
        statusOf((await stage.asks(portOf(http), [], '/other')).head),
      ];
    },
    [101, 400],
    unlike([101, 404], STRICT_STATUS),
  ),
  row(
    'tells wsClientError, whose listener answers',
    async (stage) => {
      const server = await stage.server();
      const seen: unknown[] = [];
      server.on('wsClientError', (error: Error, socket: Duplex, request: IncomingMessage) => {
        seen.push([error instanceof Error, request.url]);
        socket.end('HTTP/1.1 418 Teapot\r\nConnection: close\r\n\r\nshort and stout');
      });
      const { wire, head } = await stage.asks(portOf(server), ['Sec-WebSocket-Key: short'], '/tea');
      return [seen, statusOf(head), await wire.rest()];
    },
    [[[true, '/tea']], 418, 'short and stout'],
  ),
  row(
    'closes the connection that it refuses',
    async (stage) => {
      const { wire, head } = await stage.asks(portOf(await stage.server()), ['Sec-WebSocket-Key: short']);
      await wire.rest();
      return [statusOf(head), field(head, 'Connection')];
    },
    [400, 'close'],
  ),
];

const answers: Row[] = [
  row(
    'proves that it has read the key',
    async (stage) => {
      const { head } = await stage.asks(portOf(await stage.server()), [`Sec-WebSocket-Key: ${KEY}`]);
      return [head.split('\r\n')[0], field(head, 'Sec-WebSocket-Accept'), field(head, 'Upgrade')];
    },
    ['HTTP/1.1 101 Switching Protocols', 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=', 'websocket'],
  ),
  row(
    'shows the lines of its answer to headers, whose listener may add some',
    async (stage) => {
      const server = await stage.server();
      const seen: unknown[] = [];
      server.on('headers', (lines, request) => {
        seen.push([lines[0], lines.includes('Upgrade: websocket'), request.url]);
        lines.push('Set-Cookie: a=1', 'Set-Cookie: b=2');
      });
      const { head } = await stage.asks(portOf(server), [], '/x');
      return [seen, head.match(/^Set-Cookie: .*$/gm)];
    },
    [[['HTTP/1.1 101 Switching Protocols', true, '/x']], ['Set-Cookie: a=1', 'Set-Cookie: b=2']],
  ),
];

const verification: Row[] = [
  row(
    'asks verifyClient, which answers at once',
    async (stage) => {
      const seen: unknown[] = [];
      const verifyClient = (info: { origin: string; secure: boolean; req: IncomingMessage }): boolean => {
        seen.push([info.origin, info.secure, info.req.url]);
        return info.req.url === '/in';
      };
      const server = await stage.server({ verifyClient });
      const port = portOf(server);
      const origin = `Origin: http://127.0.0.1:${port}`;
      const inside = await stage.asks(port, [origin], '/in');
      const outside = await stage.asks(port, [], '/out');
      const mask = seen.map((row) => [
        String((row as unknown[])[0]).replace(String(port), 'port'),
        ...(row as []).slice(1),
      ]);
      return [statusOf(inside.head), statusOf(outside.head), await outside.wire.rest(), mask];
    },
    [
      101,
      401,
      'Unauthorized',
      [
        ['http://127.0.0.1:port', false, '/in'],
        ['undefined', false, '/out'],
      ],
    ],
  ),
  row(
    'asks verifyClient, which answers later',
    async (stage) => {
      const server = await stage.server({
        verifyClient: ({ req }, callback) => {
          setImmediate(() => {
            if (req.url === '/in') callback(true);
            else if (req.url === '/out') callback(false);
            else callback(false, 429, 'slow down', { 'Retry-After': 120 });
          });
        },
      });
      const seen: unknown[] = [];
      for (const path of ['/in', '/out', '/late']) {
        const { wire, head } = await stage.asks(portOf(server), [], path);
        seen.push([statusOf(head), field(head, 'Retry-After'), path === '/in' ? '' : await wire.rest()]);
      }
      return seen;
    },
    [
      [101, undefined, ''],
      [401, undefined, 'Unauthorized'],
      [429, '120', 'slow down'],
    ],
  ),
  row(
    'makes no WebSocket of a client that has left while it was verified',
    async (stage) => {
      const seen: string[] = [];
      let asked: (answer: () => void) => void;
      const verification = new Promise<() => void>((resolve) => {
        asked = resolve;
      });
      const server = await stage.server({ verifyClient: (_, callback) => asked(() => callback(true)) });
      server.on('connection', () => seen.push('connection'));
      const wire = await stage.wire(portOf(server));
      wire.write(upgradeRequest(portOf(server)));
      const answer = await verification;
      await wire.destroyed();
      await stage.roundTrip();
      answer();
      await stage.roundTrip();
      return [seen, server.clients.size];
    },
    [[], 0],
  ),
  row(
    'lets pages of any origin in',
    (stage) => status(stage, ['Origin: https://elsewhere.example']),
    101,
    stricter(403, 'RFC 6455 §10.2: without allowedOrigins only pages of the same host may connect'),
  ),
];

/** The subprotocol in the answer to an offer. */
async function chosen(stage: Stage, offer: string | undefined, options: object = {}): Promise<unknown> {
  const server = await stage.server(options);
  const connection = next(server, 'connection') as Promise<[WsWebSocket]>;
  const { head } = await stage.asks(portOf(server), offer === undefined ? [] : [`Sec-WebSocket-Protocol: ${offer}`]);
  if (statusOf(head) !== 101) return statusOf(head);
  const [socket] = await connection;
  return [field(head, 'Sec-WebSocket-Protocol'), socket.protocol];
}

const subprotocols: Row[] = [
  row(
    'takes the first subprotocol of the offer, and none of none',
    async (stage) => [await chosen(stage, 'two, one'), await chosen(stage, undefined)],
    [
      ['two', 'two'],
      [undefined, ''],
    ],
  ),
  row(
    'lets handleProtocols choose, or take none',
    async (stage) => {
      const seen: unknown[] = [];
      const handleProtocols = (protocols: Set<string>, request: IncomingMessage): string | false => {
        seen.push([[...protocols], request.url]);
        return protocols.has('chat.v2') ? 'chat.v2' : false;
      };
      return [
        await chosen(stage, 'chat.v1, chat.v2', { handleProtocols }),
        await chosen(stage, 'chat.v1', { handleProtocols }),
        await chosen(stage, undefined, { handleProtocols }),
        seen,
      ];
    },
    [
      ['chat.v2', 'chat.v2'],
      [undefined, ''],
      [undefined, ''],
      [
        [['chat.v1', 'chat.v2'], '/'],
        [['chat.v1'], '/'],
      ],
    ],
  ),
  row(
    'answers with a subprotocol that was not offered, if it is told to',
    (stage) => chosen(stage, 'chat.v1', { handleProtocols: () => 'chat.v3' }),
    ['chat.v3', 'chat.v3'],
    unlike(500, 'RFC 6455 §4.2.2: every client would fail the connection; the mistake shows where it was made'),
  ),
];

/** The extension in the answer to an offer, and what the WebSocket says about it. */
async function agreed(stage: Stage, perMessageDeflate: unknown, offer: string): Promise<unknown> {
  const server = await stage.server({ perMessageDeflate } as object);
  const connection = next(server, 'connection') as Promise<[WsWebSocket]>;
  const { head } = await stage.asks(portOf(server), [`${EXTENSIONS}: ${offer}`]);
  if (statusOf(head) !== 101) return statusOf(head);
  const [socket] = await connection;
  return [field(head, EXTENSIONS), socket.extensions];
}

const PLAIN = 'permessage-deflate';
const DECLINED = [undefined, ''];
const SOUND_OR_DECLINED =
  'RFC 7692 §5.1: an offer that cannot be met is declined, and the handshake goes on without it';
const FORGETS = 'without a word about context takeover there is none: no memory for each connection, no CRIME';

const compression: Row[] = [
  row('does not compress unless it is told to', (stage) => agreed(stage, undefined, PLAIN), [undefined, '']),
  row(
    'agrees to permessage-deflate',
    async (stage) => [
      await agreed(stage, true, PLAIN),
      await agreed(stage, true, `${PLAIN}; client_max_window_bits`),
      await agreed(stage, {}, `${PLAIN}; server_no_context_takeover; client_no_context_takeover`),
      await agreed(stage, {}, `${PLAIN}; server_max_window_bits=10; client_max_window_bits=11`),
    ],
    [
      [PLAIN, PLAIN],
      [PLAIN, PLAIN],
      [`${PLAIN}; server_no_context_takeover; client_no_context_takeover`, PLAIN],
      [`${PLAIN}; server_max_window_bits=10; client_max_window_bits=11`, PLAIN],
    ],
    stricter(
      [
        [`${PLAIN}; server_no_context_takeover; client_no_context_takeover`, PLAIN],
        [`${PLAIN}; server_no_context_takeover; client_no_context_takeover`, PLAIN],
        [`${PLAIN}; server_no_context_takeover; client_no_context_takeover`, PLAIN],
        [
          `${PLAIN}; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10; client_max_window_bits=11`,
          PLAIN,
        ],
      ],
      FORGETS,
    ),
  ),
  row(
    'demands what its options say',
    async (stage) => {
      const options = { serverNoContextTakeover: true, clientNoContextTakeover: true };
      return [
        await agreed(stage, options, PLAIN),
        await agreed(stage, { ...options, serverMaxWindowBits: 9 }, PLAIN),
        await agreed(stage, { ...options, clientMaxWindowBits: 9 }, `${PLAIN}; client_max_window_bits`),
      ];
    },
    [
      [`${PLAIN}; server_no_context_takeover; client_no_context_takeover`, PLAIN],
      [`${PLAIN}; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9`, PLAIN],
      [`${PLAIN}; client_max_window_bits=9; server_no_context_takeover; client_no_context_takeover`, PLAIN],
    ],
    unlike(
      [
        [`${PLAIN}; server_no_context_takeover; client_no_context_takeover`, PLAIN],
        [`${PLAIN}; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9`, PLAIN],
        [`${PLAIN}; server_no_context_takeover; client_no_context_takeover; client_max_window_bits=9`, PLAIN],
      ],
      'the same parameters, always in the order of RFC 7692',
    ),
  ),
  row(
    'takes the first offer that it can meet',
    (stage) =>
      agreed(
        stage,
        { serverNoContextTakeover: true, clientNoContextTakeover: true, clientMaxWindowBits: 9 },
        `${PLAIN}, ${PLAIN}; client_max_window_bits`,
      ).then((seen) => (seen as string[])[0]?.includes('client_max_window_bits=9')),
    true,
  ),
  row(
    'refuses a client whose offers it cannot meet',
    async (stage) => [
      await agreed(stage, { clientMaxWindowBits: 9 }, PLAIN),
      await agreed(stage, true, `${PLAIN}; server_max_window_bits=7`),
      await agreed(stage, true, `${PLAIN}; unknown_parameter`),
    ],
    [400, 400, 400],
    unlike([DECLINED, DECLINED, DECLINED], SOUND_OR_DECLINED),
  ),
  row(
    'refuses extensions that cannot be read where it would use them',
    async (stage) => [await agreed(stage, true, `${PLAIN};`), await agreed(stage, false, `${PLAIN};`)],
    [400, [undefined, '']],
    unlike([400, 400], 'RFC 6455 §9.1: an invalid list is a broken handshake, whether compression is wanted or not'),
  ),
];

export const handshakeRows: readonly Row[] = [
  ...refusals,
  ...answers,
  ...verification,
  ...subprotocols,
  ...compression,
];
