// The process that is attacked: one server, and an honest account of how it fares. Started by Victim.start; answers over IPC.
import { createHook } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { WebSocket as WsClient, WebSocketServer as WsServer } from 'ws';
import '../../src/client/index.ts';
import { MemoryBroker, Rooms } from '../../src/rooms/index.ts';
import { requireFirstMessage, type VerifyClientAsync, WebSocketServer } from '../../src/server/index.ts';
import { clock } from '../../src/transport/index.ts';
import { WebSocket as Client, type ProtocolError } from '../../src/websocket/index.ts';
import { Endpoints } from './endpoints.ts';
import {
  EXPIRED_TOKEN,
  type OwnReport,
  type Question,
  type RoomOrder,
  SECRET,
  SECRET_ROOM,
  TOKEN,
  type VictimOptions,
} from './victim-report.ts';

const NANOSECONDS = 1e6;
/** How often the event loop's delay is sampled, in milliseconds. */
const DELAY_RESOLUTION = 5;
/** Messages to a client of more bytes than this are told by their length. */
const LONG = 1_024;
/** A WebSocket's `readyState`. */
const OPEN = 1;

const options = JSON.parse(process.argv[2] ?? '{}') as VictimOptions;
const { library = 'sluice', behaviour = 'echo' } = options;

const uncaught: string[] = [];
process.on('uncaughtException', (error) => uncaught.push(String(error?.stack ?? error)));
process.on('unhandledRejection', (reason) => uncaught.push(`unhandled: ${String(reason)}`));

let zlib = 0;
createHook({
  init(_id, type) {
    if (type === 'ZLIB') zlib++;
  },
}).enable();

/** What both libraries' WebSockets have in common. */
interface Socket {
  readonly bufferedAmount: number;
  readonly readyState: number;
  close(code: number): void;
  send(data: Buffer, options?: { binary: boolean }): unknown;
  on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): unknown;
  on(event: 'close', listener: (code: number) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

const ENDLESS = 1e9;
function makeRooms(): Rooms | undefined {
  if (behaviour === 'rooms') return new Rooms({ authorize: ({ room }) => room !== SECRET_ROOM });
  if (behaviour === 'open rooms') return new Rooms();
  if (behaviour !== 'endless rooms') return undefined;
  const broker = new MemoryBroker({ maxLogs: ENDLESS });
  return new Rooms({ broker, maxRooms: ENDLESS, maxRoomsPerMember: ENDLESS });
}

const rooms = makeRooms();
for (let said = 0; said < 3; said++) await rooms?.publish(SECRET_ROOM, { text: SECRET });

const sockets = new Set<Socket>();
const endpoints = new Endpoints(options.endpoints ?? {});
const closed: Record<string, number> = {};
const violations: Record<string, number> = {};
let opened = 0;
let messages = 0;
let messageBytes = 0;
let requests = 0;
let authenticated = 0;
const waiting: (() => void)[] = [];
let events: string[] = [];

subscribe('sluice:violation', (message) => {
  const { section } = (message as { error: ProtocolError }).error;
  violations[section] = (violations[section] ?? 0) + 1;
});

const authenticate = (data: Buffer): object | undefined => {
  if (data.toString() === TOKEN) return { name: 'honest' };
  return data.toString() === EXPIRED_TOKEN ? { name: 'late', expires: 1 } : undefined;
};

function onConnection(socket: Socket): Promise<void> | undefined {
  opened++;
  sockets.add(socket);
  socket.on('message', (data, isBinary) => {
    messages++;
    messageBytes += data.length;
    if (behaviour === 'echo' || behaviour === 'copy' || behaviour === 'authenticate')
      socket.send(data, { binary: isBinary });
    else if (rooms !== undefined) obey(socket as unknown as Client, data, isBinary);
    else if (behaviour === 'room') for (const other of sockets) other.send(data, { binary: isBinary });
  });
  socket.on('close', (code) => {
    sockets.delete(socket);
    closed[code] = (closed[code] ?? 0) + 1;
  });
  // `ws` throws where nobody listens; that known difference is not what is tested here.
  if (library === 'ws') socket.on('error', () => {});
  return behaviour === 'authenticate' ? isKnown(socket as unknown as Client) : undefined;
}

/** What is binary comes from honest clients, who want it back. */
function obey(socket: Client, data: Buffer, isBinary: boolean): void {
  if (isBinary) {
    socket.send(data);
    return;
  }
  const { join, leave, publish, since, history } = JSON.parse(String(data)) as RoomOrder;
  const answer = (code: string): unknown => socket.readyState === OPEN && socket.send(JSON.stringify({ code }));
  if (leave !== undefined) (rooms as Rooms).leave(socket, leave);
  else if (publish !== undefined) void (rooms as Rooms).publish(publish, { text: publish });
  else
    (rooms as Rooms).join(socket, join as string, { since, history }).then(
      () => answer('in'),
      (error: { code: string }) => answer(error.code),
    );
}

/** An event stream or a poll of `room`. */
const onRoomRequest: RequestListener = (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://127.0.0.1');
  const room = searchParams.get('room') ?? '';
  const history = Number(searchParams.get('history') ?? 0);
  if (pathname === '/poll') void (rooms as Rooms).poll(request, response, room, { history });
  else void (rooms as Rooms).eventStream(request, response, room, { history });
};

async function isKnown(socket: Client): Promise<void> {
  await requireFirstMessage(socket, { authenticate, timeout: options.authenticationTimeout });
  authenticated++;
}

const onRequest: RequestListener = (request, response) => {
  requests++;
  if (options.endpoints !== undefined && endpoints.answer(request, response)) return;
  if (rooms !== undefined) {
    onRoomRequest(request, response);
    return;
  }
  response.end('honest');
};

const verifyClient: VerifyClientAsync = ({ req }, callback) => {
  if (req.url === '/later') waiting.push(() => callback(true));
  else callback(true);
};

async function listen(): Promise<number> {
  const given = {
    host: '127.0.0.1',
    port: 0,
    ...(options.fallback && { fallback: onRequest }),
    ...(options.hesitates && { verifyClient }),
    ...options.server,
  };
  if (library === 'node:http') {
    const server = createServer(onRequest);
    Object.assign(server, options.server);
    if (behaviour === 'careless') {
      const answer = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n';
      server.on('upgrade', (_request, socket) => void socket.write(answer));
    }
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }
  const server = library === 'ws' ? new WsServer(given) : new WebSocketServer(given);
  server.on('connection', onConnection as never);
  await new Promise<void>((resolve) => server.on('listening', resolve));
  return (server.address() as AddressInfo).port;
}

const delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION });
delay.enable();

function startAnew(): void {
  global.gc?.();
  delay.reset();
}

function report(): OwnReport {
  // process.memoryUsage() opens a file, for which there may be no descriptor left.
  const { used_heap_size, external_memory } = getHeapStatistics();
  const { user, system } = process.cpuUsage();
  let { buffered } = endpoints;
  for (const socket of sockets) {
    // Behind a Close it also counts, as the WHATWG API wants, what was refused.
    if (socket.readyState === OPEN) buffered += socket.bufferedAmount;
  }
  return {
    heap: used_heap_size,
    buffers: external_memory,
    timers: clock.size,
    clients: sockets.size + endpoints.clients,
    opened,
    closed,
    messages,
    messageBytes,
    violations,
    requests,
    authenticated,
    rooms: rooms?.size ?? 0,
    waiting: waiting.length,
    events,
    zlib,
    cpu: user + system,
    delay: { p99: delay.percentile(99) / NANOSECONDS, max: delay.max / NANOSECONDS },
    uncaught,
    buffered,
  };
}

async function push(size: number, times: number): Promise<void> {
  const data = Buffer.alloc(size, 0x2e);
  for (let count = 0; count < times; count++) {
    // One payload for all, unless the control wants a copy for each.
    for (const socket of sockets) socket.send(behaviour === 'copy' ? Buffer.from(data) : data, { binary: true });
    if (options.endpoints !== undefined) endpoints.push(size);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Resolves when a connection as a client is over. */
function asClient({ url, protocols = [], options = {} }: Question & { ask: 'connect' }): Promise<void> {
  events = [];
  return new Promise((resolve) => {
    const client =
      library === 'ws' ? new WsClient(url, [...protocols], options) : new Client(url, [...protocols], options);
    client.on('open', () => events.push('open'));
    client.on('message', (data: Buffer) => events.push(data.length > LONG ? `${data.length} bytes` : String(data)));
    client.on('error', (error: Error & { code?: string }) => events.push(error.code ?? error.message));
    client.on('close', (code: number) => {
      events.push(`close ${code}`);
      resolve();
    });
  });
}

process.on('message', async (question: Question) => {
  if (question.ask === 'push') await push(question.size, question.times);
  else if (question.ask === 'connect') await asClient(question);
  else if (question.ask === 'decide') for (const letIn of waiting.splice(0)) letIn();
  else if (question.ask === 'baseline') startAnew();
  else if (question.ask === 'close') for (const socket of sockets) socket.close(question.code);
  process.send?.({ report: report() });
});
process.on('disconnect', () => process.exit());

process.send?.({ port: await listen() });
