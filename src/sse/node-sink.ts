// The body of a response of node:http as a sink: public API of Node only. What is written leaves at once and not when the
// turn of the event loop is over, so that it is known whether the kernel takes it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Departure } from '../transport/index.ts';
import { Outcome, type Sink, type SinkOwner } from './sink.ts';

const NOTHING = Buffer.alloc(0);

type Socket = IncomingMessage['socket'];

/** One response. */
export class NodeSink implements Sink {
  readonly #response: ServerResponse;
  /** The connection under it; `undefined` for HTTP/2, which has many responses in one. */
  readonly #socket: Socket | undefined;
  /** Whether what is written is taken later, as by TLS: that it waits says nothing then. */
  readonly #isDeferred: boolean;
  #owner: SinkOwner | undefined = undefined;
  #departure: Departure | undefined = undefined;
  /** Of a stream that its client has closed HTTP/2 says that it has finished. */
  #isEnding = false;
  readonly #onRoom = (error?: Error | null): void => {
    if (!this.#isLost(error)) this.#owner?.onRoom();
  };
  readonly #onTaken = (error?: Error | null): void => {
    if (!this.#isLost(error)) this.#owner?.onTaken();
  };

  /** @param socket that of the request, which is there also while the response waits for its turn. */
  constructor(response: ServerResponse, socket: Socket | undefined) {
    this.#response = response;
    this.#socket = socket;
    this.#isDeferred = socket === undefined || 'encrypted' in socket;
  }

  get bufferedAmount(): number {
    return this.#response.writableLength;
  }

  start(owner: SinkOwner): void {
    const response = this.#response;
    this.#owner = owner;
    const socket = response.socket === this.#socket ? undefined : this.#socket;
    this.#departure = new Departure(response, socket, () => owner.onGone(this.#isEnding && response.writableFinished));
    response.on('drain', this.#onRoom);
  }

  write(bytes: Buffer): Outcome {
    const response = this.#response;
    const socket = response.socket;
    // Where nobody has corked the socket, Node does so at the first write of a turn, and has a task uncork it when the turn is
    // over: we would wait, and pay for the task.
    const mayCork = socket !== null && this.#socket === socket && socket.writableCorked === 0;
    if (mayCork) socket.cork();
    const room = response.write(bytes);
    if (mayCork) socket.uncork();
    if (response.writableLength === 0) return Outcome.Taken;
    if (!room) return Outcome.Full;
    if (this.#isDeferred) return Outcome.Waiting;
    // 'drain' comes only after an answer of `false`. Nothing, written behind the rest, will tell too.
    response.write(NOTHING, this.#onRoom);
    return Outcome.Full;
  }

  awaitTaken(): void {
    this.#response.write(NOTHING, this.#onTaken);
  }

  /** Whether what was written has been thrown away: of what was under way when a socket is destroyed Node tells no error. */
  #isLost(error: Error | null | undefined): boolean {
    return (error ?? undefined) !== undefined || this.#response.destroyed || this.#socket?.destroyed === true;
  }

  end(): void {
    this.#isEnding = true;
    this.#response.end();
  }

  destroy(): void {
    this.#response.destroy();
  }

  release(): void {
    this.#owner = undefined;
    this.#departure?.forget();
    this.#response.removeListener('drain', this.#onRoom);
  }
}
