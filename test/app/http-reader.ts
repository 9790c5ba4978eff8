// Clients of the routes under /api/ for tests: requests over connections of their own, and an event stream that is read.
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { App } from '../../src/app/index.ts';
import { EventStreamParser } from '../../src/eventstream/index.ts';
import type { Message } from './guest-client.ts';

/** What a request is made of besides its path. */
export interface Asking {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** The body as JSON. */
  readonly json: Message;
}

/** Begins a request. */
export function begin(app: App, path: string, { method = 'GET', headers = {}, body }: Asking = {}): ClientRequest {
  const { port } = app.address() as AddressInfo;
  const asked = request({ port, host: '127.0.0.1', path, method, headers, agent: false });
  asked.end(body);
  return asked;
}

/** Asks, and waits for the whole answer. */
export async function ask(app: App, path: string, asking: Asking = {}): Promise<HttpAnswer> {
  const [response] = (await once(begin(app, path, asking), 'response')) as [IncomingMessage];
  const body = await text(response);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body,
    get json() {
      return JSON.parse(body);
    },
  };
}

/** Says something as a guest; `status` and `json` say what has become of it. */
export function say(app: App, content: string, more: object = {}, name = 'Ada', room = 'lobby'): Promise<HttpAnswer> {
  return ask(app, `/api/publish?${new URLSearchParams({ room, name })}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ content, ...more }),
  });
}

/** An event stream that is being read. */
export class StreamReader {
  readonly messages: Message[] = [];
  readonly names: string[] = [];
  readonly comments: string[] = [];
  readonly retries: number[] = [];
  readonly response: IncomingMessage;
  readonly ended: Promise<void>;
  #cursor = '';
  readonly #wake: (() => void)[] = [];

  private constructor(response: IncomingMessage) {
    this.response = response;
    const parser = new EventStreamParser({
      onEvent: (name, data) => {
        this.names.push(name);
        this.messages.push(JSON.parse(data));
      },
      onRetry: (milliseconds) => this.retries.push(milliseconds),
      onComment: (comment) => this.comments.push(comment),
      onViolation: (violation) => {
        throw new Error(violation.expected);
      },
    });
    response.on('data', (chunk: Buffer) => {
      parser.push(chunk);
      this.#cursor = parser.lastEventId;
      for (const wake of this.#wake.splice(0)) wake();
    });
    response.on('error', () => {});
    this.ended = new Promise((resolve) => {
      response.once('close', resolve);
    });
  }

  /** Opens one, and waits until it says where it stands. */
  static async open(app: App, query: Record<string, string>, headers: OutgoingHttpHeaders = {}): Promise<StreamReader> {
    const asked = begin(app, `/api/stream?${new URLSearchParams(query)}`, { headers });
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    if (response.statusCode !== 200) throw new Error(`the stream was refused: ${response.statusCode}`);
    const reader = new StreamReader(response);
    await reader.until(() => reader.cursor !== '');
    return reader;
  }

  /** The id that it stands at. */
  get cursor(): string {
    return this.#cursor;
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#wake.push(resolve));
  }

  /** Contents and names, in their order. */
  get told(): string[] {
    return this.messages.map(({ content, type }) => content ?? type);
  }

  leave(): void {
    this.response.destroy();
  }
}
