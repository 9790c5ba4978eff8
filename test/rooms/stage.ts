// Rooms on a real server, and readers of them over each transport, who note down what they are told: clients that know
// nothing of the code under test but the wire. Everything is closed when the test is over.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { WebSocket as WsClient } from 'ws';
import { EventStreamParser } from '../../src/eventstream/index.ts';
import type { JoinOptions } from '../../src/rooms/join-options.ts';
import { Rooms } from '../../src/rooms/rooms.ts';
import type { RoomsOptions } from '../../src/rooms/rooms-options.ts';
import { WebSocketServer } from '../../src/server/index.ts';
import type { WebSocket } from '../../src/websocket/index.ts';

// biome-ignore lint/suspicious/noExplicitAny: what members are sent is JSON, and each test says what it expects of it.
export type Message = any;

export type TransportName = 'WebSocket' | 'event stream' | 'poll';
export const TRANSPORTS: readonly TransportName[] = ['WebSocket', 'event stream', 'poll'];

/** How a reader comes. */
export interface Visit {
  readonly room?: string;
  readonly since?: string | undefined;
  readonly history?: number;
  readonly identity?: string;
  readonly information?: unknown;
}

/** One reader. */
export class Reader {
  /** Events, and gaps as `{ type: 'GAP' }`, in their order. */
  readonly heard: Message[] = [];
  /** Where it stands. */
  cursor: string | undefined;
  /** The status, or the code, that it was refused with. */
  refusal: string | number | undefined;
  isOver = false;
  #waiting: (() => void)[] = [];
  /** Goes away. */
  leave: () => void = () => {};

  changed(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Resolves when `condition` holds. */
  async until(condition: (reader: this) => boolean): Promise<void> {
    while (!condition(this)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Resolves when it stands somewhere. */
  joined(): Promise<void> {
    return this.until(({ cursor, refusal }) => cursor !== undefined || refusal !== undefined);
  }

  /** Resolves when it has heard so many. */
  hears(count: number): Promise<void> {
    return this.until(({ heard }) => heard.length >= count);
  }

  /** The numbers that were said, with the gaps where they were told. */
  get numbers(): (number | string)[] {
    return this.heard.map(({ number, type }) => number ?? type);
  }
}

/** A server of a test. */
export class Stage {
  readonly rooms: Rooms;
  /** WebSockets on the server's side. */
  readonly websockets: WebSocket[] = [];
  readonly #http = createServer((request, response) => void this.#onRequest(request, response));
  readonly #server = new WebSocketServer({ server: this.#http });
  #port = 0;
  #number = 0;

  private constructor(options: RoomsOptions) {
    this.rooms = new Rooms(options);
    this.#server.on('connection', (websocket, request) => this.#onWebSocket(websocket, request));
  }

  static async open(options: RoomsOptions = {}): Promise<Stage> {
    const stage = new Stage(options);
    stage.#http.listen(0, '127.0.0.1');
    await once(stage.#http, 'listening');
    stage.#port = (stage.#http.address() as AddressInfo).port;
    onTestFinished(() => stage.close());
    return stage;
  }

  get port(): number {
    return this.#port;
  }

  /** Says the next number, or several. @returns the id of the last. */
  async say(count = 1, room = 'lobby'): Promise<string> {
    let id = '';
    for (let said = 0; said < count; said++) id = await this.rooms.publish(room, { number: ++this.#number });
    return id;
  }

  /** A reader, who has joined or has been refused. */
  async reader(transport: TransportName, visit: Visit = {}): Promise<Reader> {
    const reader = this.start(transport, visit);
    await reader.joined();
    return reader;
  }

  /** A reader who is on its way. */
  start(transport: TransportName, visit: Visit = {}): Reader {
    const reader = new Reader();
    onTestFinished(() => reader.leave());
    if (transport === 'WebSocket') this.#readWebSocket(reader, visit);
    else if (transport === 'event stream') void this.#readStream(reader, visit);
    else void this.#poll(reader, visit);
    return reader;
  }

  async close(): Promise<void> {
    await this.rooms.close();
    for (const client of this.#server.clients ?? []) client.terminate();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#http.closeAllConnections();
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
  }

  // ---- the server

  #onWebSocket(websocket: WebSocket, request: IncomingMessage): void {
    this.websockets.push(websocket);
    const { room, options } = wanted(request);
    this.rooms.join(websocket, room, { ...options, request }).catch((error: { code: string }) => {
      if (websocket.readyState === 1) websocket.close(4003, error.code);
    });
  }

  async #onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { room, options, isPoll } = wanted(request);
    if (isPoll) await this.rooms.poll(request, response, room, options);
    else await this.rooms.eventStream(request, response, room, { ...options, retry: false });
  }

  // ---- the clients

  #url(scheme: string, path: string, { room = 'lobby', since, history, identity, information }: Visit): string {
    const query = new URLSearchParams({ room });
    if (since !== undefined) query.set('since', since);
    if (history !== undefined) query.set('history', `${history}`);
    if (identity !== undefined) query.set('identity', identity);
    if (information !== undefined) query.set('information', JSON.stringify(information));
    return `${scheme}://127.0.0.1:${this.#port}${path}?${query}`;
  }

  #readWebSocket(reader: Reader, visit: Visit): void {
    const client = new WsClient(this.#url('ws', '/', visit));
    reader.leave = () => client.terminate();
    client.on('error', () => {});
    client.on('message', (data) => {
      const message = JSON.parse(String(data));
      if (message.type === 'JOINED') reader.cursor = message.cursor;
      else if (message.type === 'LEFT') reader.isOver = true;
      else hear(reader, message, message.id ?? message.cursor);
      reader.changed();
    });
    client.on('close', (code, reason) => {
      if (code === 4003) reader.refusal = String(reason);
      reader.isOver = true;
      reader.changed();
    });
  }

  async #readStream(reader: Reader, visit: Visit): Promise<void> {
    const abort = new AbortController();
    reader.leave = () => abort.abort();
    const { since, ...others } = visit;
    const headers: Record<string, string> = since === undefined ? {} : { 'Last-Event-ID': since };
    try {
      const response = await fetch(this.#url('http', '/stream', others), { headers, signal: abort.signal });
      if (response.status !== 200) reader.refusal = ((await response.json()) as Message).code;
      else await readEvents(reader, response.body as ReadableStream<Uint8Array>);
    } catch {
      // It has left, or the server has gone.
    }
    reader.isOver = true;
    reader.changed();
  }

  async #poll(reader: Reader, visit: Visit): Promise<void> {
    const abort = new AbortController();
    reader.leave = () => abort.abort();
    try {
      for (let since = visit.since; ; since = reader.cursor) {
        const response = await fetch(this.#url('http', '/poll', { ...visit, since }), { signal: abort.signal });
        const answer: Message = await response.json();
        if (response.status !== 200) {
          reader.refusal = answer.code ?? response.status;
          break;
        }
        if (answer.gap) hear(reader, { type: 'GAP' }, undefined);
        for (const message of answer.messages) hear(reader, message, message.id);
        reader.cursor = answer.cursor;
        reader.changed();
      }
    } catch {
      // It has left, or the server has gone.
    }
    reader.isOver = true;
    reader.changed();
  }
}

function hear(reader: Reader, message: Message, cursor: string | undefined): void {
  reader.heard.push(message.type === 'GAP' ? { type: 'GAP' } : message);
  reader.cursor = cursor ?? reader.cursor;
}

async function readEvents(reader: Reader, body: ReadableStream<Uint8Array>): Promise<void> {
  const parser = new EventStreamParser({
    onEvent: (type, data, id) => {
      const message = JSON.parse(data);
      hear(reader, type === 'GAP' ? { type } : message, id);
    },
    onRetry: () => {},
    onViolation: (violation) => {
      throw new Error(violation.expected);
    },
  });
  for await (const chunk of body) {
    parser.push(chunk);
    // The id that stands before the first event, without data.
    reader.cursor = parser.lastEventId;
    reader.changed();
  }
}

/** What the query of a request asks for. */
function wanted(request: IncomingMessage): { room: string; isPoll: boolean; options: JoinOptions } {
  const { searchParams, pathname } = new URL(request.url ?? '', 'http://127.0.0.1');
  const get = (name: string): string | undefined => searchParams.get(name) ?? undefined;
  const information = get('information');
  return {
    room: get('room') ?? '',
    isPoll: pathname === '/poll',
    options: {
      since: pathname === '/' ? get('since') : undefined,
      history: Number(get('history') ?? 0),
      identity: get('identity'),
      information: information === undefined ? undefined : JSON.parse(information),
    },
  };
}
