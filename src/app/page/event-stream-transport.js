// The room over Server-Sent Events: HTML §9.2, one answer that does not end. Reads it with fetch() and not with EventSource, to
// show every line as it came, and to send a token, which EventSource cannot. Comes back with Last-Event-ID, as EventSource does.

import { EventStreamBlocks } from './event-stream-blocks.js';
import { eventEntry, streamEntry } from './http-entries.js';
import { endOf, readAnswer, send, UNREACHABLE } from './http-request.js';

const TYPE = 'text/event-stream';

/** See `room.js` for what all transports have in common. */
export class EventStreamTransport {
  isBothWays = false;
  protocol = TYPE;
  bufferedAmount = 0;
  #abort = new AbortController();
  #handlers;
  #isIn = false;
  /** Milliseconds, as the stream asked for them last. */
  #retry;

  open(room, since, handlers) {
    this.#handlers = handlers;
    this.#run(room, since).catch(() => {
      if (!this.#abort.signal.aborted) this.#end(UNREACHABLE);
    });
  }

  close() {
    this.#abort.abort();
    this.#end({ code: undefined, reason: '', isFinal: true, retry: undefined });
  }

  async #run(room, since) {
    const sentAt = performance.now();
    const headers = since === undefined ? { Accept: TYPE } : { Accept: TYPE, 'Last-Event-ID': since };
    const response = await send(room, { path: '/api/stream', headers }, this.#handlers, this.#abort.signal);
    if (!response.ok || response.status === 204) {
      this.#end(endOf(response, await readAnswer(response, this.#handlers)));
      return;
    }
    this.#handlers.onRtt(performance.now() - sentAt, `GET to ${response.status}`);
    this.#handlers.onEntry(streamEntry(response));
    const blocks = new EventStreamBlocks();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      for (const block of blocks.push(part.value)) this.#onBlock(block);
    }
    this.#end({ code: undefined, reason: 'the stream has ended', isFinal: false, retry: this.#retry });
  }

  #onBlock(block) {
    // Between two blocks of one read the reader may have gone elsewhere.
    if (this.#abort.signal.aborted) return;
    this.#handlers.onEntry(eventEntry(block));
    this.#retry = block.retry ?? this.#retry;
    if (!this.#isIn && block.id !== undefined) {
      this.#isIn = true;
      this.#handlers.onOpen(block.id);
    }
    if (block.data === undefined) return;
    const event = JSON.parse(block.data);
    if (event.type === 'GAP') this.#handlers.onGap(event.cursor);
    else this.#handlers.onEvent(event);
  }

  #end(end) {
    this.#handlers.onEnd(end);
  }
}
