// One run of a scenario: sockets of which one operation may fail, an application of which one upcall may misbehave, the time
// in the test's hands, and an account of everything that must be given back or told exactly once.
import { createServer, type Server } from 'node:http';
import { Socket } from 'node:net';
import { vi } from 'vitest';
import '../../src/client/index.ts';
import type { SendCallback } from '../../src/connection/index.ts';
import { type ServerOptions, WebSocketServer } from '../../src/server/index.ts';
import { clock } from '../../src/transport/clock.ts';
import { Outbox } from '../../src/transport/outbox.ts';
import { compressionJobs, type WebSocket } from '../../src/websocket/index.ts';
import { requestText } from '../handshake/openings.ts';
import { lastListener } from './fake-listener.ts';
import { FaultPlan, FaultySocket } from './faulty-socket.ts';
import { Gone, Peer } from './peer.ts';

/** What an application can do at a bad moment. */
export const MISDEEDS = ['throws', 'terminates', 'closes', 'pauses', 'sends'] as const;
export type Misdeed = (typeof MISDEEDS)[number];

/** Thrown by the application on purpose. */
export class Planted extends Error {}

/** A turn of the event loop with nothing in it counts as quiet; so many in a row mean that only time can go on. */
const QUIET_TURNS = 4;
/** Milliseconds, and how often: longer together than any limit of the endpoints. */
const TICK = 20_000;
const TICKS = 15;
/** Events that our listeners must not be left on. Node has one or two of its own for some. */
const EVENTS = ['data', 'end', 'drain', 'close', 'timeout', 'connect', 'readable', 'finish'];

const JOBS = 10;

export class Stage {
  readonly plan: FaultPlan;
  readonly complaints: string[] = [];
  /** How many times the application was called. */
  upcalls = 0;
  readonly #misdeed: Misdeed | undefined;
  readonly #misdeedAt: number;
  readonly #isSecure: boolean;
  readonly #sockets: FaultySocket[] = [];
  readonly #closes = new Map<WebSocket, number>();
  readonly #callbacks = new Map<string, number>();
  readonly #promises = new Map<string, number>();
  #server: WebSocketServer | undefined = undefined;
  #http: Server | undefined = undefined;

  /** @param isSecure whether the sockets look like TLS, which takes nothing at once. */
  constructor(plan: FaultPlan, isSecure = false, misdeed?: Misdeed, misdeedAt = 0) {
    this.plan = plan;
    this.#isSecure = isSecure;
    this.#misdeed = misdeed;
    this.#misdeedAt = misdeedAt;
  }

  /** Whether the upcall that was to go wrong has come. */
  get misbehaved(): boolean {
    return this.upcalls >= this.#misdeedAt;
  }

  // ---- what scenarios are made of

  socket(plan = this.plan): FaultySocket {
    const socket = new FaultySocket(plan);
    if (this.#isSecure) Object.assign(socket, { encrypted: true });
    this.#sockets.push(socket);
    return socket;
  }

  /** A server on a port that is not there. */
  async serve(options: ServerOptions, app: (websocket: WebSocket) => void): Promise<WebSocketServer> {
    return this.#start(new WebSocketServer({ port: 0, maxConnectionsPerIp: 3, ...options }), app);
  }

  /** A server beside one of node:http. */
  async serveBesideHttp(options: ServerOptions, app: (websocket: WebSocket) => void): Promise<WebSocketServer> {
    this.#http = createServer();
    return this.#start(new WebSocketServer({ server: this.#http, maxConnectionsPerIp: 3, ...options }), app);
  }

  #start(server: WebSocketServer, app: (websocket: WebSocket) => void): WebSocketServer {
    this.#server = server;
    server.on('connection', (websocket: WebSocket) => {
      this.watch(websocket);
      this.upcall(websocket);
      app(websocket);
    });
    return server;
  }

  /** A client of that server, which has said nothing yet. */
  connect(socket = this.socket()): Peer {
    if (this.#http === undefined) lastListener().accept(socket);
    else this.#http.emit('connection', socket);
    return new Peer(socket, true);
  }

  /** A client of that server with an open connection. */
  async connected(fields: readonly string[] = [], socket = this.socket()): Promise<Peer> {
    const peer = this.connect(socket);
    peer.sendText(requestText([...REQUEST, ...fields]));
    await peer.untilHead();
    return peer;
  }

  /** Counts how often a WebSocket closes. */
  watch(websocket: WebSocket): void {
    this.#closes.set(websocket, 0);
    websocket.on('close', () => {
      this.#closes.set(websocket, (this.#closes.get(websocket) ?? 0) + 1);
      this.upcall(websocket);
    });
    websocket.on('error', () => this.upcall(websocket));
  }

  /** A listener of the application. */
  on(websocket: WebSocket, event: string, listener: (...values: never[]) => void): void {
    websocket.on(event, (...values: unknown[]) => {
      this.upcall(websocket);
      listener(...(values as never[]));
    });
  }

  /** A callback for `send()`, which must be called once. */
  callback(websocket: WebSocket, name: string): SendCallback {
    name = this.#unique(name);
    this.#callbacks.set(name, 0);
    return () => {
      this.#callbacks.set(name, (this.#callbacks.get(name) ?? 0) + 1);
      this.upcall(websocket);
    };
  }

  /** A scenario says the same on each of its connections. */
  #unique(name: string): string {
    return `${name} (${this.#callbacks.size + this.#promises.size + 1})`;
  }

  /** A promise that must be settled. */
  promise(name: string, promise: Promise<unknown>): void {
    name = this.#unique(name);
    this.#promises.set(name, 0);
    const settle = () => void this.#promises.set(name, (this.#promises.get(name) ?? 0) + 1);
    promise.then(settle, settle);
  }

  /** The application is called: now and then it does what it had better not. */
  upcall(websocket: WebSocket): void {
    if (++this.upcalls !== this.#misdeedAt) return;
    switch (this.#misdeed) {
      case 'throws':
        throw new Planted('the application throws');
      case 'terminates':
        websocket.terminate();
        break;
      case 'closes':
        websocket.close(1001, 'in the middle');
        break;
      case 'pauses':
        websocket.pause();
        setImmediate(() => websocket.resume());
        break;
      case 'sends':
        if (websocket.readyState !== websocket.CONNECTING)
          websocket.send('in the middle', this.callback(websocket, 'in the middle'));
    }
  }

  /** Lets time go by, when nothing else is left to be done. */
  async pass(milliseconds: number): Promise<void> {
    await this.quiet();
    await vi.advanceTimersByTimeAsync(milliseconds);
  }

  /** Until nothing happens any more without the clock. */
  async quiet(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
      const before = this.plan.operations + this.upcalls;
      await new Promise((resolve) => setImmediate(resolve));
      const jobs = compressionJobs(JOBS);
      const isBusy = this.#sockets.some((socket) => socket.isBusy) || jobs.running + jobs.waiting > 0;
      if (isBusy || this.plan.operations + this.upcalls !== before) quiet = -1;
    }
  }

  // ---- the run and its account

  /** Plays a scenario to its end and beyond. */
  async play(scenario: (stage: Stage) => Promise<void>): Promise<void> {
    let isOver = false;
    const playing = scenario(this)
      .catch((error: unknown) => {
        if (!(error instanceof Gone)) this.complaints.push(`the scenario failed: ${(error as Error).stack}`);
      })
      .finally(() => {
        isOver = true;
      });
    await this.quiet();
    for (let tick = 0; tick < TICKS && !(isOver && this.#sockets.every((socket) => socket.closed)); tick++) {
      await this.pass(TICK);
      await this.quiet();
    }
    for (const socket of this.#sockets.filter(({ closed }) => !closed)) {
      this.complaints.push('a socket is still open after five minutes');
      socket.destroy();
    }
    await playing;
    await this.quiet();
    await this.#endServer();
    this.#settleAccounts();
  }

  /** The server must take as many connections of the same address as in the beginning, and then come to its end. */
  async #endServer(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#require(server.clients?.size === 0, 'server.clients is empty');
    if (server.options.maxConnectionsPerIp !== 0 && this.#isRunning) {
      const plan = new FaultPlan('none', 0);
      const peers = [1, 2, 3].map(() => this.connect(this.socket(plan)));
      for (const peer of peers) peer.sendText(requestText(REQUEST));
      await this.quiet();
      this.#require(
        peers.every(({ head }) => head.startsWith('HTTP/1.1 101')),
        'the address has all its connections',
      );
      for (const { socket } of peers) socket.destroy();
      await this.quiet();
    }
    let closes = 0;
    server.on('close', () => closes++);
    if (this.#isRunning) server.close();
    await this.quiet();
    this.#require(closes === (this.#isRunning ? 1 : 0), 'the server has closed once');
    this.#http?.close();
  }

  /** Set by scenarios that end the server themselves. */
  #isRunning = true;
  serverEnds(): void {
    this.#isRunning = false;
  }

  #settleAccounts(): void {
    for (const count of this.#closes.values()) this.#require(count === 1, `'close' came ${count} times`);
    for (const [name, count] of this.#callbacks) this.#require(count === 1, `${name} was called back ${count} times`);
    for (const [name, count] of this.#promises) this.#require(count === 1, `${name} was settled ${count} times`);
    this.#require(clock.size === 0, `${clock.size} wait in the clock`);
    const jobs = compressionJobs(JOBS);
    this.#require(jobs.running + jobs.waiting === 0, 'compression jobs are left');
    const untouched = new Socket({ allowHalfOpen: true });
    for (const socket of this.#sockets) {
      for (const event of EVENTS) {
        const more = socket.listenerCount(event) - untouched.listenerCount(event);
        this.#require(more <= 0, `${more} listeners of '${event}' are left on a socket`);
      }
      this.#require(socket.listenerCount('error') <= 1, 'listeners of errors are left on a socket');
    }
    this.#require(slabPosition() === 0, 'memory of the shared slab was not given back');
  }

  #require(kept: boolean, complaint: string): void {
    if (!kept) this.complaints.push(complaint);
  }
}

/** The fields of a request that is let in. */
const REQUEST: readonly string[] = [
  ...['Host', 'example.test', 'Upgrade', 'websocket', 'Connection', 'Upgrade'],
  ...['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version', '13'],
];

/** Where the next frame of whomever would be written in the slab that all share: 0 when nobody holds a part of it. */
function slabPosition(): number {
  const owner = { onWaiting() {}, onBlocked() {}, onUnblocked() {}, onDrain() {} };
  const probe = new Outbox(new Socket(), owner, false);
  const position = probe.reserve(1);
  probe.close(new Error('over'));
  return position;
}
