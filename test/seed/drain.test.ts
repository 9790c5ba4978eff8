// "Backpressure": a producer that stops when send() answers false, and goes on at 'drain'.
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { WebSocket } from '../../src/index.ts';
import { ask, HOST, portOf, serve } from './connection.ts';

const MESSAGE = Buffer.alloc(16_384, 'x');
const MESSAGES = 2_000;
/** 64 KiB, and the message that went over them with its header. */
const MOST_BUFFERED = 65_536 + MESSAGE.length + 10;

/** The program: sends so many numbered messages as fast as the peer takes them. */
class Production {
  readonly #socket: WebSocket;
  #next = 0;
  pauses = 0;
  mostBuffered = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('drain', () => this.#run());
    this.#run();
  }

  #run(): void {
    while (this.#next < MESSAGES) {
      const message = Buffer.from(MESSAGE);
      message.writeUInt32BE(this.#next++);
      const goOn = this.#socket.send(message);
      this.mostBuffered = Math.max(this.mostBuffered, this.#socket.bufferedAmount);
      if (!goOn) {
        this.pauses++;
        return;
      }
    }
  }
}

it('a slow client gets everything, in order, and the server never holds more than the mark', async () => {
  const server = await serve();
  const productions: Production[] = [];
  server.on('connection', (socket) => productions.push(new Production(socket)));
  // The first messages may come with the answer to the handshake: whoever waits for 'open' before listening misses them.
  const client = new WebSocket(`ws://${HOST}:${portOf(server)}`);
  const numbers: number[] = [];
  const all = new Promise<void>((resolve) => {
    client.on('message', (data) => {
      numbers.push((data as Buffer).readUInt32BE(0));
      if (numbers.length === MESSAGES) resolve();
      // Slow: after each message a turn without reading.
      client.pause();
      setImmediate(() => client.resume());
    });
  });
  await all;
  expect(numbers).toEqual(Array.from({ length: MESSAGES }, (_, index) => index));
  const [production] = productions as [Production];
  expect(production.pauses).toBeGreaterThan(0);
  expect(production.mostBuffered).toBeLessThanOrEqual(MOST_BUFFERED);
});

it("an answer of false is followed by exactly one 'drain'", async () => {
  const server = await serve({ maxBufferedAmount: 0 });
  const connection = once(server, 'connection') as Promise<[WebSocket]>;
  const { wire } = await ask(server);
  const [socket] = await connection;
  wire.socket.pause();
  let drains = 0;
  socket.on('drain', () => drains++);
  expect(socket.send(Buffer.alloc(16 * 1024 * 1024))).toBe(false);
  expect(socket.send('once more')).toBe(false);
  const drained = once(socket, 'drain');
  wire.socket.resume();
  await drained;
  expect(socket.bufferedAmount).toBe(0);
  await new Promise<void>((resolve) => socket.send('little', () => resolve()));
  expect(drains).toBe(1);
});

it('sendWithBackpressure waits for room instead of asking for it again and again', async () => {
  const server = await serve();
  const connection = once(server, 'connection') as Promise<[WebSocket]>;
  const { wire } = await ask(server);
  const [socket] = await connection;
  wire.socket.pause();
  socket.send(Buffer.alloc(16 * 1024 * 1024));
  const order: string[] = [];
  const all = ['first', 'second'].map((text) => socket.sendWithBackpressure(text).then(() => order.push(text)));
  expect(order).toEqual([]);
  wire.socket.resume();
  await Promise.all(all);
  expect(order).toEqual(['first', 'second']);
});
