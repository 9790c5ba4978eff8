// One WebSocket of a publisher: is in one room, and knows each answer by its `ref`. What others say in the room is not heard.
import { WebSocket } from 'ws';
import type { Target } from './target.ts';

/** ACK or ERROR. */
export type Reply = Readonly<Record<string, unknown>>;

interface Waiting {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

/** Waits for JOINED like for an answer. */
const JOINED = -1;

/** One connection. */
export class Speaker {
  readonly #socket: WebSocket;
  readonly #room: string;
  readonly #waiting = new Map<number, Waiting>();
  /** Resolves when it is in the room. */
  readonly joined: Promise<Reply>;

  constructor(target: Target, room: string, name: string) {
    const { ca } = target;
    this.#room = room;
    this.#socket = new WebSocket(target.websocketUrl, 'sluice.v1', { family: 4, ...(ca === undefined ? {} : { ca }) });
    this.joined = this.#answerTo(JOINED);
    this.joined.catch(() => {});
    this.#socket.on('open', () => {
      this.#socket.send(JSON.stringify({ type: 'AUTH', token: name }));
      this.#socket.send(JSON.stringify({ type: 'JOIN_ROOM', roomId: room }));
    });
    this.#socket.on('message', (data) => this.#onMessage(JSON.parse(String(data)) as Reply));
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('closed'));
      this.#waiting.clear();
    });
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Says something. It rejects when the connection ends before the answer. */
  say(ref: number, said: object): Promise<Reply> {
    const answer = this.#answerTo(ref);
    this.#socket.send(JSON.stringify({ type: 'MESSAGE', roomId: this.#room, ...said }));
    return answer;
  }

  close(): void {
    this.#socket.terminate();
  }

  #answerTo(ref: number): Promise<Reply> {
    return new Promise((resolve, reject) => this.#waiting.set(ref, { resolve, reject }));
  }

  #onMessage(message: Reply): void {
    const { type } = message;
    const isAnswer = type === 'ACK' || type === 'ERROR';
    if (type !== 'JOINED' && !isAnswer) return;
    // Whoever is not let in is told so by an ERROR without `ref`.
    const ref = typeof message['ref'] === 'number' ? message['ref'] : JOINED;
    this.#waiting.get(ref)?.resolve(message);
    this.#waiting.delete(ref);
  }
}
