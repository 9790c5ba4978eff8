// The rows about a client: its address and options, its request, the answers that it takes and those that it does not.
import { Agent, type IncomingMessage } from 'node:http';
import { connect, type NetConnectOpts } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WebSocket as WsWebSocket } from 'ws';
import { type Row, row, stricter, unlike } from './row.ts';
import { field, HOST, next, portOf, type Stage, upgradeAnswer } from './stage.ts';
import type { Wire } from './wire.ts';

/** The class of what an act throws. */
function thrown(act: () => unknown): string {
  try {
    act();
    return 'nothing';
  } catch (error) {
    return (error as Error).name;
  }
}

/** What a client tells until it is closed. */
function story(client: WsWebSocket): Promise<string[]> {
  const seen: string[] = [];
  client.on('open', () => seen.push('open'));
  client.on('error', (error: NodeJS.ErrnoException) => seen.push(`error: ${error.code ?? error.message}`));
  return new Promise((resolve) => {
    client.on('close', (code, reason) => {
      seen.push(`close: ${code} ${reason}`);
      resolve(seen);
    });
  });
}

/** A raw server that gives every request to `answer`. */
async function serverThat(stage: Stage, answer: (wire: Wire, request: string) => unknown): Promise<number> {
  return stage.tcpServer(async (wire) => {
    const request = await wire.head();
    answer(wire, request);
  });
}

/** The head of the request with which a client asks for an upgrade. */
async function requestOf(stage: Stage, options: object = {}, path = '/', protocols: string[] = []): Promise<string> {
  let asked: (request: string) => void;
  const request = new Promise<string>((resolve) => {
    asked = resolve;
  });
  const port = await serverThat(stage, (_, head) => asked(head));
  stage.client(port, path, options, protocols).on('error', () => {});
  return (await request).replaceAll(String(port), 'port');
}

const addresses: Row[] = [
  row(
    'takes no address that is none of a WebSocket',
    ({ subject: { WebSocket } }) =>
      ['nonsense', 'ftp://host', 'ws://', 'ws://host#fragment', 'ws+unix:'].map((url) =>
        thrown(() => new WebSocket(url)),
      ),
    ['SyntaxError', 'SyntaxError', 'SyntaxError', 'SyntaxError', 'SyntaxError'],
  ),
  row(
    'has its address in the normal form',
    async (stage) => {
      const port = portOf(await stage.wsServer());
      const { WebSocket } = stage.subject;
      const made = [`ws://${HOST}:${port}`, new URL(`http://${HOST}:${port}/path?query`)].map((url) =>
        stage.tracked(new WebSocket(url)),
      );
      for (const client of made) client.on('error', () => {});
      return made.map(({ url }) => url.replace(String(port), 'port'));
    },
    ['ws://127.0.0.1:port/', 'ws://127.0.0.1:port/path?query'],
  ),
  row(
    'connects to a Unix socket',
    async (stage) => {
      const path = join(tmpdir(), `sluice-contract-${process.pid}-${Math.random().toString(36).slice(2)}.sock`);
      const http = await stage.httpServer();
      await new Promise<void>((resolve) => http.close(() => resolve()));
      http.listen(path);
      await next(http, 'listening');
      const server = stage.ending(new stage.subject.WebSocketServer({ server: http }));
      const connection = next(server, 'connection') as Promise<[WsWebSocket, IncomingMessage]>;
      const client = stage.tracked(new stage.subject.WebSocket(`ws+unix:${path}:/resource?query`));
      await next(client, 'open');
      const [, { url, headers }] = await connection;
      return [url, headers.host];
    },
    ['/resource?query', 'localhost'],
  ),
  row(
    'takes subprotocols as a string, an array or not at all, and none that are no tokens or twice there',
    async (stage) => {
      const { WebSocket } = stage.subject;
      return [
        ...[['a b'], ['a', 'a'], [''], ['a', 1 as never]].map((protocols) =>
          thrown(() => new WebSocket(`ws://${HOST}:1`, protocols)),
        ),
        field(await requestOf(stage, {}, '/', ['one', 'two']), 'Sec-WebSocket-Protocol')?.split(/, ?/),
        field(await requestOf(stage), 'Sec-WebSocket-Protocol'),
      ];
    },
    ['SyntaxError', 'SyntaxError', 'SyntaxError', 'SyntaxError', ['one', 'two'], undefined],
  ),
  row(
    'takes a string for its subprotocol, and its options as the second argument',
    async (stage) => {
      const server = await stage.wsServer();
      const url = `ws://${HOST}:${portOf(server)}`;
      const seen: unknown[] = [];
      for (const values of [
        ['one'],
        [{ headers: { 'X-Mine': 'yes' } }],
        [undefined, { headers: { 'X-Mine': 'no' } }],
      ]) {
        const connection = next(server, 'connection') as Promise<[WsWebSocket, IncomingMessage]>;
        const client = stage.tracked(new stage.subject.WebSocket(url, ...(values as [])));
        await next(client, 'open');
        seen.push([client.protocol, (await connection)[1].headers['x-mine']]);
      }
      return seen;
    },
    [
      ['one', undefined],
      ['', 'yes'],
      ['', 'no'],
    ],
  ),
  row(
    'takes its subprotocols from its options',
    async (stage) => {
      const server = await stage.wsServer();
      const url = `ws://${HOST}:${portOf(server)}`;
      const seen: string[] = [];
      for (const values of [[{ protocols: 'one' }], [undefined, { protocols: ['two', 'one'] }]]) {
        const client = stage.tracked(new stage.subject.WebSocket(url, ...(values as [])));
        await next(client, 'open');
        seen.push(client.protocol);
      }
      return seen;
    },
    ['one', 'two'],
  ),
];

const requests: Row[] = [
  row(
    'asks as RFC 6455 §4.1 says',
    async (stage) => {
      const head = await requestOf(stage, { perMessageDeflate: false }, '/chat?room=1');
      const key = field(head, 'Sec-WebSocket-Key') as string;
      return [
        head.split('\r\n')[0],
        ...['Host', 'Upgrade', 'Connection', 'Sec-WebSocket-Version', 'Origin'].map((name) => field(head, name)),
        Buffer.from(key, 'base64').length,
        field(head, 'Sec-WebSocket-Extensions'),
      ];
    },
    ['GET /chat?room=1 HTTP/1.1', '127.0.0.1:port', 'websocket', 'Upgrade', '13', undefined, 16, undefined],
  ),
  row(
    'sends the headers and the origin that it is told to send',
    async (stage) => {
      const headers = { 'X-Mine': 'yes', Host: 'example.com', Cookie: 'a=1', 'Sec-WebSocket-Key': 'not this' };
      const head = await requestOf(stage, { headers, origin: 'https://example.com' });
      return [
        ...['X-Mine', 'Host', 'Cookie', 'Origin'].map((name) => field(head, name)),
        field(head, 'Sec-WebSocket-Key') === 'not this',
      ];
    },
    ['yes', 'example.com', 'a=1', 'https://example.com', false],
  ),
  row(
    'sends the name and the password of the address',
    async (stage) => {
      let asked: (head: string) => void;
      const request = new Promise<string>((resolve) => {
        asked = resolve;
      });
      const port = await serverThat(stage, (_, head) => asked(head));
      const client = stage.tracked(new stage.subject.WebSocket(`ws://us%40er:pa:ss@${HOST}:${port}`));
      client.on('error', () => {});
      return Buffer.from(field(await request, 'Authorization')?.slice(6) as string, 'base64').toString();
    },
    'us@er:pa:ss',
  ),
  row(
    'offers permessage-deflate unless it shall not',
    async (stage) => {
      const offer = async (perMessageDeflate: unknown): Promise<unknown> =>
        field(await requestOf(stage, { perMessageDeflate }), 'Sec-WebSocket-Extensions');
      return [
        (await offer(undefined)) !== undefined,
        await offer(true),
        await offer({ serverNoContextTakeover: true, clientNoContextTakeover: true, clientMaxWindowBits: 10 }),
        await offer({ serverNoContextTakeover: true, clientNoContextTakeover: true, serverMaxWindowBits: 9 }),
        await offer(false),
      ];
    },
    [
      false,
      'permessage-deflate; client_max_window_bits',
      'permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits=10',
      'permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; client_max_window_bits',
      undefined,
    ],
    {
      of: ['sluice/ws'],
      expected: [
        true,
        'permessage-deflate; client_max_window_bits',
        'permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits=10',
        'permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; client_max_window_bits',
        undefined,
      ],
      because: 'an option of undefined is one that was not given: the default is true',
    },
    stricter(
      [
        true,
        'permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits',
        'permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits=10',
        'permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; client_max_window_bits',
        undefined,
      ],
      'without a word about context takeover there is none, and undefined is the default',
    ),
  ),
  row(
    'speaks version 13, and 8 on request',
    async (stage) => {
      const { WebSocket } = stage.subject;
      const client = (protocolVersion: number): string =>
        thrown(() => {
          const made = stage.tracked(new WebSocket(`ws://${HOST}:1`, { protocolVersion }));
          made.on('error', () => {});
        });
      return [client(13), client(8), client(7)];
    },
    ['nothing', 'nothing', 'RangeError'],
    unlike(['nothing', 'RangeError', 'RangeError'], '8 is a draft of RFC 6455 that no server speaks any more'),
  ),
  row(
    'lets finishRequest change the request and send it later',
    async (stage) => {
      const finishRequest = (request: { setHeader(name: string, value: string): void; end(): void }): void => {
        setImmediate(() => {
          request.setHeader('X-Late', 'yes');
          request.end();
        });
      };
      return field(await requestOf(stage, { finishRequest }), 'X-Late');
    },
    'yes',
  ),
  row(
    'masks with the keys that generateMask makes',
    async (stage) => {
      const server = await stage.wsServer();
      const masks: number[] = [];
      const generateMask = (mask: Buffer): void => {
        masks.push(mask.length);
        mask.fill(7);
      };
      const message = next(server, 'connection').then(([socket]) => next(socket, 'message'));
      const client = stage.client(portOf(server), '/', { generateMask });
      await next(client, 'open');
      client.send('masked');
      return [String((await message)[0]), masks];
    },
    ['masked', [4]],
  ),
  row(
    'uses the agent, or the function, that makes its connections',
    async (stage) => {
      const server = await stage.wsServer();
      const seen: string[] = [];
      class Mine extends Agent {
        override createConnection(...values: unknown[]): never {
          seen.push('agent');
          return (super.createConnection as (...values: unknown[]) => never)(...values);
        }
      }
      const createConnection = (options: NetConnectOpts): unknown => {
        seen.push('function');
        return connect(options);
      };
      for (const options of [{ agent: new Mine() }, { createConnection }]) {
        await next(stage.client(portOf(server), '/', options), 'open');
      }
      return seen;
    },
    ['agent', 'function'],
  ),
];

/** How a client fares with a server that answers its request so. */
async function fate(stage: Stage, lines: string[], options: object = {}, protocols: string[] = []): Promise<string[]> {
  const port = await serverThat(stage, (wire, request) => wire.write(upgradeAnswer(request, lines)));
  const client = stage.client(port, '/', options, protocols);
  const told = story(client);
  client.on('open', () => client.terminate());
  return (await told).map((line) => (line.startsWith('error') ? 'error' : line));
}

const REFUSED = ['error', 'close: 1006 '];
const ACCEPTED = ['open', 'close: 1006 '];

const answers: Row[] = [
  row(
    'opens, and shows the answer before',
    async (stage) => {
      const port = await serverThat(stage, (wire, request) => wire.write(upgradeAnswer(request, ['X-Theirs: yes'])));
      const client = stage.client(port);
      const seen: unknown[] = [client.readyState];
      client.on('upgrade', ({ statusCode, headers }) =>
        seen.push(['upgrade', statusCode, headers['x-theirs'], client.readyState]),
      );
      client.on('open', () => seen.push(['open', client.readyState]));
      await next(client, 'open');
      return seen;
    },
    [0, ['upgrade', 101, 'yes', 0], ['open', 1]],
  ),
  row(
    'reads what came in one packet with the answer',
    async (stage) => {
      const port = await serverThat(stage, (wire, request) =>
        wire.write(Buffer.concat([Buffer.from(upgradeAnswer(request)), wire.bytesOf(1, 'early')])),
      );
      return String((await next(stage.client(port), 'message'))[0]);
    },
    'early',
  ),
  row(
    'fails when the answer is not the one to its request',
    async (stage) => [
      await fate(stage, []),
      await fate(stage, ['Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=']),
      await fate(stage, ['Sec-WebSocket-Accept:']),
      await fate(stage, ['Upgrade: h2c']),
      await fate(stage, ['Sec-WebSocket-Protocol: chat']),
      await fate(stage, ['Sec-WebSocket-Protocol: other'], {}, ['chat']),
      await fate(stage, [], {}, ['chat']),
      await fate(stage, ['Sec-WebSocket-Extensions: permessage-deflate'], { perMessageDeflate: false }),
      await fate(stage, ['Sec-WebSocket-Extensions: x-other'], { perMessageDeflate: true }),
      await fate(stage, ['Sec-WebSocket-Extensions: permessage-deflate; unknown'], { perMessageDeflate: true }),
      await fate(stage, ['Sec-WebSocket-Extensions: permessage-deflate;'], { perMessageDeflate: true }),
    ],
    [ACCEPTED, ...Array.from({ length: 10 }, () => REFUSED)],
  ),
  row(
    'tells what is wrong with an unexpected answer',
    async (stage) => {
      const port = await serverThat(stage, (wire) =>
        wire.socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'),
      );
      const client = stage.client(port);
      const [error] = await next(client, 'error');
      return (error as Error).message;
    },
    'Unexpected server response: 404',
  ),
  row(
    'hands an unexpected answer over to whoever listens',
    async (stage) => {
      const port = await serverThat(stage, (wire) =>
        wire.socket.end('HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 4\r\n\r\nbody'),
      );
      const client = stage.client(port);
      const errors: string[] = [];
      client.on('error', ({ message }) => errors.push(message));
      const [request, response] = await next(client, 'unexpected-response');
      let body = '';
      for await (const chunk of response) body += chunk;
      const state = client.readyState;
      const closed = next(client, 'close');
      request.destroy();
      client.terminate();
      await closed;
      return [response.statusCode, response.headers['www-authenticate'], body, state, errors.length];
    },
    [401, 'Basic', 'body', 0, 1],
  ),
  row(
    'goes where it is sent only when it shall',
    async (stage) => {
      const target = portOf(await stage.wsServer());
      const port = await serverThat(stage, (wire) =>
        wire.socket.end(`HTTP/1.1 302 Found\r\nLocation: ws://${HOST}:${target}/there\r\nContent-Length: 0\r\n\r\n`),
      );
      const stays = stage.client(port);
      const [error] = await next(stays, 'error');
      const follows = stage.client(port, '/', { followRedirects: true });
      const redirect = next(follows, 'redirect');
      await next(follows, 'open');
      const [url, request] = await redirect;
      return [
        (error as Error).message,
        url.replace(String(target), 'port'),
        typeof request.setHeader,
        follows.url === url,
      ];
    },
    ['Unexpected server response: 302', `ws://${HOST}:port/there`, 'function', true],
  ),
  row(
    'goes on only so often',
    async (stage) => {
      let count = 0;
      const port = await serverThat(stage, (wire) => {
        count++;
        wire.socket.end('HTTP/1.1 307 Temporary Redirect\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n');
      });
      const client = stage.client(port, '/', { followRedirects: true, maxRedirects: 3 });
      const told = await story(client);
      return [count, told.length, told[1]];
    },
    [4, 2, 'close: 1006 '],
  ),
  row(
    'keeps its secrets when it is sent elsewhere',
    async (stage) => {
      let asked: (head: string) => void;
      const request = new Promise<string>((resolve) => {
        asked = resolve;
      });
      const target = await serverThat(stage, (_, head) => asked(head));
      const port = await serverThat(stage, (wire) =>
        wire.socket.end(`HTTP/1.1 302 Found\r\nLocation: ws://localhost:${target}/\r\nContent-Length: 0\r\n\r\n`),
      );
      const headers = { Authorization: 'Basic secret', Cookie: 'secret=1', 'X-Open': 'yes' };
      stage.client(port, '/', { followRedirects: true, headers, family: 4 }).on('error', () => {});
      const head = await request;
      return ['Authorization', 'Cookie', 'X-Open'].map((name) => field(head, name));
    },
    [undefined, undefined, 'yes'],
  ),
];

const failures: Row[] = [
  row(
    'fails when nobody is there',
    async (stage) => {
      const server = await stage.server();
      const port = portOf(server);
      await new Promise<void>((resolve) => server.close(() => resolve()));
      const client = stage.client(port);
      const told = await story(client);
      return [told, client.readyState];
    },
    [['error: ECONNREFUSED', 'close: 1006 '], 3],
  ),
  row(
    'fails when the server hangs up',
    async (stage) => {
      const port = await serverThat(stage, (wire) => wire.socket.end());
      return story(stage.client(port));
    },
    ['error: ECONNRESET', 'close: 1006 '],
  ),
  row(
    'gives up after handshakeTimeout',
    async (stage) => {
      const port = await serverThat(stage, () => {});
      const client = stage.client(port, '/', { handshakeTimeout: 20 });
      const [error] = await next(client, 'error');
      return (error as Error).message;
    },
    'Opening handshake has timed out',
  ),
  ...(['close', 'terminate'] as const).map((method) =>
    row(
      `gives up when ${method}() is called before it is open`,
      async (stage) => {
        const port = await serverThat(stage, () => {});
        const client = stage.client(port);
        const messages: string[] = [];
        client.on('error', ({ message }) => messages.push(`${message}, state ${client.readyState}`));
        const told = story(client);
        client[method]();
        return [messages, client.readyState < 3, (await told).at(-1), messages];
      },
      [
        ['WebSocket was closed before the connection was established, state 2'],
        true,
        'close: 1006 ',
        ['WebSocket was closed before the connection was established, state 2'],
      ],
    ),
  ),
  row(
    'is closing as soon as it has given up',
    async (stage) => {
      const port = await serverThat(stage, () => {});
      const client = stage.client(port);
      const told = story(client);
      client.close();
      const during = client.readyState;
      await told;
      return during;
    },
    2,
  ),
  row(
    'can be closed while it shows the answer',
    async (stage) => {
      const server = await stage.wsServer();
      const client = stage.client(portOf(server));
      client.on('upgrade', () => client.terminate());
      return (await story(client)).map((line) => line.slice(0, 12));
    },
    ['error: WebSo', 'close: 1006 '],
    unlike(['error: WS_ER', 'close: 1006 '], 'every error of the handshake has a code'),
  ),
];

const early: Row[] = [
  row(
    'sends nothing before it is open',
    async (stage) => {
      const client = stage.client(await serverThat(stage, () => {}));
      client.on('error', () => {});
      const said = (act: () => unknown): string => {
        try {
          act();
          return 'nothing';
        } catch (error) {
          return (error as Error).message;
        }
      };
      return [said(() => client.send('x')), said(() => client.ping()), said(() => client.pong())];
    },
    Array.from({ length: 3 }, () => 'WebSocket is not open: readyState 0 (CONNECTING)'),
  ),
  row(
    'neither pauses nor counts before it is open',
    async (stage) => {
      const client = stage.client(await serverThat(stage, () => {}));
      client.on('error', () => {});
      client.pause();
      const { isPaused, bufferedAmount, protocol, extensions } = client;
      client.resume();
      return [isPaused, bufferedAmount, protocol, extensions];
    },
    [false, 0, '', ''],
  ),
  row(
    'counts what was sent after it has failed',
    async (stage) => {
      const client = stage.client(await serverThat(stage, (wire) => wire.socket.end()));
      await story(client);
      client.send('four');
      return client.bufferedAmount;
    },
    4,
  ),
  row(
    'keeps the binaryType that was set before it was open',
    async (stage) => {
      const server = await stage.wsServer();
      server.on('connection', (socket) => socket.send(Buffer.from('x')));
      const client = stage.client(portOf(server));
      client.binaryType = 'arraybuffer';
      return (await next(client, 'message'))[0].constructor.name;
    },
    'ArrayBuffer',
  ),
  row(
    'has onopen, and addEventListener for open',
    async (stage) => {
      const client = stage.client(portOf(await stage.wsServer()));
      const seen: string[] = [];
      client.onopen = ({ type, target }) => seen.push(`${type} ${target === client}`);
      client.addEventListener('open', ({ type }) => seen.push(`added ${type}`));
      await next(client, 'open');
      return seen;
    },
    ['open true', 'added open'],
  ),
];

export const clientRows: readonly Row[] = [...addresses, ...requests, ...answers, ...failures, ...early];
