// Load of the handshake row: connect, send the head of a browser, check the 101, send a Close frame (RFC 6455 §7.1.2), wait
// for the server's and for its end of TCP (§7.1.1), and again. The latency is that from connecting to the 101.
// @ts-check
import { Histogram } from '../histogram.mjs';
import { Connection } from './connection.mjs';
import { clientFrame, Opcode, readFrame } from './frames.mjs';
import { WrongReply } from './replies.mjs';

/** §5.5.1: the status code 1000, in network byte order. */
const NORMAL_CLOSURE = Buffer.from([0x03, 0xe8]);
const CLOSE = clientFrame(Opcode.Close, NORMAL_CLOSURE, 0x5eed5eed);

export class HandshakeLoad {
  #settings;
  #latencies = new Histogram();
  #running = false;
  #closed = 0;
  #underWay = 0;
  /** @type {Error | undefined} */
  #failure = undefined;
  #onIdle = () => {};

  /** @param {import('./crowd.mjs').LoadSettings} settings */
  constructor(settings) {
    this.#settings = settings;
  }

  /** Begins. */
  async start() {
    this.#running = true;
    for (let index = 0; index < this.#settings.row.connections; index++) this.#open();
  }

  /** The latencies since the last call. */
  mark() {
    this.#check();
    const latencies = { p50: this.#latencies.percentile(0.5), p99: this.#latencies.percentile(0.99) };
    this.#latencies.reset();
    return latencies;
  }

  /**
   * Waits for the connections that are still open.
   *
   * @returns {Promise<{ checked: number }>} connections that were opened and closed as they should
   */
  async stop() {
    this.#running = false;
    await new Promise((resolve) => {
      this.#onIdle = () => resolve(undefined);
      if (this.#underWay === 0) resolve(undefined);
    });
    this.#check();
    return { checked: this.#closed };
  }

  #check() {
    if (this.#failure !== undefined) throw this.#failure;
  }

  #open() {
    const { peer, row } = this.#settings;
    const began = performance.now();
    let saidClose = false;
    let bytes = Buffer.alloc(0);
    this.#underWay++;
    new Connection(peer, row.compression, {
      onOpen: ({ socket }) => {
        this.#latencies.record(performance.now() - began);
        socket.write(CLOSE);
      },
      onBytes: (_, chunk, length) => {
        bytes = Buffer.concat([bytes, chunk.subarray(0, length)]);
        const frame = readFrame(bytes, 0);
        if (frame === undefined) return;
        saidClose = frame.opcode === Opcode.Close && frame.payload.equals(NORMAL_CLOSURE) && frame.end === bytes.length;
        if (!saidClose) throw new WrongReply('expected a Close frame with status 1000 and nothing else');
      },
      onClose: (_, error) => {
        this.#underWay--;
        if (error === undefined && saidClose) this.#closed++;
        else this.#fail(error ?? new Error('the server closed without a Close frame'));
        if (this.#running) this.#open();
        else if (this.#underWay === 0) this.#onIdle();
      },
    });
  }

  /** @param {Error} error */
  #fail(error) {
    this.#failure ??= error;
    this.#running = false;
  }
}
