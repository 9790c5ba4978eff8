// Somebody who says something now and then, by POST or over a WebSocket, and knows each by a key: what has no answer is said
// again, over either, and is one publish all the same. Some give up early, and then only what was refused in words counts as refused.
import { request } from 'undici';
import type { Chance } from '../soak/chance.ts';
import type { History } from './history.ts';
import { Speaker } from './speaker.ts';
import { contentOf, nameOf } from './speech.ts';
import type { Target } from './target.ts';

/** What becomes of an attempt: an id, a refusal that says that nothing was appended, or nobody knows. */
type Answer = { readonly id: string } | 'refused' | 'unknown';

/** What an instance says when the broker has appended nothing: src/app/refused.ts. */
const NOTHING_APPENDED = 'the room cannot be reached: try again later';
/** Milliseconds for an answer: more than a broker waits for Redis by default. */
const ANSWER = 12_000;
/** Milliseconds after which nobody tries again, and the longest pause between two attempts. */
const GIVING_UP = 40_000;
const LONGEST_PAUSE = 1_000;
const FIRST_PAUSE = 50;
/** One in so many gives up at the first attempt that fails. */
const IMPATIENT = 4;

/** Numbers of publishes, for all publishers together. */
export class Numbers {
  #next = 1;

  next(): number {
    return this.#next++;
  }
}

/** What publishers share. */
export interface PublisherSurroundings {
  readonly target: Target;
  readonly history: History;
  readonly chance: Chance;
  readonly numbers: Numbers;
  /** Milliseconds between two publishes, on average. */
  readonly interval: number;
}

/** One. */
export class Publisher {
  readonly #name: string;
  readonly #room: string;
  readonly #surroundings: PublisherSurroundings;
  readonly #abort = new AbortController();
  #isOver = false;
  #wake: () => void = () => {};
  #speaker: Speaker | undefined;
  #transport: 'post' | 'websocket';
  #running: Promise<void> | undefined;
  /** Who waits for something that has not been begun yet. */
  #waiting: (() => void)[] = [];

  constructor(name: string, room: string, transport: 'post' | 'websocket', surroundings: PublisherSurroundings) {
    this.#name = name;
    this.#room = room;
    this.#transport = transport;
    this.#surroundings = surroundings;
  }

  start(): void {
    this.#running = this.#live();
  }

  /** Resolves when something that is said from now on has an answer, or is given up; at once when nothing will be said. */
  next(): Promise<void> {
    if (this.#isOver) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Says nothing new. Resolves when everything that it has said has an answer, or is given up. */
  async stop(): Promise<void> {
    this.#isOver = true;
    this.#wake();
    await this.#running;
    this.#drop();
  }

  /** Breaks off. */
  end(): void {
    this.#isOver = true;
    this.#wake();
    this.#abort.abort();
    this.#drop();
  }

  async #live(): Promise<void> {
    const { chance, interval } = this.#surroundings;
    while (!this.#isOver) {
      await this.#pause(chance.around(interval));
      const due = this.#waiting.splice(0);
      if (!this.#isOver) await this.#say();
      for (const resolve of due) resolve();
    }
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async #say(): Promise<void> {
    const { history, chance, numbers } = this.#surroundings;
    const op = numbers.next();
    const isImpatient = chance.below(IMPATIENT) === 0;
    const began = history.now;
    history.note({ kind: 'invoke', op, room: this.#room, content: nameOf(op) });
    let isDoubtful = false;
    for (let tries = 1; ; tries++) {
      const answer = await this.#attempt(op);
      if (this.#abort.signal.aborted) return;
      if (typeof answer === 'object') {
        history.note({ kind: 'ack', op, id: answer.id, tries });
        return;
      }
      if (answer === 'unknown') isDoubtful = true;
      if (isImpatient || history.now - began > GIVING_UP) {
        history.note({ kind: isDoubtful ? 'unknown' : 'fail', op, tries });
        return;
      }
      // Whoever has a key may try again over another way.
      this.#transport = chance.pick({ post: 1, websocket: 1 });
      await this.#pause(Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** tries) * (0.5 + chance.next()), true);
    }
  }

  async #attempt(op: number): Promise<Answer> {
    const said = { content: contentOf(op), key: this.#name, ref: op };
    try {
      return await (this.#transport === 'post' ? this.#post(said) : this.#send(said));
    } catch {
      return 'unknown';
    }
  }

  async #post(said: object): Promise<Answer> {
    const { target } = this.#surroundings;
    const { statusCode, body } = await request(target.url('/api/publish', { room: this.#room, name: this.#name }), {
      dispatcher: target.agent,
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(said),
      signal: AbortSignal.any([this.#abort.signal, AbortSignal.timeout(ANSWER)]),
    });
    if (statusCode === 200) return (await body.json()) as { id: string };
    const text = await body.text();
    if (statusCode === 503 && text.includes(NOTHING_APPENDED)) return 'refused';
    // What nginx says for an instance that is not there, or was lost in the middle: 502, 503 and 504.
    if (statusCode < 500) this.#complain(`status ${statusCode}: ${text}`);
    return 'unknown';
  }

  // ---- over a WebSocket

  async #send(said: { readonly ref: number }): Promise<Answer> {
    const timeout = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(ANSWER)]);
    const late = new Promise<never>((_, reject) => {
      timeout.addEventListener('abort', () => reject(new Error('no answer in time')));
    });
    try {
      const speaker = await Promise.race([this.#open(), late]);
      const reply = await Promise.race([speaker.say(said.ref, said), late]);
      if (reply['type'] === 'ACK') return { id: String(reply['id']) };
      if (reply['message'] === NOTHING_APPENDED) return 'refused';
      if (reply['code'] !== 'UNAVAILABLE') this.#complain(JSON.stringify(reply));
      return 'unknown';
    } catch (error) {
      // Whatever it is, nobody knows what this connection still brings.
      this.#drop();
      throw error;
    }
  }

  async #open(): Promise<Speaker> {
    if (this.#speaker?.isOpen) return this.#speaker;
    const speaker = new Speaker(this.#surroundings.target, this.#room, this.#name);
    this.#speaker = speaker;
    const { type } = await speaker.joined;
    if (type !== 'JOINED') throw new Error('not let in');
    return speaker;
  }

  #drop(): void {
    this.#speaker?.close();
    this.#speaker = undefined;
  }

  #complain(text: string): void {
    this.#surroundings.history.note({ kind: 'wrong', text: `${this.#name} was answered ${text}` });
  }

  /** @param untilEnd whether it lasts although nothing new shall be said. */
  #pause(milliseconds: number, untilEnd = false): Promise<void> {
    if ((this.#isOver && !untilEnd) || this.#abort.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      this.#wake = wake;
    });
  }
}
