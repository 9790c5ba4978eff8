// The answer to a poll as a response of node:http: public API of Node only.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Departure } from '../transport/index.ts';
import type { Answer, Reply } from './reply.ts';

/** One response. */
export class NodeReply implements Reply {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#request = request;
    this.#response = response;
  }

  start(onGone: () => void): void {
    const { httpVersionMajor, socket } = this.#request;
    if (this.#response.destroyed || socket.destroyed) {
      // The caller has the poll first, and then hears that nobody is there.
      queueMicrotask(onGone);
      return;
    }
    // A response that waits for its turn has no socket yet.
    const isWaiting = httpVersionMajor === 1 && this.#response.socket !== socket;
    new Departure(this.#response, isWaiting ? socket : undefined, onGone);
    // A body is not wanted; unread, it would hide that the client has gone.
    this.#request.resume();
  }

  send({ status, fields, body }: Answer): void {
    if (this.#response.destroyed) return;
    // Node leaves the body out where the request was HEAD.
    this.#response.writeHead(status, fields).end(body);
  }

  destroy(): void {
    this.#response.destroy();
  }
}
