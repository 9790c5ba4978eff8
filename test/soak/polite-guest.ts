// One life of a guest with a WebSocket library: it comes, talks, pings, stops reading for a while, and leaves in one of many
// ways. Whatever ends the connection before that is a failure.
import { connect, type Socket } from 'node:net';
import { WebSocket as WsWebSocket } from 'ws';
import { WebSocket } from '../../src/index.ts';
import type { Chance } from './chance.ts';
import type { Hall } from './hall.ts';
import { Ledger } from './ledger.ts';
import { FAREWELL, Wish } from './speech.ts';

/** Which library a guest uses. */
export type Library = 'sluice' | 'ws';

/** What both libraries have. */
interface Client {
  send(data: Buffer, options: { binary: boolean; fin?: boolean; compress?: boolean }): unknown;
  ping(data: Buffer): void;
  pause(): void;
  resume(): void;
  close(code: number): void;
  terminate(): void;
  on(event: 'open', listener: () => void): unknown;
  on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): unknown;
  on(event: 'pong', listener: (data: Buffer) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'close', listener: (code: number, reason: Buffer) => void): unknown;
}

const LIBRARIES = { sluice: WebSocket, ws: WsWebSocket } as unknown as Record<
  Library,
  new (
    url: string,
    options: {
      createConnection: () => Socket;
      perMessageDeflate: false | { concurrencyLimit: number };
      handshakeTimeout: number;
    },
  ) => Client
>;

/** What a guest does next, and how often. */
const DEEDS = { small: 50, burst: 8, large: 5, huge: 0.4, fragmented: 8, room: 8, ping: 8, rest: 3 } as const;

/** How a life ends, and how often. */
const ENDINGS = { close: 40, farewell: 15, 'break off': 15, terminate: 10, reset: 20 } as const;

/**
 * Of a process of guests, hundreds of which compress: behind a queue of ten jobs, as both libraries have it by default, `ws`
 * on a busy machine keeps its Pongs and last fragments back for so long that a strict server has to give it up.
 */
const JOBS_AT_ONCE = 1_000;

/** Deeds in a life, on average. */
const DEEDS_IN_A_LIFE = 5;

/** Lives one life. */
export async function livePolitely(
  hall: Hall,
  chance: Chance,
  library: Library,
  compressed: boolean,
  room: number,
): Promise<void> {
  const guest = new PoliteGuest(hall, chance, library, compressed, room);
  if (!(await guest.arrive())) return;
  const end = performance.now() + chance.around(hall.settings.life);
  while (!hall.isLeaving && !guest.isGone && performance.now() < end) {
    await guest.act(chance.pick(DEEDS));
    await hall.pause(chance.around(hall.settings.life / DEEDS_IN_A_LIFE));
  }
  await guest.leave(chance.pick(ENDINGS));
}

class PoliteGuest {
  readonly #hall: Hall;
  readonly #chance: Chance;
  readonly #name: string;
  readonly #client: Client;
  readonly #ledger: Ledger;
  readonly #opened: Promise<boolean>;
  readonly #closed: Promise<number>;
  #socket: Socket | undefined;
  /** What the Ping carried that has not been answered. */
  #ping: Buffer | undefined;
  #isOpen = false;
  #mayClose = false;
  #error = '';
  isGone = false;

  constructor(hall: Hall, chance: Chance, library: Library, compressed: boolean, room: number) {
    this.#hall = hall;
    this.#chance = chance;
    const who = hall.nextConnection();
    this.#name = `a guest with ${library}${compressed ? ', compressed' : ''} (${who.toString(16)})`;
    this.#ledger = new Ledger(hall.book, who, hall.progress, (complaint) =>
      hall.complain(`${this.#name}: ${complaint}`),
    );
    const createConnection = (): Socket => {
      this.#socket = connect({ host: '127.0.0.1', port: hall.settings.port });
      return this.#socket;
    };
    const client = new LIBRARIES[library](hall.url(room), {
      createConnection,
      perMessageDeflate: compressed && { concurrencyLimit: JOBS_AT_ONCE },
      handshakeTimeout: hall.settings.patience,
    });
    this.#client = client;
    client.on('message', (data, isBinary) => this.#ledger.hear(data, isBinary));
    client.on('pong', (data) => this.#onPong(data));
    client.on('error', (error) => {
      this.#error = error.message;
    });
    this.#closed = new Promise((resolve) => {
      client.on('close', (code, reason) => {
        this.#onClose(code, reason);
        resolve(code);
      });
    });
    this.#opened = Promise.race([
      new Promise<true>((resolve) => {
        client.on('open', () => {
          this.#isOpen = true;
          resolve(true);
        });
      }),
      this.#closed.then(() => false),
    ]);
  }

  /** Answers whether it was let in. */
  async arrive(): Promise<boolean> {
    const came = await this.#hall.expect(this.#opened, `${this.#name} was let in`);
    if (!came) this.#client.terminate();
    return came && this.#isOpen;
  }

  async act(deed: keyof typeof DEEDS): Promise<void> {
    const chance = this.#chance;
    const compress = chance.next() < 0.8;
    const isBinary = chance.next() < 0.5;
    switch (deed) {
      case 'small':
        return this.#say(Wish.Echo, chance.size(1, 200), isBinary, compress);
      case 'burst':
        for (let left = chance.between(5, 20); left > 0; left--) {
          this.#say(Wish.Echo, chance.size(1, 400), left % 2 === 0, compress);
        }
        return;
      case 'large':
        return this.#say(Wish.Echo, chance.size(2_000, 60_000), isBinary, compress);
      case 'huge':
        return this.#say(Wish.Echo, chance.size(60_000, 400_000), isBinary, compress);
      case 'fragmented':
        return this.#sayInFragments(chance.size(3, 20_000), isBinary, compress);
      case 'room':
        return this.#say(Wish.Room, chance.size(1, 3_000), isBinary, compress);
      case 'ping':
        if (this.#ping !== undefined) return;
        this.#ping = Buffer.from(chance.below(2 ** 32).toString(36));
        return this.#client.ping(this.#ping);
      case 'rest':
        return this.#rest();
    }
  }

  #say(wish: typeof Wish.Echo | typeof Wish.Room, size: number, isBinary: boolean, compress: boolean): void {
    this.#client.send(this.#ledger.say(wish, size, isBinary, this.#chance), { binary: isBinary, compress });
  }

  #sayInFragments(size: number, isBinary: boolean, compress: boolean): void {
    const data = this.#ledger.say(Wish.Echo, size, isBinary, this.#chance);
    const length = Math.ceil(data.length / this.#chance.between(2, 6));
    for (let at = 0; at < data.length; at += length) {
      const fin = at + length >= data.length;
      this.#client.send(data.subarray(at, at + length), { binary: isBinary, compress, fin });
    }
  }

  /** Reads nothing for a while, Pings of the server neither: not for so long that it would be thought dead. */
  async #rest(): Promise<void> {
    this.#client.pause();
    this.#say(Wish.Echo, this.#chance.size(1, 60_000), true, true);
    await this.#hall.pause(Math.min(this.#chance.around(this.#hall.settings.life / 4), this.#longestRest));
    this.#client.resume();
  }

  get #longestRest(): number {
    return this.#hall.settings.heartbeat.timeout / 4;
  }

  async leave(ending: keyof typeof ENDINGS): Promise<void> {
    if (this.isGone) return;
    const waits = ending === 'close' || ending === 'farewell' || this.#chance.next() < 0.5;
    if (waits) await this.#hall.expectEchoes(this.#ledger, this.#name);
    if (this.isGone) return;
    this.#mayClose = true;
    if (!waits) {
      // Breaks off in the middle of a sentence.
      this.#say(Wish.Echo, this.#chance.size(1, 60_000), true, true);
      this.#ledger.abandon();
    }
    this.#end(ending);
    const isClosed = await this.#hall.expect(this.#closed, `${this.#name} heard that its connection ended`);
    if (!isClosed) this.#client.terminate();
    else if (ending === 'close') this.#expectCode(await this.#closed, 1_000);
    else if (ending === 'farewell') this.#expectCode(await this.#closed, FAREWELL);
  }

  #end(ending: keyof typeof ENDINGS): void {
    if (ending === 'close') this.#client.close(1_000);
    else if (ending === 'farewell') this.#client.send(Buffer.from(Wish.Farewell), { binary: false });
    else if (ending === 'terminate') this.#client.terminate();
    else if (ending === 'break off') this.#socket?.destroy();
    else this.#socket?.resetAndDestroy();
  }

  #expectCode(code: number, expected: number): void {
    if (code !== expected) this.#hall.complain(`${this.#name} was closed with ${code} instead of ${expected}`);
  }

  #onPong(data: Buffer): void {
    if (this.#ping !== undefined && data.equals(this.#ping)) this.#hall.progress.pongs++;
    else this.#hall.complain(`${this.#name} got a Pong that it had not asked for`);
    this.#ping = undefined;
  }

  #onClose(code: number, reason: Buffer): void {
    this.isGone = true;
    if (this.#mayClose) return;
    const when = this.#isOpen ? `with ${this.#ledger.owed} echoes owed` : 'before it was open';
    this.#hall.complain(`${this.#name} lost its connection ${when}: ${code} ${reason} ${this.#error}`.trim());
    this.#ledger.close();
  }
}
