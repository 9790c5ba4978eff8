// Where an event stream can be seen whole: over node:http with undici as its client, and over the Fetch API with its body's
// reader. A client reads nothing that it was not asked to read.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent, type Dispatcher } from 'undici';
import {
  type EventStream,
  type EventStreamOptions,
  eventStreamResponse,
  openEventStream,
} from '../../src/sse/index.ts';
import { readStream, type Told } from '../eventstream/record.ts';

/** A client of one stream. */
export interface Client {
  readonly status: number;
  /** A field of the response. */
  field(name: string): string | null;
  /** The next bytes; `undefined` at the end, however it came. */
  next(): Promise<Uint8Array | undefined>;
  /** Goes away in the middle of it. */
  leave(): Promise<void>;
}

/** What a client asks with. */
export interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Called as soon as there is a stream. */
  readonly onStream?: (stream: EventStream) => void;
}

/** One stream from both of its sides. */
export interface Seen {
  readonly stream: EventStream;
  readonly client: Client;
}

/** One way to serve a stream. */
export interface Stage {
  readonly name: string;
  open(options?: EventStreamOptions, asked?: Asked): Promise<Seen>;
  close(): Promise<void>;
}

/** A server of node:http that hands over each request, on a port of its own. */
export async function listen(listener: RequestListener): Promise<{ server: Server; port: number }> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

export async function shut(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

/** Over node:http. */
export async function nodeStage(): Promise<Stage> {
  let onRequest: (request: IncomingMessage, response: ServerResponse) => void = () => {};
  const { server, port } = await listen((request, response) => onRequest(request, response));
  const agent = new Agent();
  return {
    name: 'node:http',
    async open(options, { method = 'GET', path = '/', headers = {}, onStream } = {}) {
      const opened = new Promise<EventStream>((resolve) => {
        onRequest = (request, response) => {
          const stream = openEventStream(request, response, options);
          onStream?.(stream);
          resolve(stream);
        };
      });
      const response = await agent.request({
        origin: `http://127.0.0.1:${port}`,
        path,
        method: method as Dispatcher.HttpMethod,
        headers: { ...headers },
      });
      const chunks = response.body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
      response.body.on('error', () => {});
      return {
        stream: await opened,
        client: {
          status: response.statusCode,
          field: (name) => (response.headers[name.toLowerCase()] as string | undefined) ?? null,
          next: async () => (await chunks.next().catch(() => ({ value: undefined }))).value as Uint8Array | undefined,
          leave: async () => {
            if (response.body.closed) return;
            response.body.destroy();
            await once(response.body, 'close').catch(() => {});
          },
        },
      };
    },
    async close() {
      await agent.destroy();
      await shut(server);
    },
  };
}

/** Over the Fetch API. */
export function fetchStage(): Stage {
  return {
    name: 'the Fetch API',
    async open(options, { method = 'GET', path = '/', headers = {}, onStream } = {}) {
      const request = new Request(`http://localhost${path}`, { method, headers });
      const { stream, response } = eventStreamResponse(request, options);
      onStream?.(stream);
      const reader = response.body?.getReader() as ReadableStreamDefaultReader<Uint8Array> | undefined;
      return {
        stream,
        client: {
          status: response.status,
          field: (name) => response.headers.get(name),
          next: async () => (await reader?.read().catch(() => undefined))?.value,
          leave: async () => reader?.cancel(),
        },
      };
    },
    close: async () => {},
  };
}

/** Reads until `isEnough` says so, or to the end. */
export async function read(client: Client, isEnough: (bytes: number, text: string) => boolean = () => false) {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let tail = '';
  for (;;) {
    const chunk = await client.next();
    if (chunk === undefined) break;
    chunks.push(Buffer.from(chunk));
    bytes += chunk.length;
    tail = (tail + Buffer.from(chunk).toString()).slice(-1_000);
    if (isEnough(bytes, tail)) break;
  }
  return chunks;
}

/** What is told by all that comes, to the end. */
export async function toldTo(client: Client): Promise<Told[]> {
  return readStream(await read(client)).told;
}

/** Resolves with why a stream is over. */
export function endOf(stream: EventStream): Promise<string> {
  return new Promise((resolve) => {
    stream.onEnd = resolve;
  });
}

/** Lets the client go, and waits until its stream knows. */
export async function part({ stream, client }: Seen): Promise<void> {
  const ended = endOf(stream);
  await client.leave();
  await ended;
}

/** A promise, and what resolves it. */
export function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((given) => {
    resolve = given;
  });
  return { promise, resolve };
}
