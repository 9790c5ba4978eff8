// The transports Server-Sent Events and long polling in the fewest lines of node:http: what they cost by their nature, on
// HTTP/1.1 and with the header fields of a browser. No library of anybody; the other direction of both is a POST.
// @ts-check
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import { fetchFields } from './browser.mjs';
import { Inbox } from './inbox.mjs';

/** @typedef {import('node:http').ServerResponse} ServerResponse */
/** @typedef {import('node:http').IncomingMessage} IncomingMessage */

/** @returns {import('../wire.mjs').Transport[]} */
export function plainHttpTransports() {
  return [
    { name: 'Server-Sent Events (plain node:http)', open: () => open(EventStreamClient) },
    { name: 'Long polling (plain node:http)', open: () => open(PollingClient) },
  ];
}

/**
 * @param {new (port: number, server: PlainServer) => { start(): Promise<void>, hear(text: string): Promise<string>, end(): void }} Client
 * @returns {Promise<import('../wire.mjs').Server>}
 */
async function open(Client) {
  const server = new PlainServer();
  /** @type {{ end(): void }[]} */
  const ends = [];
  return {
    port: await server.listen(),
    connect: async (port) => {
      const client = new Client(port, server);
      const posting = new Agent({ keepAlive: true });
      ends.push(client, { end: () => posting.destroy() });
      await client.start();
      return {
        toServer: async (text) => {
          await textOf(await ask(port, posting, 'POST', '/api/publish?room=lobby', 'application/json', text));
          return server.received.take();
        },
        toClient: (text) => client.hear(text),
      };
    },
    close: async () => {
      for (const each of ends) each.end();
      await server.close();
    },
  };
}

/** The ten lines: a GET is kept for the next event, a POST is one. */
class PlainServer {
  received = new Inbox();
  /** Answers that are kept. */
  waiting = /** @type {ServerResponse[]} */ ([]);
  onWaiting = () => {};
  #server = createServer(async (message, response) => {
    if (message.method === 'POST') {
      this.received.put(await textOf(message));
      response.writeHead(204).end();
      return;
    }
    if (message.headers.accept === 'text/event-stream') {
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' }).flushHeaders();
    }
    this.waiting.push(response);
    this.onWaiting();
  });

  /** @returns {Promise<number>} the port */
  async listen() {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return /** @type {import('node:net').AddressInfo} */ (this.#server.address()).port;
  }

  /** @returns {Promise<void>} when somebody waits for an event */
  async somebodyWaits() {
    while (this.waiting.length === 0) {
      await new Promise((resolve) => {
        this.onWaiting = () => resolve(undefined);
      });
    }
  }

  async close() {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/**
 * @param {number} port
 * @param {Agent} agent
 * @param {string} method
 * @param {string} path
 * @param {string} accept
 * @param {string} [body]
 * @returns {Promise<IncomingMessage>}
 */
export async function ask(port, agent, method, path, accept, body) {
  const fields = { ...fetchFields(port, accept), ...(body === undefined ? {} : fieldsOf(port, body)) };
  const asked = request({ host: '127.0.0.1', port, agent, method, path, headers: fields });
  asked.end(body);
  const [response] = await once(asked, 'response');
  return response;
}

/**
 * @param {number} port
 * @param {string} body
 */
function fieldsOf(port, body) {
  return {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    Origin: `http://127.0.0.1:${port}`,
  };
}

/** An EventSource. */
class EventStreamClient {
  #port;
  #server;
  #agent = new Agent({ keepAlive: true });
  #events = new Inbox();
  #offset = 0;

  /**
   * @param {number} port
   * @param {PlainServer} server
   */
  constructor(port, server) {
    this.#port = port;
    this.#server = server;
  }

  async start() {
    const stream = await ask(this.#port, this.#agent, 'GET', '/api/stream?room=lobby', 'text/event-stream');
    let come = '';
    stream.setEncoding('utf8');
    stream.on('error', () => {});
    stream.on('data', (text) => {
      come += text;
      const events = come.split('\n\n');
      come = events.pop() ?? '';
      for (const event of events) this.#events.put(/^data: (.*)$/m.exec(event)?.[1] ?? '');
    });
    await this.#server.somebodyWaits();
  }

  /** @param {string} text */
  hear(text) {
    this.#offset++;
    this.#server.waiting[0]?.write(`id: ${this.#offset}\ndata: ${text}\n\n`);
    return this.#events.take();
  }

  end() {
    this.#agent.destroy();
  }
}

/** A page that asks again as soon as it has an answer. */
class PollingClient {
  #port;
  #server;
  #agent = new Agent({ keepAlive: true });
  #answers = new Inbox();
  #offset = 0;

  /**
   * @param {number} port
   * @param {PlainServer} server
   */
  constructor(port, server) {
    this.#port = port;
    this.#server = server;
  }

  async start() {
    this.#poll().catch(() => {});
    await this.#server.somebodyWaits();
  }

  /**
   * One answer, and the next question.
   *
   * @param {string} text JSON
   */
  async hear(text) {
    this.#offset++;
    const body = `{"messages":[${text}],"cursor":"${this.#offset}"}`;
    const fields = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
    this.#server.waiting.shift()?.writeHead(200, fields).end(body);
    const answer = await this.#answers.take();
    await this.start();
    return answer.slice('{"messages":['.length, answer.lastIndexOf('],"cursor"'));
  }

  end() {
    this.#agent.destroy();
  }

  async #poll() {
    const path = `/api/poll?room=lobby&since=${this.#offset}`;
    const response = await ask(this.#port, this.#agent, 'GET', path, 'application/json');
    this.#answers.put(await textOf(response));
  }
}
