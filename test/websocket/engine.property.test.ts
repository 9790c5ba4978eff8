// Machinery is lent from connection to connection, chunk by chunk: each of many conversations, cut and interleaved anyhow, is
// what it would be if there were no others. What must come is worked out here from the words of the script, by no code of ours.
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { Engine } from '../../src/websocket/engine.ts';
import { readSettings } from '../../src/websocket/settings.ts';
import { establish, WebSocket } from '../../src/websocket/websocket.ts';
import { type Appetite, FakeSocket } from '../transport/fake-socket.ts';
import { BINARY, CONTINUATION, closeFrame, FrameReader, frame, PING, PONG, settled, TEXT } from './raw-peer.ts';

/** What a client says next. */
type Line =
  | { readonly say: 'message'; readonly isBinary: boolean; readonly parts: readonly string[]; readonly ping: boolean }
  | { readonly say: 'ping'; readonly text: string }
  /** The application, which answers every message with the same, is told to say this by itself, in two parts. */
  | { readonly say: 'speak'; readonly text: string }
  | { readonly say: 'pause' | 'resume' }
  /** The listener of the next message throws. */
  | { readonly say: 'throw' };

/** How a client ends it. */
type End = 'close' | 'violation' | 'reset' | 'terminate' | 'none';

interface Conversation {
  readonly lines: readonly Line[];
  readonly end: End;
  /** Sizes of the chunks in which its bytes come, over and over. */
  readonly cuts: readonly number[];
  readonly appetite: Appetite;
}

/** So short that all a connection says stays below the mark of its socket: then every Ping is answered. */
const text = fc.string({ unit: 'grapheme', maxLength: 30 });
const line: fc.Arbitrary<Line> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      say: fc.constant('message' as const),
      isBinary: fc.boolean(),
      parts: fc.array(text, { minLength: 1, maxLength: 3 }),
      ping: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ say: fc.constant('ping' as const), text: fc.string({ maxLength: 30 }) }) },
  { weight: 2, arbitrary: fc.record({ say: fc.constant('speak' as const), text }) },
  { weight: 1, arbitrary: fc.record({ say: fc.constant('throw' as const) }) },
  { weight: 2, arbitrary: fc.record({ say: fc.constantFrom('pause' as const, 'resume' as const) }) },
);
const conversation: fc.Arbitrary<Conversation> = fc.record({
  lines: fc.array(line, { maxLength: 8 }),
  end: fc.constantFrom<End>('close', 'violation', 'reset', 'terminate', 'none'),
  cuts: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 }),
  appetite: fc.constantFrom<Appetite>('now', 'later'),
});

const THROWN = 'thrown by a listener';

/** One connection on which a script is played, step by step. */
class Play {
  readonly socket: FakeSocket;
  readonly websocket = new WebSocket(null);
  /** What the application has been told, in order. */
  readonly told: string[] = [];
  readonly expected: string[] = [];
  /** What it has to say to the client: `opcode text`. */
  readonly answers: string[] = [];
  readonly #steps: (() => void | Promise<void>)[] = [];
  #throwsNext = false;
  #inStep = false;
  /** While the application says something in parts, its echoes wait. */
  #unsaid: [Buffer, boolean][] | undefined = undefined;

  constructor({ lines, end, cuts, appetite }: Conversation, name: string) {
    this.socket = new FakeSocket(appetite);
    const role = { isServer: true, threshold: 0, heartbeat: false, nextMaskingKey: undefined };
    establish(this.websocket, {
      socket: this.socket,
      head: Buffer.alloc(0),
      settings: readSettings({}, role),
      compression: undefined,
      protocol: '',
      extensions: '',
    });
    this.websocket.on('message', (data: Buffer, isBinary: boolean) => this.#onMessage(data, isBinary));
    this.websocket.on('close', (code: number) => this.told.push(`close ${code}`));
    for (const each of lines) this.#write(each, cuts, name);
    this.#steps.push(() => {
      this.#throwsNext = false;
      this.websocket.resume();
      return this.quiet();
    });
    this.#end(end);
  }

  get isThrough(): boolean {
    return this.#steps.length === 0;
  }

  /** Takes the next step, if there is one. */
  async step(): Promise<void> {
    this.#inStep = true;
    try {
      await this.#steps.shift()?.();
    } catch (error) {
      expect((error as Error).message).toBe(THROWN);
    } finally {
      this.#inStep = false;
    }
  }

  /** Until the client has taken everything. */
  async quiet(): Promise<void> {
    do await settled();
    while (this.socket.swallow());
  }

  #onMessage(data: Buffer, isBinary: boolean): void {
    this.told.push(`message ${isBinary} ${data}`);
    if (this.#unsaid === undefined) this.websocket.send(data, { binary: isBinary });
    else this.#unsaid.push([data, isBinary]);
    // In a turn of its own it would be an uncaught exception.
    if (!this.#throwsNext || !this.#inStep) return;
    this.#throwsNext = false;
    throw new Error(THROWN);
  }

  #say(bytes: Buffer, cuts: readonly number[]): void {
    let at = 0;
    for (let index = 0; at < bytes.length; index++) {
      const chunk = Buffer.from(bytes.subarray(at, at + (cuts[index % cuts.length] as number)));
      at += chunk.length;
      this.#steps.push(() => void this.socket.emit('data', chunk));
    }
  }

  #write(line: Line, cuts: readonly number[], name: string): void {
    switch (line.say) {
      case 'message': {
        const parts = [name, ...line.parts];
        const opcode = line.isBinary ? BINARY : TEXT;
        const frames = parts.map((part, index) =>
          frame(index === 0 ? opcode : CONTINUATION, part, { fin: index === parts.length - 1 }),
        );
        if (line.ping) {
          frames.splice(1, 0, frame(PING, name));
          this.answers.push(`${PONG} ${name}`);
        }
        this.#say(Buffer.concat(frames), cuts);
        this.expected.push(`message ${line.isBinary} ${parts.join('')}`);
        this.answers.push(`${opcode} ${parts.join('')}`);
        break;
      }
      case 'ping':
        this.#say(frame(PING, line.text), cuts);
        this.answers.push(`${PONG} ${line.text}`);
        break;
      case 'speak':
        this.answers.push(`${TEXT} ${name}${line.text}`);
        this.#steps.push(() => {
          this.#unsaid = [];
          this.websocket.send(name, { fin: false });
        });
        this.#steps.push(() => {
          this.websocket.send(line.text);
          for (const [data, isBinary] of this.#unsaid ?? []) this.websocket.send(data, { binary: isBinary });
          this.#unsaid = undefined;
        });
        break;
      case 'throw':
        this.#steps.push(() => {
          this.#throwsNext = true;
        });
        break;
      default:
        this.#steps.push(() => this.websocket[line.say]());
    }
  }

  #end(end: End): void {
    if (end === 'none') return;
    if (end === 'close') this.#say(closeFrame(1000), [1]);
    // A client's frame without a mask.
    if (end === 'violation') this.#say(frame(TEXT, 'x', { masked: false }), [2]);
    if (end === 'terminate') this.#steps.push(() => this.websocket.terminate());
    else this.#steps.push(() => void this.socket.destroy());
    this.expected.push(`close ${end === 'close' ? 1000 : 1006}`);
  }

  /** Messages and Pongs that were written, put together again. */
  get said(): string[] {
    const said: string[] = [];
    let message = '';
    for (const { opcode, fin, payload } of new FrameReader().push(this.socket.taken)) {
      if (opcode === PONG) said.push(`${PONG} ${payload}`);
      if (opcode > BINARY) continue;
      message += opcode === CONTINUATION ? `${payload}` : `${opcode} ${payload}`;
      if (!fin) continue;
      said.push(message);
      message = '';
    }
    return said;
  }
}

/** In the order of `turns`, and then round by round, until nobody has anything left to do. */
async function play(plays: readonly Play[], turns: readonly number[]): Promise<void> {
  for (const turn of turns) {
    await plays[turn % plays.length]?.step();
    // Now and then the loop gets to what is due in turns of their own.
    if (turn % 5 === 0) await settled();
  }
  while (plays.some(({ isThrough }) => !isThrough)) {
    for (const each of plays) {
      await each.step();
      each.socket.swallow();
    }
  }
  for (const each of plays) await each.quiet();
}

test('conversations on machinery that they share are each as if they were alone', async () => {
  const lend = vi.spyOn(Engine, 'lend');
  const conversations = fc.array(conversation, { minLength: 2, maxLength: 6 });
  let lent = 0;
  await fc.assert(
    fc.asyncProperty(conversations, fc.array(fc.nat(), { maxLength: 100 }), async (scripts, turns) => {
      lend.mockClear();
      const plays = scripts.map((script, index) => new Play(script, `<${index}>`));
      await play(plays, turns);
      lent += lend.mock.calls.length;
      for (const { websocket, told, expected, said, answers } of plays) {
        expect(told).toEqual(expected);
        expect(said.sort()).toEqual(answers.sort());
        websocket.terminate();
      }
      await settled();
    }),
    { numRuns: 150 },
  );
  // Otherwise nothing has been tried.
  expect(lent).toBeGreaterThan(1_000);
});
