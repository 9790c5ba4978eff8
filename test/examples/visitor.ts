// A client of `sluice serve` that comes over TLS through a proxy, from an address of its choice, and comes again when it must.
// Everything it has opened is closed when it leaves.
import { randomUUID } from 'node:crypto';
import { Agent, fetch, type Response } from 'undici';
import type { ClientOptions } from 'ws';
import { EventSourceEar, PollEar, WebSocketEar } from './ears.ts';

/** Of a publish that was answered by no instance. */
const MAX_TRIES = 5;

const ROOM = 'lobby';
const QUERY = `room=${ROOM}&name=anna`;

/** Somebody. */
export class Visitor {
  readonly #host: string;
  readonly #tls: { readonly ca: Buffer; readonly localAddress: string };
  readonly #agent: Agent;
  readonly #answers: Response[] = [];
  readonly #ears: { close(): unknown }[] = [];

  constructor(port: number, ca: Buffer, localAddress: string) {
    this.#host = `localhost:${port}`;
    this.#tls = { ca, localAddress };
    this.#agent = new Agent({ localAddress, connect: { ca, family: 4 } });
  }

  readonly get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`https://${this.#host}${path}`, { dispatcher: this.#agent, headers });

  /** Asks for an event stream, and keeps it. @returns the status of the answer. */
  async stream(headers: Record<string, string> = {}): Promise<number> {
    const response = await this.get(`/api/stream?${QUERY}`, headers);
    // An answer that nobody could read any more would be given up together with its connection.
    this.#answers.push(response);
    return response.status;
  }

  /**
   * Says something in the room: once, however often it has to be sent. A proxy does not send a publish again that may have
   * arrived; who knows its key can.
   *
   * @returns its id.
   */
  async say(content: string): Promise<string> {
    const body = JSON.stringify({ content, key: randomUUID(), ref: 1 });
    for (let tries = 1; ; tries++) {
      const response = await fetch(`https://${this.#host}/api/publish?${QUERY}`, {
        dispatcher: this.#agent,
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body,
      });
      const text = await response.text();
      if (response.ok) return (JSON.parse(text) as { id: string }).id;
      if (response.status < 500 || tries === MAX_TRIES) throw new Error(`${response.status}: ${text}`);
    }
  }

  /** Reads by an EventSource, which comes again by itself. */
  async eventSource(): Promise<EventSourceEar> {
    const ask = (url: string | URL, init: object): Promise<Response> =>
      fetch(url, { ...init, dispatcher: this.#agent });
    return this.#keep(await EventSourceEar.open(`https://${this.#host}/api/stream?${QUERY}`, ask));
  }

  /** Reads by polls. */
  async poll(): Promise<PollEar> {
    const url = `https://${this.#host}/api/poll?${QUERY}`;
    const ear = await PollEar.open((since, signal) => {
      return fetch(since === '' ? url : `${url}&since=${since}`, { dispatcher: this.#agent, signal });
    });
    return this.#keep(ear);
  }

  /** Reads over a WebSocket. It rejects with what it is refused by. */
  async websocket(options: ClientOptions = {}): Promise<WebSocketEar> {
    const ear = await WebSocketEar.open((since) => ({
      url: `wss://${this.#host}/ws`,
      options: { ...this.#tls, family: 4, ...options },
      first: [
        { type: 'AUTH', token: 'anna' },
        { type: 'JOIN_ROOM', roomId: ROOM, since: since === '' ? undefined : since },
      ],
    }));
    return this.#keep(ear);
  }

  async leave(): Promise<void> {
    for (const ear of this.#ears.splice(0)) await ear.close();
    for (const { body } of this.#answers.splice(0)) await body?.cancel().catch(() => {});
    await this.#agent.destroy();
  }

  #keep<T extends { close(): unknown }>(ear: T): T {
    this.#ears.push(ear);
    return ear;
  }
}
