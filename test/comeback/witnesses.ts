// All witnesses of one page or process, which are made and asked by number from outside. Knows neither pages nor processes.
import type { ResilientWebSocket, ResilientWebSocketOptions, Transport } from '../../src/resilient/index.ts';
import { Witness } from './witness.ts';

/** What a client is made with: all of it can be written as JSON. */
export interface WitnessSettings {
  /** Who says what it says. */
  readonly name: string;
  readonly url: string;
  readonly transports: readonly Transport['name'][];
  readonly options: Omit<ResilientWebSocketOptions, 'transports'>;
}

/** What a witness may be asked. */
export type Question = Exclude<keyof Witness, symbol>;

type Client = new (url: string, options: ResilientWebSocketOptions) => ResilientWebSocket;

/** Those of one place. */
export class Witnesses {
  readonly #Client: Client;
  readonly #transports: readonly Transport[];
  readonly #all: Witness[] = [];

  constructor(Client: Client, transports: readonly Transport[]) {
    this.#Client = Client;
    this.#transports = transports;
  }

  /** Makes a client. @returns its number. */
  open({ name, url, transports, options }: WitnessSettings): number {
    const given = transports.map((wanted) => this.#transports.find((each) => each.name === wanted) as Transport);
    const settings = { ...options, maxAttempts: Number.POSITIVE_INFINITY, transports: given };
    return this.#all.push(new Witness(name, new this.#Client(url, settings))) - 1;
  }

  ask(number: number, question: Question, args: readonly unknown[]): Promise<unknown> {
    const witness = this.#all[number] as unknown as Record<Question, (...args: readonly unknown[]) => unknown>;
    return Promise.resolve(witness[question](...args));
  }
}
