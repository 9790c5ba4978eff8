// A client that may get no further than its request: sends any bytes, and tells what was answered and how it ended.
import type { Socket } from 'node:net';
import { type Frame, FrameReader } from '../websocket/raw-peer.ts';
import { dial } from './attacker.ts';
import type { Victim } from './victim.ts';

const END_OF_HEAD = '\r\n\r\n';
/** How many connect at once: the kernel forgets those that wait too long to be accepted. */
const BATCH = 200;
/** The first status that says no. */
const REFUSAL = 300;

/** One such client. */
export class Caller {
  readonly socket: Socket;
  /** Resolves when the victim has ended the connection, in whatever way. */
  readonly ended: Promise<void>;
  isEnded = false;
  readonly #chunks: Buffer[] = [];
  readonly #answered: Promise<void>;

  private constructor(socket: Socket, isStubborn: boolean) {
    this.socket = socket;
    let onAnswered = (): void => {};
    this.#answered = new Promise((resolve) => {
      onAnswered = resolve;
    });
    this.ended = new Promise((resolve) => {
      const onEnd = (): void => {
        this.isEnded = true;
        onAnswered();
        resolve();
        if (!isStubborn) socket.end();
      };
      socket.on('end', onEnd);
      socket.on('close', onEnd);
    });
    let isAnswered = false;
    socket.on('data', (chunk) => {
      this.#chunks.push(chunk);
      isAnswered ||= this.answer.includes(END_OF_HEAD);
      if (isAnswered) onAnswered();
    });
  }

  /**
   * Connects.
   *
   * @param isStubborn whether it keeps its own side open, and goes on to send, when the victim has ended the connection.
   */
  static async dial(victim: Victim, { from = '127.0.0.1', isStubborn = false } = {}): Promise<Caller> {
    return new Caller(await dial(victim, from), isStubborn);
  }

  /** Connects many times. */
  static async crowd(
    victim: Victim,
    count: number,
    options?: { from?: string; isStubborn?: boolean },
  ): Promise<Caller[]> {
    const callers: Caller[] = [];
    while (callers.length < count) {
      const batch = Array.from({ length: Math.min(BATCH, count - callers.length) }, () => Caller.dial(victim, options));
      callers.push(...(await Promise.all(batch)));
    }
    return callers;
  }

  /**
   * Connects, sends `wire` and tells the status of the answer; 0 when there is none. A connection that was refused is
   * over then, by the victim's doing; one that was not, by ours.
   */
  static async status(victim: Victim, wire: string | Buffer, options?: { from?: string }): Promise<number> {
    const caller = await Caller.dial(victim, options);
    caller.send(wire);
    await caller.answered();
    const { status } = caller;
    if (status >= REFUSAL) await caller.ended;
    await caller.leave();
    return status;
  }

  /** Writes in one piece; text as one octet for each character. */
  send(wire: string | Buffer): void {
    this.socket.write(typeof wire === 'string' ? Buffer.from(wire, 'latin1') : wire);
  }

  /** Waits for the end of a head, or of the connection. */
  answered(): Promise<void> {
    return this.#answered;
  }

  /** All that has come. */
  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** All that has come, one character for each octet. */
  get answer(): string {
    return this.received.toString('latin1');
  }

  /** The status of the first answer; 0 when there is none. */
  get status(): number {
    return Number(/^HTTP\/1\.1 (\d{3}) /.exec(this.answer)?.[1] ?? 0);
  }

  /** What has come behind the head of the answer, as whole frames. */
  get frames(): Frame[] {
    return new FrameReader().push(this.received.subarray(this.answer.indexOf(END_OF_HEAD) + END_OF_HEAD.length));
  }

  /** Goes away without a word. */
  async leave(): Promise<void> {
    if (this.socket.closed) return;
    const closed = new Promise((resolve) => this.socket.once('close', resolve));
    this.socket.destroy();
    await closed;
  }
}
