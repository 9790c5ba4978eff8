// Where a row of the contract plays: servers, clients and raw sockets of one subject, all of them gone at its end.
// The other end of a connection is always `ws` itself or a raw socket, whatever the subject is.
import { createHash } from 'node:crypto';
import { type EventEmitter, once } from 'node:events';
import { createServer, type Server as HttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import type { Duplex, Writable } from 'node:stream';
import { type createWebSocketStream, WebSocket as WsWebSocket, WebSocketServer as WsWebSocketServer } from 'ws';
import { Wire } from './wire.ts';

/** What is put to the test: `ws`, or something that claims to stand in for it. With the types of `ws`. */
export interface Subject {
  readonly name: SubjectName;
  readonly WebSocket: typeof WsWebSocket;
  readonly WebSocketServer: typeof WsWebSocketServer;
  readonly createWebSocketStream: typeof createWebSocketStream;
  // What `ws` exports without types.
  readonly Receiver: new (
    options?: object,
  ) => Writable;
  readonly Sender: {
    new (socket: Duplex, extensions?: object, generateMask?: (mask: Buffer) => void): SenderLike;
    frame(data: Buffer | string, options: object): Buffer[];
  };
  readonly PerMessageDeflate: {
    new (options?: object): DeflateLike;
    readonly extensionName: string;
  };
  readonly extension: {
    parse(header: string): Record<string, object[]>;
    format(extensions: object): string;
  };
  readonly subprotocol: { parse(header: string): Set<string> };
}

/** The face of a Sender. */
export interface SenderLike {
  send(data: unknown, options: object, callback?: (error?: Error) => void): void;
  ping(data: unknown, mask: boolean, callback?: (error?: Error) => void): void;
  pong(data: unknown, mask: boolean, callback?: (error?: Error) => void): void;
  close(code?: number, reason?: string | Buffer, mask?: boolean, callback?: (error?: Error) => void): void;
}

/** The face of a PerMessageDeflate. */
export interface DeflateLike {
  params: object | null;
  offer(): object;
  accept(configurations: object[]): object;
  compress(data: Buffer | string, fin: boolean, callback: (error: Error | null, data?: Buffer) => void): void;
  decompress(data: Buffer, fin: boolean, callback: (error: Error | null, data?: Buffer) => void): void;
  cleanup(): void;
}

export type SubjectName = 'ws' | 'sluice/ws' | 'sluice';

/** Which end of a connection the subject is. */
export type Role = 'server' | 'client';

/** A connection of the subject. */
export interface Pair {
  /** The subject's end. */
  readonly socket: WsWebSocket;
  /** The other end, of `ws`. */
  readonly peer: WsWebSocket;
}

export interface PairOptions {
  /** Options of the subject's end. */
  readonly own?: object;
  /** Options of the other end. */
  readonly peer?: object;
  readonly protocols?: string[];
}

export interface WiredOptions {
  /** Options of the subject's end. */
  readonly own?: object;
  /** What the raw end says in `Sec-WebSocket-Extensions`. */
  readonly extensions?: string;
}

export const HOST = '127.0.0.1';
export const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

type Options = ConstructorParameters<typeof WsWebSocketServer>[0];

export class Stage {
  readonly subject: Subject;
  readonly #ends: (() => unknown)[] = [];
  #echo: Promise<Socket> | undefined = undefined;

  constructor(subject: Subject) {
    this.subject = subject;
  }

  /** Calls `end` when the row is over, the latest first. */
  atEnd(end: () => unknown): void {
    this.#ends.unshift(end);
  }

  async end(): Promise<void> {
    for (const end of this.#ends) await end();
  }

  // ---- servers

  /** A server of the subject on a free port. */
  async server(options: Options = {}): Promise<WsWebSocketServer> {
    const server = new this.subject.WebSocketServer({ port: 0, host: HOST, ...options });
    await once(server, 'listening');
    return this.ending(server);
  }

  /** Ends a server and its clients with the row. */
  ending(server: WsWebSocketServer): WsWebSocketServer {
    this.atEnd(
      () =>
        new Promise<void>((resolve) => {
          for (const client of server.clients ?? []) client.terminate();
          server.close(() => resolve());
        }),
    );
    return server;
  }

  /** A server of `ws` on a free port. */
  async wsServer(options: Options = {}): Promise<WsWebSocketServer> {
    const server = new WsWebSocketServer({ port: 0, host: HOST, ...options });
    await once(server, 'listening');
    return this.ending(server);
  }

  async httpServer(listener: RequestListener = (_, response) => response.end('a page')): Promise<HttpServer> {
    const server = createServer(listener).listen(0, HOST);
    await once(server, 'listening');
    const sockets = new Set<Socket>();
    server.on('connection', (socket) => sockets.add(socket));
    this.atEnd(async () => {
      for (const socket of sockets) socket.destroy();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    });
    return server;
  }

  /** A raw TCP server; `onSocket` plays the WebSocket server. */
  async tcpServer(onSocket: (wire: Wire) => unknown): Promise<number> {
    const server = createTcpServer((socket) => {
      const wire = new Wire(socket, false);
      this.atEnd(() => wire.destroyed());
      onSocket(wire);
    });
    server.listen(0, HOST);
    await once(server, 'listening');
    this.atEnd(async () => {
      server.close();
      await once(server, 'close');
    });
    return (server.address() as AddressInfo).port;
  }

  /**
   * There and back on a connection of its own, some turns of the event loop later: what was written to other sockets
   * before has been read by then, also where nothing answers it.
   */
  async roundTrip(): Promise<void> {
    this.#echo ??= this.#openEcho();
    const echo = await this.#echo;
    const back = once(echo, 'data');
    echo.write('x');
    await back;
  }

  async #openEcho(): Promise<Socket> {
    const port = await this.tcpServer(({ socket }) => socket.pipe(socket));
    return (await this.wire(port)).socket;
  }

  // ---- clients

  /** A client of `ws`, not open yet. */
  wsClient(port: number, path = '/', options: object = {}, protocols: string[] = []): WsWebSocket {
    const client = new WsWebSocket(`ws://${HOST}:${port}${path}`, protocols, options);
    client.on('error', ignore);
    this.atEnd(() => gone(client));
    return client;
  }

  /** A client of the subject, not open yet. */
  client(port: number, path = '/', options: object = {}, protocols: string[] = []): WsWebSocket {
    return this.tracked(new this.subject.WebSocket(`ws://${HOST}:${port}${path}`, protocols, options));
  }

  /** Ends a client with the row. */
  tracked(client: WsWebSocket): WsWebSocket {
    client.on('error', ignore);
    this.atEnd(() => gone(client));
    return client;
  }

  /** A raw connection. */
  async wire(port: number): Promise<Wire> {
    const socket = connect(port, HOST);
    await once(socket, 'connect');
    const wire = new Wire(socket, true);
    this.atEnd(() => wire.destroyed());
    return wire;
  }

  /** Sends a request for an upgrade to a server, and gives the head of the answer. */
  async asks(port: number, lines: readonly string[] = [], target = '/'): Promise<{ wire: Wire; head: string }> {
    const wire = await this.wire(port);
    wire.write(upgradeRequest(port, lines, target));
    return { wire, head: await wire.head() };
  }

  // ---- connections

  /** An open connection between the subject, in its role, and `ws`. */
  async pair(role: Role, { own = {}, peer = {}, protocols = [] }: PairOptions = {}): Promise<Pair> {
    if (role === 'server') {
      const server = await this.server(own);
      const client = this.wsClient(portOf(server), '/', peer, protocols);
      const [[socket]] = await Promise.all([next(server, 'connection'), next(client, 'open')]);
      socket.on('error', ignore);
      return { socket, peer: client };
    }
    const server = await this.wsServer(peer);
    const client = this.client(portOf(server), '/', own, protocols);
    const [[socket]] = await Promise.all([next(server, 'connection'), next(client, 'open')]);
    socket.on('error', ignore);
    return { socket: client, peer: socket };
  }

  /** An open connection between the subject, in its role, and a raw socket. */
  async wired(role: Role, { own = {}, extensions }: WiredOptions = {}): Promise<{ socket: WsWebSocket; wire: Wire }> {
    const lines = extensions === undefined ? [] : [`Sec-WebSocket-Extensions: ${extensions}`];
    if (role === 'server') {
      const server = await this.server(own);
      const [{ wire }, [socket]] = await Promise.all([
        this.asks(portOf(server), lines),
        next(server, 'connection') as Promise<[WsWebSocket]>,
      ]);
      socket.on('error', ignore);
      return { socket, wire };
    }
    let connected: (wire: Wire) => void;
    const wires = new Promise<Wire>((resolve) => {
      connected = resolve;
    });
    const port = await this.tcpServer(async (wire) => {
      wire.write(upgradeAnswer(await wire.head(), lines));
      connected(wire);
    });
    const client = this.client(port, '/', own);
    const [wire] = await Promise.all([wires, next(client, 'open')]);
    return { socket: client, wire };
  }
}

/** The next event of a kind. Unlike `once` of node:events, an `error` is not its business. */
export function next(target: EventEmitter, event: string): ReturnType<typeof once> {
  return new Promise((resolve) => target.once(event, (...values: unknown[]) => resolve(values)));
}

function ignore(): void {}

export function portOf(server: { address(): unknown }): number {
  return (server.address() as AddressInfo).port;
}

/** A request for an upgrade. A line replaces the usual one of its name; one without a value takes it away. */
export function upgradeRequest(port: number, lines: readonly string[] = [], target = '/', method = 'GET'): string {
  const usual = [
    `Host: ${HOST}:${port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${KEY}`,
    'Sec-WebSocket-Version: 13',
  ];
  const given = new Set(lines.map(nameOf));
  const all = [...usual.filter((line) => !given.has(nameOf(line))), ...lines.filter((line) => !line.endsWith(':'))];
  return `${method} ${target} HTTP/1.1\r\n${all.join('\r\n')}\r\n\r\n`;
}

function nameOf(line: string): string {
  return line.slice(0, line.indexOf(':')).toLowerCase();
}

/** The answer that accepts a request. */
export function upgradeAnswer(request: string, lines: readonly string[] = []): string {
  const key = /^sec-websocket-key: *(\S+)/im.exec(request)?.[1];
  const accept = createHash('sha1').update(`${key}${GUID}`).digest('base64');
  const usual = ['Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${accept}`];
  const given = new Set(lines.map(nameOf));
  const all = [...usual.filter((line) => !given.has(nameOf(line))), ...lines.filter((line) => !line.endsWith(':'))];
  return `HTTP/1.1 101 Switching Protocols\r\n${all.join('\r\n')}\r\n\r\n`;
}

/** A field of a head. */
export function field(head: string, name: string): string | undefined {
  return new RegExp(`^${name}: *(.*)$`, 'im').exec(head)?.[1];
}

export function statusOf(head: string): number {
  return Number(head.split(' ', 2)[1]);
}

async function gone(client: WsWebSocket): Promise<void> {
  if (client.readyState === client.CLOSED) return;
  const closed = next(client, 'close');
  client.terminate();
  await closed;
}
