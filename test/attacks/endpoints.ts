// What a victim serves beside WebSockets: an event stream, a long poll with sessions, and a body to be read. It counts who is
// there, by what the streams and polls themselves say.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { holdPoll, type Poll, PollSessions, queryOf, readBody } from '../../src/poll/index.ts';
import { type EventStream, encodeEvent, openEventStream } from '../../src/sse/index.ts';
import type { EndpointOptions } from './victim-report.ts';

/** All streams and polls of one victim. */
export class Endpoints {
  readonly #options: EndpointOptions;
  readonly #sessions = new PollSessions();
  readonly #streams = new Set<EventStream>();
  readonly #polls = new Set<Poll>();
  /** Those of the control that hears of no end. */
  readonly #forgotten = new Set<ServerResponse>();

  constructor(options: EndpointOptions) {
    this.#options = options;
  }

  /** Streams that are open, and polls that are held. */
  get clients(): number {
    return this.#streams.size + this.#polls.size + this.#forgotten.size;
  }

  get buffered(): number {
    let buffered = 0;
    for (const stream of this.#streams) buffered += stream.bufferedAmount;
    return buffered;
  }

  /** Answers a request, if it is one of these. */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    const { url = '' } = request;
    if (url.startsWith('/stream')) this.#stream(request, response);
    else if (url.startsWith('/poll')) this.#poll(request, response);
    else if (url.startsWith('/publish')) void this.#publish(request, response);
    else return false;
    return true;
  }

  /** Sends to all streams, and answers all polls. */
  push(size: number): void {
    if (this.#streams.size > 0) {
      const event = encodeEvent({ data: '.'.repeat(size) });
      for (const stream of this.#streams) stream.sendEncoded(event);
    }
    if (this.#polls.size > 0) {
      const json = Buffer.alloc(size, '.');
      json[0] = json[size - 1] = 0x22;
      for (const poll of this.#polls) poll.answer({ messages: [{ json, cursor: '1' }], cursor: '1' });
    }
  }

  #stream(request: IncomingMessage, response: ServerResponse): void {
    if (this.#options.isCareless === true) {
      this.#forgotten.add(response);
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
      return;
    }
    const stream = openEventStream(request, response, this.#options.streams);
    this.#streams.add(stream);
    stream.onEnd = () => this.#streams.delete(stream);
  }

  #poll(request: IncomingMessage, response: ServerResponse): void {
    const poll = holdPoll(request, response, this.#options.polls);
    this.#polls.add(poll);
    poll.whenEnded(() => this.#polls.delete(poll));
    if (this.#options.isCareless !== true) this.#sessions.hold('one', queryOf(request).get('session') ?? '', poll);
  }

  async #publish(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request, response, this.#options.bodies);
    if (body !== undefined) response.end();
  }
}
