// The server under the soak, in a process of its own: echo and rooms, with the limits that a server has by default, and
// figures about itself. It can be told to do one thing wrong, so that the soak can be seen to find it.
import { openSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { answerQuestions } from '../../bench/answering.mjs';
import { type PreparedMessage, type WebSocket, WebSocketServer } from '../../src/index.ts';
import { clock } from '../../src/transport/index.ts';
import type { Fault } from './options.ts';
import type { Delay, Figures } from './samples.ts';
import { FAREWELL, FLOOD_BLOCK, Wish } from './speech.ts';

/** What the server is told. */
export interface ServerSettings {
  readonly heartbeat: { readonly interval: number; readonly timeout: number };
  readonly fault: Fault | undefined;
}

/** Milliseconds between two looks at the loop. A look that comes later than that was kept waiting. */
const RESOLUTION = 10;
/** A faulty server does its wrong once in so many times. */
const SELDOM = 50;
/** Bytes of a buffer that a faulty server keeps. */
const LEAKED_BUFFER = 16_384;

const counts = { opened: 0, closed: 0, collected: 0, received: 0, sent: 0 };
/** Closed WebSockets by their code. */
const codes: { [code: number]: number } = {};
const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
/** Knows of every WebSocket whether it is still in memory: what is never collected has leaked. */
const registry = new FinalizationRegistry<undefined>(() => {
  counts.collected++;
});
const rooms = new Map<string, Set<WebSocket>>();
/** What a faulty server keeps. */
const kept: unknown[] = [];

let server: WebSocketServer;
let block: PreparedMessage;
let fault: Fault | undefined;

function welcome(socket: WebSocket, path: string): void {
  counts.opened++;
  registry.register(socket, undefined);
  const room = rooms.get(path) ?? new Set<WebSocket>();
  rooms.set(path, room.add(socket));
  socket.on('message', (data: Buffer, isBinary: boolean) => answer(socket, room, data, isBinary));
  socket.on('drain', () => socket.resume());
  socket.on('close', (code: number) => {
    counts.closed++;
    codes[code] = (codes[code] ?? 0) + 1;
    room.delete(socket);
    if (room.size === 0) rooms.delete(path);
    if (fault === 'keep-websockets') kept.push(socket);
    if (fault === 'keep-buffers') kept.push(Buffer.alloc(LEAKED_BUFFER));
    if (fault === 'keep-descriptors' && counts.closed % SELDOM === 0) kept.push(openSync('/dev/null', 'r'));
  });
}

function answer(socket: WebSocket, room: ReadonlySet<WebSocket>, data: Buffer, isBinary: boolean): void {
  counts.received++;
  const wish = String.fromCharCode(data[0] ?? 0);
  if (wish === Wish.Room) toTheRoom(room, data, isBinary);
  else if (wish === Wish.Flood) flood(socket, Number(data.toString('latin1', 1)));
  else if (wish === Wish.Farewell) socket.close(FAREWELL);
  else echo(socket, data, isBinary);
}

function echo(socket: WebSocket, data: Buffer, isBinary: boolean): void {
  const goesWrong = counts.received % SELDOM === 0;
  if (goesWrong && fault === 'lose-messages') return;
  if (goesWrong && fault === 'spoil-messages') data[data.length - 1]! ^= 1;
  counts.sent++;
  // One that does not read its echoes is not read either, until there is room: its own backpressure reaches it.
  if (!socket.send(data, { binary: isBinary })) socket.pause();
}

function toTheRoom(room: ReadonlySet<WebSocket>, data: Buffer, isBinary: boolean): void {
  const message = server.prepare(data, { binary: isBinary });
  for (const member of room) {
    if (member.readyState !== member.OPEN) continue;
    counts.sent++;
    member.send(message);
  }
}

/** Without a look at what send() answers: that is what `maxBufferedAmount` is for. */
function flood(socket: WebSocket, blocks: number): void {
  for (let left = blocks; left > 0 && socket.readyState === socket.OPEN; left--) {
    counts.sent++;
    socket.send(block, { compress: false });
  }
}

function figures(): Figures {
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  let owed = 0;
  for (const client of server.clients ?? []) owed += client.bufferedAmount;
  const clients = server.clients?.size ?? 0;
  return { ...counts, rss, heapUsed, external, arrayBuffers, cpu: user + system, owed, clients, clock: clock.size };
}

/** The delays since the last call. The histogram holds whole intervals between two looks: the delay is what is beyond. */
function takeDelay(): Delay {
  const beyond = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION);
  const taken = { p50: beyond(delay.percentile(50)), p99: beyond(delay.percentile(99)), max: beyond(delay.max) };
  delay.reset();
  return taken;
}

/** Lets other things happen: finalizers run in later turns. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

answerQuestions({
  start: async (settings: ServerSettings) => {
    fault = settings.fault;
    server = new WebSocketServer({
      port: 0,
      host: '127.0.0.1',
      perMessageDeflate: true,
      heartbeat: settings.heartbeat,
    });
    block = server.prepare(Buffer.alloc(FLOOD_BLOCK, 'f'));
    server.on('connection', (socket, request) => welcome(socket, request.url ?? ''));
    await new Promise<void>((resolve) => server.once('listening', () => resolve()));
    delay.enable();
    return { port: (server.address() as AddressInfo).port, pid: process.pid };
  },
  figures,
  /** Needs --expose-gc. What the collector itself takes is no delay of the server's. */
  settled: async () => {
    const delays = takeDelay();
    delay.disable();
    for (let round = 0; round < 2; round++) {
      globalThis.gc?.();
      await turn();
    }
    delay.enable();
    return { ...figures(), ...delays, codes };
  },
  sockets: () => process.getActiveResourcesInfo().filter((name) => name.startsWith('TCPSocket')).length,
  rooms: () => rooms.size,
  shutdown: () => server.shutdown(),
  end: () => {
    setImmediate(() => process.exit());
  },
});
