// The rows about a server's life: its options and modes, its clients, its end.
import { request as httpRequest, IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { WebSocket as WsWebSocket, WebSocketServer as WsWebSocketServer } from 'ws';
import { type Row, row, rows, stricter, unlike } from './row.ts';
import { HOST, next, portOf, type Stage, statusOf, upgradeRequest } from './stage.ts';

const MEBIBYTE = 1_048_576;

/** What a constructor throws, by the name of its class. */
function thrown(act: () => unknown): string {
  try {
    act();
    return 'nothing';
  } catch (error) {
    return (error as Error).name;
  }
}

/** Asks for a page: the status and the body. */
async function page(port: number, path = '/'): Promise<[status: number | undefined, body: string]> {
  const request = httpRequest({ host: HOST, port, path, agent: false }).end();
  const [response] = (await next(request, 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of response) body += chunk;
  return [response.statusCode, body];
}

/** How a client of `ws` fares: `open`, or the message of its error. */
async function outcome(client: WsWebSocket): Promise<string> {
  const opened = next(client, 'open').then(() => 'open');
  const failed = next(client, 'close').then(() => 'failed');
  const error = new Promise<string>((resolve) => client.once('error', ({ message }) => resolve(message)));
  return Promise.race([opened, error, failed.then(() => error)]);
}

/** A noServer server behind an http server that hands every upgrade over. */
async function behindHttp(stage: Stage, options: object = {}): Promise<{ server: WsWebSocketServer; port: number }> {
  const http = await stage.httpServer();
  const server = stage.ending(new stage.subject.WebSocketServer({ noServer: true, ...options }));
  http.on('upgrade', (request, socket, head) => {
    server.handleUpgrade(request, socket, head, (client) => server.emit('connection', client, request));
  });
  return { server, port: portOf(http) };
}

async function serverIn(
  stage: Stage,
  mode: 'port' | 'server' | 'noServer',
): Promise<{ server: WsWebSocketServer; port: number }> {
  if (mode === 'noServer') return behindHttp(stage);
  if (mode === 'port') {
    const server = await stage.server();
    return { server, port: portOf(server) };
  }
  const http = await stage.httpServer();
  return { server: stage.ending(new stage.subject.WebSocketServer({ server: http })), port: portOf(http) };
}

const options: Row[] = [
  row(
    'takes exactly one of port, server and noServer',
    ({ subject: { WebSocketServer } }) =>
      [undefined, {}, { port: 0, noServer: true }, { server: {}, noServer: true }, { port: 0, server: {} }].map(
        (given) => thrown(() => new WebSocketServer(given as never)),
      ),
    ['TypeError', 'TypeError', 'TypeError', 'TypeError', 'TypeError'],
  ),
  row(
    'takes null for an option that is not given',
    async (stage) => {
      const nothing = { path: null, backlog: null, verifyClient: null, handleProtocols: null, server: null };
      const server = await stage.server(nothing as object);
      const fitted = new stage.subject.WebSocketServer({
        ...nothing,
        noServer: true,
        port: null,
        host: null,
      } as object);
      return [await outcome(stage.wsClient(portOf(server), '/anywhere', {}, ['chat'])), fitted.clients.size];
    },
    ['open', 0],
  ),
  row(
    'keeps a copy of its options, and looks there whenever somebody comes',
    async (stage) => {
      const given: { port: number; host: string; handleProtocols?: () => string } = { port: 0, host: HOST };
      const server = await stage.server(given);
      server.options.handleProtocols = () => 'late';
      const client = stage.wsClient(portOf(server), '/', {}, ['early', 'late']);
      await next(client, 'open');
      return [client.protocol, Object.keys(given)];
    },
    ['late', ['port', 'host']],
  ),
  row(
    'calls back when it listens',
    async (stage) => {
      const seen: string[] = [];
      await new Promise<void>((resolve) => {
        const server = new stage.subject.WebSocketServer({ port: 0, host: HOST, backlog: 5 }, () => {
          seen.push('callback');
          resolve();
        });
        server.on('listening', () => seen.push('event'));
        stage.ending(server);
      });
      return seen;
    },
    ['callback', 'event'],
  ),
  row(
    'says where it listens',
    async (stage) => {
      const { address, family, port } = (await stage.server()).address() as AddressInfo;
      return [address, family, port > 0];
    },
    [HOST, 'IPv4', true],
  ),
  row(
    'has no address without a server',
    ({ subject: { WebSocketServer } }) => thrown(() => new WebSocketServer({ noServer: true }).address()),
    'Error',
  ),
  row(
    'emits an error when the port is taken',
    async (stage) => {
      const port = portOf(await stage.server());
      const second = new stage.subject.WebSocketServer({ port, host: HOST });
      const [error] = (await next(second, 'error')) as [NodeJS.ErrnoException];
      return error.code;
    },
    'EADDRINUSE',
  ),
  row(
    'answers a request that is no upgrade by 426',
    async (stage) => (await page(portOf(await stage.server())))[0],
    426,
  ),
  row(
    'makes WebSockets of the class beside it',
    async (stage) => {
      const { socket } = await stage.pair('server');
      return socket instanceof stage.subject.WebSocket;
    },
    true,
  ),
  row(
    'makes WebSockets of the class it is given, by (null, undefined, options)',
    async (stage) => {
      const made: unknown[][] = [];
      class Mine extends stage.subject.WebSocket {
        constructor(...values: [null, undefined, object]) {
          super(...(values as unknown as [null]));
          made.push(values.map((value) => (typeof value === 'object' && value !== null ? 'an object' : value)));
        }
      }
      const { socket } = await stage.pair('server', { own: { WebSocket: Mine } });
      return [socket instanceof Mine, made];
    },
    [true, [[null, undefined, 'an object']]],
  ),
];

const modes: Row[] = [
  row(
    'hands over the connection, the WebSocket and the request',
    async (stage) => {
      const server = await stage.server();
      stage.wsClient(portOf(server), '/a/path?query=1', { headers: { 'X-Mine': 'yes' } });
      const [socket, request] = (await next(server, 'connection')) as [WsWebSocket, IncomingMessage];
      const { method, url, headers, httpVersion } = request;
      const address = request.socket.remoteAddress;
      return [
        socket.readyState,
        request instanceof IncomingMessage,
        [method, url, httpVersion, headers['x-mine'], headers.upgrade, address],
      ];
    },
    [1, true, ['GET', '/a/path?query=1', '1.1', 'yes', 'websocket', HOST]],
  ),
  row(
    'shares an http server with what answers its pages',
    async (stage) => {
      const http = await stage.httpServer((request, response) => response.end(`page ${request.url}`));
      const server = stage.ending(new stage.subject.WebSocketServer({ server: http, path: '/live' }));
      const opened = await outcome(stage.wsClient(portOf(http), '/live'));
      return [opened, await page(portOf(http), '/x'), server.clients.size, portOf(server) === portOf(http)];
    },
    ['open', [200, 'page /x'], 1, true],
  ),
  row(
    "passes on an http server's listening and error",
    async (stage) => {
      const http = await stage.httpServer();
      const seen: string[] = [];
      const server = stage.ending(new stage.subject.WebSocketServer({ server: http }));
      server.on('listening', () => seen.push('listening'));
      server.on('error', ({ message }) => seen.push(message));
      http.emit('listening');
      http.emit('error', new Error('broken'));
      return seen;
    },
    ['listening', 'broken'],
  ),
  row(
    'takes upgrades that are handed to it, several servers behind one http server',
    async (stage) => {
      const http = await stage.httpServer();
      const [one, two] = [0, 1].map(() => stage.ending(new stage.subject.WebSocketServer({ noServer: true })));
      const seen: string[] = [];
      one!.on('connection', () => seen.push('connection of one'));
      http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
        const server = request.url === '/one' ? one : two;
        server!.handleUpgrade(request, socket, head, (client, again) => {
          seen.push(`${request.url} ${client.readyState} ${again === request}`);
        });
      });
      await outcome(stage.wsClient(portOf(http), '/one'));
      await outcome(stage.wsClient(portOf(http), '/two'));
      return [seen, one!.clients.size, two!.clients.size];
    },
    [['/one 1 true', '/two 1 true'], 1, 1],
  ),
  row(
    'does not take the same socket twice',
    async (stage) => {
      const http = await stage.httpServer();
      const server = stage.ending(new stage.subject.WebSocketServer({ noServer: true }));
      const second = new Promise<string>((resolve) => {
        http.on('upgrade', (request, socket, head) => {
          server.handleUpgrade(request, socket, head, () => {});
          resolve(thrown(() => server.handleUpgrade(request, socket, head, () => {})));
        });
      });
      stage.wsClient(portOf(http));
      return second;
    },
    'Error',
  ),
  row(
    'reads what came in one packet with the request',
    async (stage) => {
      const server = await stage.server();
      const message = new Promise<unknown[]>((resolve) => {
        server.on('connection', (socket) => socket.on('message', (...values) => resolve(values)));
      });
      const wire = await stage.wire(portOf(server));
      wire.write(Buffer.concat([Buffer.from(upgradeRequest(portOf(server))), wire.bytesOf(1, 'early')]));
      return String((await message)[0]);
    },
    'early',
  ),
];

const clients: Row[] = [
  row(
    'keeps a set of its clients',
    async (stage) => {
      const server = await stage.server();
      const client = stage.wsClient(portOf(server));
      const [socket] = (await next(server, 'connection')) as [WsWebSocket];
      const during = [server.clients.size, server.clients.has(socket)];
      await next(client, 'open');
      client.close();
      await next(socket, 'close');
      return [during, server.clients.size];
    },
    [[1, true], 0],
  ),
  row(
    'keeps none when it shall not',
    async (stage) => {
      const server = await stage.server({ clientTracking: false });
      const client = stage.wsClient(portOf(server));
      const [socket] = (await next(server, 'connection')) as [WsWebSocket];
      stage.atEnd(() => socket.terminate());
      return [server.clients, await outcome(client)];
    },
    [undefined, 'open'],
  ),
];

const end: Row[] = [
  row(
    'closes, and frees its port',
    async (stage) => {
      const server = await stage.server();
      const port = portOf(server);
      const seen: unknown[] = [];
      server.on('close', () => seen.push('close'));
      await new Promise<void>((resolve) =>
        server.close((error) => {
          seen.push(error);
          resolve();
        }),
      );
      const again = await stage.server({ port });
      return [seen, portOf(again) === port];
    },
    [['close', undefined], true],
  ),
  ...(['port', 'server', 'noServer'] as const).map((mode) =>
    row(
      `leaves its clients open when it closes, and closes when the last has gone (${mode})`,
      async (stage) => {
        const { server, port } = await serverIn(stage, mode);
        const client = stage.wsClient(port);
        const [[socket]] = await Promise.all([next(server, 'connection'), next(client, 'open')]);
        const seen: string[] = [];
        server.on('close', () => seen.push('server closed'));
        server.close();
        socket.send('still here');
        seen.push(String((await next(client, 'message'))[0]));
        socket.on('close', () => seen.push('client closed'));
        const both = Promise.all([next(server, 'close'), next(socket, 'close')]);
        client.close();
        await both;
        return seen.sort();
      },
      ['client closed', 'server closed', 'still here'],
    ),
  ),
  row(
    'leaves an http server that is not its own running, and lets go of it',
    async (stage) => {
      const http = await stage.httpServer();
      const server = new stage.subject.WebSocketServer({ server: http });
      await new Promise<void>((resolve) => server.close(() => resolve()));
      return [http.listening, http.listenerCount('upgrade'), http.listenerCount('error')];
    },
    [true, 0, 0],
  ),
  row(
    'answers upgrades by 503 when it has been closed',
    async (stage) => {
      const { server, port } = await behindHttp(stage);
      await new Promise<void>((resolve) => server.close(() => resolve()));
      return statusOf((await stage.asks(port)).head);
    },
    503,
  ),
  row(
    'tells both who close it at once',
    async (stage) => {
      const server = await stage.server();
      return Promise.all(
        [1, 2].map(() => new Promise((resolve) => server.close((error) => resolve(error ?? 'closed')))),
      );
    },
    ['closed', 'closed'],
  ),
  row(
    'tells whoever closes it again that it is not running',
    async (stage) => {
      const server = await stage.server();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      const error = await new Promise<Error | undefined>((resolve) => server.close(resolve));
      return error?.message;
    },
    'The server is not running',
  ),
];

/** The close code with which the peer sees the connection fail, or `open` when a Ping behind it is answered. */
async function fate(stage: Stage, own: object, bytes: Buffer[]): Promise<number | string | undefined> {
  const { socket, wire } = await stage.wired('server', { own });
  socket.on('error', () => {});
  for (const chunk of bytes) wire.write(chunk);
  wire.frame(9, 'still there?');
  const frame = await wire.nextFrame();
  return frame?.opcode === 10 ? 'open' : frame?.payload.readUInt16BE(0);
}

/** The header of a message that is `length` bytes long, and none of them. */
function announcing(length: number): Buffer {
  const header = Buffer.alloc(14);
  header[0] = 0x82;
  header[1] = 0x80 | 127;
  header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}

/** As many fragments of a message as asked for, all of them empty and none the last. */
function fragments(count: number): Buffer {
  const one = Buffer.from([0x00, 0x80, 0, 0, 0, 0]);
  const all = Buffer.alloc(one.length * count, one);
  all[0] = 0x01;
  return all;
}

const PATIENT = { heartbeat: false } as object;

const limits: Row[] = [
  row(
    'has a limit for messages: 100 MiB when nobody says',
    async (stage) => [
      await closedBy(stage, announcing(MEBIBYTE + 1)),
      await closedBy(stage, announcing(100 * MEBIBYTE)),
      await closedBy(stage, announcing(100 * MEBIBYTE + 1)),
    ],
    ['open', 'open', 1009],
    stricter([1009, 1009, 1009], 'maxPayload is 1 MiB: a stranger cannot make a server keep 100 MiB for him'),
  ),
  row(
    'has a limit for messages that can be set',
    (stage) => fate(stage, { maxPayload: 3 }, [Buffer.from([0x82, 0x84, 0, 0, 0, 0, 1, 2, 3, 4])]),
    1009,
  ),
  row(
    'has a limit for the fragments of a message: 16,384 when nobody says',
    async (stage) => [
      await fate(stage, PATIENT, [fragments(16_384)]),
      await fate(stage, PATIENT, [fragments(16_385)]),
      await fate(stage, PATIENT, [fragments(65_537)]),
    ],
    ['open', 1008, 1008],
    stricter(
      ['open', 'open', 1008],
      'maxFragments is 65,536: the parts are joined as they come, and a part costs nothing',
    ),
  ),
  row(
    'has a limit for the fragments of a message that can be set',
    async (stage) => [
      await fate(stage, { maxFragments: 2 }, [fragments(2)]),
      await fate(stage, { maxFragments: 2 }, [fragments(3)]),
    ],
    ['open', 1008],
  ),
  row(
    'has a limit for the chunks in which a frame comes',
    async (stage) => {
      const { socket, wire } = await stage.wired('server', { own: { maxBufferedChunks: 2 } });
      const seen = new Promise((resolve) => {
        socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
        socket.on('message', (data) => resolve(String(data)));
      });
      const frame = wire.bytesOf(1, 'in pieces');
      // A Ping would not be answered in the middle of a frame: a piece has been read when another connection's has.
      for (const byte of frame) {
        wire.write(Buffer.from([byte]));
        await stage.roundTrip();
      }
      return seen;
    },
    'WS_ERR_TOO_MANY_BUFFERED_PARTS',
    unlike('in pieces', 'chunks are never kept one by one, so there is nothing to limit'),
  ),
];

/** As {@link fate}, for a header whose payload never comes: no frame can follow, so a short silence is the answer. */
async function closedBy(stage: Stage, header: Buffer): Promise<number | string> {
  const { socket, wire } = await stage.wired('server');
  socket.on('error', () => {});
  wire.write(header);
  const status = wire.closeStatus().then((code) => code ?? 'gone');
  await stage.roundTrip();
  return Promise.race([status, stage.roundTrip().then(() => 'open')]);
}

/** So that a row which fails does not count for ever. */
const LAST_TURN = 1_000;

const habits: Row[] = [
  ...rows(
    'gives up on a peer that does not answer its Close after closeTimeout',
    async (stage, role) => {
      const { socket, wire } = await stage.wired(role, { own: { closeTimeout: 20 } });
      socket.close(4000);
      const [code] = await next(socket, 'close');
      return [code, await wire.closeStatus()];
    },
    [1006, 4000],
  ),
  ...rows(
    'delivers messages in one turn, unless it shall not',
    async (stage, role) => {
      const turnsOf = async (own: object): Promise<number> => {
        const { socket, wire } = await stage.wired(role, { own });
        let turn = 0;
        const turns = new Set<number>();
        const count = (): unknown =>
          setImmediate(() => {
            turn++;
            if (turn < LAST_TURN) count();
          });
        const all = new Promise<void>((resolve) => {
          let messages = 0;
          socket.on('message', () => {
            if (messages === 0) count();
            turns.add(turn);
            if (++messages === 3) {
              turn = LAST_TURN;
              resolve();
            }
          });
        });
        wire.write(Buffer.concat([1, 2, 3].map(() => wire.bytesOf(1, 'x'))));
        await all;
        return turns.size;
      };
      return [await turnsOf({}), await turnsOf({ allowSynchronousEvents: false })];
    },
    [1, 3],
  ),
  ...rows(
    'answers a Ping, unless it shall not',
    async (stage, role) => {
      const { socket, wire } = await stage.wired(role, { own: { autoPong: false } });
      socket.on('ping', (data) => socket.pong(`by hand: ${data}`));
      wire.frame(9, 'one');
      const byHand = await wire.nextFrame();
      const automatic = await stage.wired(role);
      automatic.wire.frame(9, 'two');
      return [String(byHand?.payload), String((await automatic.wire.nextFrame())?.payload)];
    },
    ['by hand: one', 'two'],
  ),
  ...rows(
    'delivers text that is not UTF-8 when it shall not look',
    async (stage, role) => {
      const { socket, wire } = await stage.wired(role, { own: { skipUTF8Validation: true } });
      const message = next(socket, 'message');
      wire.frame(1, Buffer.from([0xff]));
      const [data, isBinary] = await message;
      return [(data as Buffer).toString('hex'), isBinary];
    },
    ['ff', false],
  ),
];

export const serverRows: readonly Row[] = [...options, ...modes, ...clients, ...end, ...limits, ...habits];
