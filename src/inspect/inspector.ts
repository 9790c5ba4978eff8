// All connections of a server that can be looked at: each is recorded from its opening handshake on and has an id that
// nobody can guess. Who knows the id may watch; it is told to nobody but the connection itself.
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { EXTENSION_NAME } from '../deflate/index.ts';
import type { WebSocket } from '../websocket/index.ts';
import { contextOfRequest } from './head-dissector.ts';
import { Recording } from './recording.ts';
import { tap } from './tap.ts';
import { type Subject, Viewer } from './viewer.ts';

/** 128 bits cannot be guessed. */
const ID_BYTES = 16;
/** Pieces of a connection that are kept. */
const MOST_ENTRIES = 200;

/** Records connections, and shows them to those who know their ids. */
export class Inspector {
  /** Recordings of handshakes that are being answered. */
  readonly #opening = new WeakMap<IncomingMessage, Recording>();
  readonly #subjects = new Map<string, Subject>();

  /** How many connections are being recorded. */
  get size(): number {
    return this.#subjects.size;
  }

  /** Begins to record a connection whose opening handshake is about to be answered. */
  begin(request: IncomingMessage): void {
    const recording = new Recording(MOST_ENTRIES);
    this.#opening.set(request, recording);
    tap(request.socket, request, recording, Date.now);
  }

  /**
   * The connection is open.
   *
   * @returns the id under which it can be watched until it closes; `undefined` when {@link begin} was not called.
   */
  open(request: IncomingMessage, websocket: WebSocket): string | undefined {
    const recording = this.#opening.get(request);
    if (recording === undefined) return undefined;
    const id = randomBytes(ID_BYTES).toString('base64url');
    const compression = websocket.extensions.includes(EXTENSION_NAME);
    const head = recording.at(0)?.bytes;
    this.#subjects.set(id, {
      recording,
      websocket,
      context: { compression, request: head && contextOfRequest(head) },
    });
    websocket.on('close', () => this.#subjects.delete(id));
    return id;
  }

  /**
   * Shows the connection `id` to `watcher` until either closes.
   *
   * @returns `false` when there is no such connection.
   */
  watch(id: string, watcher: WebSocket): boolean {
    const subject = this.#subjects.get(id);
    if (subject === undefined) return false;
    new Viewer(watcher, subject, () => performance.now());
    return true;
  }
}
