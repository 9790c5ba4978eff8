// The room by long polling: RFC 6202 §2. Each request is held until there is something to say; the cursor of its answer is
// where the next one goes on. The first asks only where the room stands: a poll that is held says nothing, not even "yes".
import { idBefore } from './event-id.js';
import { endOf, readAnswer, send, UNREACHABLE } from './http-request.js';

/** See `room.js` for what all transports have in common. */
export class LongPollTransport {
  isBothWays = false;
  protocol = 'application/json';
  bufferedAmount = 0;
  #abort = new AbortController();
  #room;
  #handlers;

  open(room, since, handlers) {
    this.#room = room;
    this.#handlers = handlers;
    this.#run(since).catch(() => {
      if (!this.#abort.signal.aborted) handlers.onEnd(UNREACHABLE);
    });
  }

  close() {
    this.#abort.abort();
    this.#handlers.onEnd({ code: undefined, reason: '', isFinal: true, retry: undefined });
  }

  async #run(since) {
    const sentAt = performance.now();
    const first = await this.#poll(undefined);
    if (first === undefined) return;
    this.#handlers.onRtt(performance.now() - sentAt, 'GET to 200');
    let cursor = since ?? first.cursor;
    this.#handlers.onOpen(cursor);
    while (!this.#abort.signal.aborted) {
      const answer = await this.#poll(cursor);
      if (answer === undefined) return;
      this.#take(answer);
      cursor = answer.cursor;
    }
  }

  /** @returns the answer; `undefined` when that is the end. */
  async #poll(since) {
    const { signal } = this.#abort;
    const query = { since, session: this.#room.session };
    const response = await send(this.#room, { path: '/api/poll', query }, this.#handlers, signal);
    const answer = await readAnswer(response, this.#handlers);
    if (signal.aborted) return undefined;
    if (response.status === 200 && answer !== undefined) return answer;
    this.#handlers.onEnd(endOf(response, answer));
    return undefined;
  }

  #take({ messages, cursor, gap }) {
    // The gap is before the messages, and nothing is left out between it and the first of them.
    if (gap) this.#handlers.onGap(messages.length === 0 ? cursor : idBefore(messages[0].id));
    for (const message of messages) {
      if (!this.#abort.signal.aborted) this.#handlers.onEvent(message);
    }
  }
}
