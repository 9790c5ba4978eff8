// Target: everything behind the opening handshake, frame parser, assembler and connection, in either role. Oracles: the slow
// reading, the same events however the bytes are cut, well-formed answers, no more of them than the input pays for.
import { Connection, type ConnectionHost, type ConnectionOptions, State } from '../../../src/connection/index.ts';
import { Deflater, Inflater, JobQueue } from '../../../src/deflate/index.ts';
import { type Violation, Violations } from '../../../src/frame/index.ts';
import { RecordingSink } from '../../bytes/recording-sink.ts';
import { decodeFrames, encodeFrame, encodeFrames, hex, type SlowFrame } from '../../frame/slow-frames.ts';
import { cutInput, inputOf } from '../cut-input.ts';
import { type FuzzTarget, require, requireSame } from '../fuzz-target.ts';
import { type SlowRole, slowEvents } from '../slow-connection.ts';

// What the bits of the input's first byte say.
const IS_CLIENT = 1;
const DEFLATE = 2;
const TIGHT_LIMITS = 4;
const ONE_AT_A_TIME = 8;
const NO_CONTEXT_TAKEOVER = 16;
const SMALL_WINDOW = 32;

const OVER = new Error('over');

/** A Close frame that says why: the most that a violation may be answered by. */
const LONGEST_CLOSE = 2 + 4 + 125;

function roleOf(options: number): SlowRole {
  const tight = (options & TIGHT_LIMITS) !== 0;
  return {
    isServer: (options & IS_CLIENT) === 0,
    deflate: (options & DEFLATE) !== 0,
    contextTakeover: (options & NO_CONTEXT_TAKEOVER) === 0,
    windowBits: (options & SMALL_WINDOW) === 0 ? 15 : 8,
    maxPayload: tight ? 60 : 100_000,
    maxFragments: tight ? 4 : 1_000,
  };
}

class Output extends RecordingSink {
  readonly blocked = false;
  afterWrite(): void {}
}

/** Writes down what a connection tells. */
class Listener implements ConnectionHost {
  readonly events: string[] = [];
  calls = 0;

  onMessage(data: Buffer, isBinary: boolean): void {
    this.#note(`${isBinary ? 'binary' : 'text'} ${data.toString('hex')}`);
  }
  onPing(data: Buffer): void {
    this.#note(`ping ${data.toString('hex')}`);
  }
  onPong(data: Buffer): void {
    this.#note(`pong ${data.toString('hex')}`);
  }
  onClose(code: number, reason: Buffer): void {
    this.#note(`close ${code} ${reason.toString('hex')}`);
  }
  onFail(violation: Violation, offset: number): void {
    require(Violations[violation.name as keyof typeof Violations] === violation, 'a failure is a row of the table');
    this.#note(`fail ${violation.name} ${offset}`);
  }
  onComplete(): void {
    this.calls++;
  }
  onInflationEnd(): void {
    require(false, 'so short a message is inflated at once');
  }
  #note(event: string): void {
    this.calls++;
    this.events.push(event);
  }
}

function readChunks(chunks: readonly Buffer[], role: SlowRole, oneAtATime: boolean) {
  const options: ConnectionOptions = {
    ...role,
    validateText: true,
    autoPong: true,
    oneAtATime,
    nextMaskingKey: role.isServer ? undefined : () => 0x3d21fa37,
    threshold: 0,
    messageRate: undefined,
    fastProducer: 'pause',
  };
  const jobs = new JobQueue(1);
  const compression = role.deflate
    ? { inflater: new Inflater({ ...role, jobs }), deflater: new Deflater({ ...role, jobs }) }
    : undefined;
  const listener = new Listener();
  const output = new Output();
  const connection = new Connection(listener, output, options, compression);
  for (const chunk of chunks) {
    connection.receive(chunk);
    // Each turn of the application brings at least one event.
    for (let calls = -1; connection.waiting && calls < listener.calls; ) {
      calls = listener.calls;
      connection.resume();
    }
    require(!connection.holding, 'nothing is held back for ever');
  }
  const { events } = listener;
  const state = connection.state;
  connection.release(OVER);
  require(jobs.running + jobs.waiting === 0, 'no compression job is left');
  return { events, output: output.bytes, open: state === State.Open, calls: listener.calls };
}

/** Whether our events are those of the slow reading, which may leave open why a compressed message was refused. */
function agree(ours: readonly string[], slow: readonly string[]): boolean {
  if (ours.length !== slow.length) return false;
  return ours.every((event, index) => {
    const [word, names = '', offset] = (slow[index] as string).split(' ');
    if (word !== 'fail') return event === slow[index];
    const [ourWord, ourName = '', ourOffset] = event.split(' ');
    return ourWord === 'fail' && names.split('|').includes(ourName) && ourOffset === offset;
  });
}

/** The answers to what was read: a Pong for each Ping, a Close at the end, nothing else. */
function requireAnswers(events: readonly string[], output: Buffer, isServer: boolean): void {
  const answers = decodeFrames(output);
  const pings = events.filter((event) => event.startsWith('ping ')).map((event) => event.slice('ping '.length));
  const isOver = /^(?:close|fail)/.test(events.at(-1) ?? '');
  require(answers.every(({ masked }) => masked !== isServer), 'a client masks and a server does not');
  require(answers.length === pings.length + (isOver ? 1 : 0), 'one answer to each Ping and to the end');
  requireSame(
    answers.slice(0, pings.length).map(({ opcode, payload }) => [opcode, payload.toString('hex')]),
    pings.map((ping) => [10, ping]),
    'each Ping is answered with its data',
  );
  if (isOver) require(answers.at(-1)?.opcode === 8, 'the last word is Close');
}

function check(input: Buffer): string {
  const { options, body, chunks } = cutInput(input);
  const role = roleOf(options);
  const whole = readChunks([Buffer.from(body)], role, false);
  const slow = slowEvents(body, role);
  require(agree(whole.events, slow), `the slow reading agrees: ${whole.events.join()} is not ${slow.join()}`);
  const cut = readChunks(chunks, role, (options & ONE_AT_A_TIME) !== 0);
  requireSame(cut.events, whole.events, 'the same events however the bytes are cut');
  require(cut.output.equals(whole.output), 'the same answers however the bytes are cut');
  requireAnswers(whole.events, whole.output, role.isServer);
  // Every frame has two bytes of header, and an endpoint never says more than it was told but for its last word.
  require(cut.calls <= body.length / 2 + 2, 'no more upcalls than frames');
  const mask = role.isServer ? 0 : 4;
  require(whole.output.length <= body.length + (body.length / 2) * mask + LONGEST_CLOSE, 'no amplification');
  const words = whole.events.map((event) => (event.startsWith('fail') ? event.split(' ')[1] : event.slice(0, 3)));
  return `${options & (IS_CLIENT | DEFLATE | TIGHT_LIMITS)} ${[...new Set(words)].join()} ${Math.min(words.length, 8)}`;
}

// ---- inputs to begin with

const KEY = Buffer.from('37fa213d', 'hex');
/** With this key the payload stands on the wire as it is, and words of the dictionary mean something in it. */
const NO_KEY = Buffer.alloc(4);

/** "Hello" by RFC 7692 §7.2.3.1, in a stored block (§7.2.3.3), with BFINAL (§7.2.3.4) and in two blocks (§7.2.3.5). */
const HELLO = ['f248cdc9c90700', '000500faff48656c6c6f00', 'f348cdc9c9070000', 'f24805000000ffffcac9c90700'].map(hex);

const CONVERSATIONS: readonly (readonly SlowFrame[])[] = [
  [{ opcode: 1, payload: 'Hello' }],
  [
    { opcode: 2, payload: Buffer.alloc(125, 7) },
    { opcode: 2, payload: Buffer.alloc(126, 7) },
  ],
  [{ opcode: 2, payload: Buffer.alloc(65_536 >> 5, 7) }, { opcode: 8 }],
  [
    { opcode: 1, payload: 'κό', fin: false },
    { opcode: 9, payload: 'between' },
    { opcode: 0, payload: Buffer.from('e1bd', 'hex'), fin: false },
    { opcode: 0, payload: Buffer.from('b9ce', 'hex'), fin: false },
    { opcode: 0, payload: Buffer.from('bc', 'hex') },
  ],
  [
    { opcode: 1, payload: '', fin: false },
    { opcode: 0, payload: '', fin: false },
    { opcode: 0, payload: 'x' },
  ],
  [{ opcode: 9 }, { opcode: 10, payload: 'nobody asked' }, { opcode: 9, payload: Buffer.alloc(125, 1) }],
  [
    { opcode: 8, payload: Buffer.from('03e8427965', 'hex') },
    { opcode: 1, payload: 'too late' },
  ],
  [{ opcode: 8, payload: Buffer.from('03', 'hex') }],
  [{ opcode: 8, payload: Buffer.from('03ed', 'hex') }],
  [{ opcode: 8, payload: Buffer.from('0bb8eda080', 'hex') }],
  [{ opcode: 1, payload: Buffer.from('f4908080', 'hex') }],
  [{ opcode: 0, payload: 'of nothing' }],
  [
    { opcode: 1, fin: false },
    { opcode: 1, payload: 'inside' },
  ],
  [{ opcode: 2, announced: 2n ** 63n, lengthBits: 64 }],
  [
    { opcode: 2, announced: 2n ** 53n },
    { opcode: 1, payload: 'x' },
  ],
  [{ opcode: 2, announced: 2n ** 32n + 1n }],
  [{ opcode: 1, payload: 'a', lengthBits: 16 }],
  [{ opcode: 1, payload: 'a', lengthBits: 64 }],
  [{ opcode: 9, payload: Buffer.alloc(126) }],
  [{ opcode: 9, fin: false }],
  [{ opcode: 3 }],
  ...HELLO.map((payload): SlowFrame[] => [
    { opcode: 1, rsv1: true, payload },
    { opcode: 1, rsv1: true, payload },
  ]),
  [
    { opcode: 1, rsv1: true, fin: false, payload: hex('f248cd') },
    { opcode: 9, payload: 'between' },
    { opcode: 0, payload: hex('c9c90700') },
    // What was sent before, by its distance: RFC 7692 §7.2.3.2.
    { opcode: 1, rsv1: true, payload: hex('f200110000') },
  ],
  [
    { opcode: 2, rsv1: true, payload: hex('00') },
    { opcode: 2, rsv1: true, payload: '' },
  ],
  // 1,000 zeros out of eleven bytes.
  [{ opcode: 2, rsv1: true, payload: hex('62601805a360148c54000000') }],
  [{ opcode: 2, rsv1: true, payload: hex('0300'.repeat(70)) }],
];

const seeds = CONVERSATIONS.flatMap((frames, index) => {
  const compressed = frames.some(({ rsv1 }) => rsv1 === true) ? DEFLATE : 0;
  const key = index % 2 === 0 ? KEY : NO_KEY;
  return [
    inputOf(encodeFrames(frames.map((frame) => ({ key, ...frame }))), compressed, [1]),
    inputOf(encodeFrames(frames), compressed | IS_CLIENT | ONE_AT_A_TIME, [3, 5]),
    inputOf(encodeFrames(frames.map((frame) => ({ key: NO_KEY, ...frame }))), compressed | TIGHT_LIMITS, [7]),
  ];
});

/** Where frames begin, as far as the lengths of their headers can be believed. */
function partsOf(input: Buffer): number[] {
  const { body } = cutInput(input);
  const origin = input.length - body.length;
  const places: number[] = [];
  for (let at = 0; at + 2 <= body.length; ) {
    places.push(origin + at);
    const second = body[at + 1] as number;
    let length = second & 127;
    at += second >= 128 ? 6 : 2;
    if (length === 126 && at + 2 <= body.length) {
      length = body.readUInt16BE(places.at(-1)! - origin + 2);
      at += 2;
    } else if (length === 127) {
      break;
    }
    at += length;
  }
  return places;
}

const words: readonly SlowFrame[] = [
  { opcode: 0 },
  { opcode: 0, fin: false },
  { opcode: 0, fin: false, payload: 'é' },
  { opcode: 1, fin: false },
  { opcode: 1, payload: 'é' },
  { opcode: 2, fin: false, payload: 'ab' },
  { opcode: 2, payload: Buffer.alloc(126) },
  { opcode: 8 },
  { opcode: 8, payload: hex('03e8') },
  { opcode: 9, payload: 'p' },
  { opcode: 10 },
  { opcode: 2, announced: 2n ** 53n },
  { opcode: 1, rsv1: true, payload: HELLO[0]! },
  { opcode: 2, rsv1: true, fin: false, payload: hex('f3') },
];

export const frames: FuzzTarget = {
  name: 'frames',
  seeds,
  dictionary: [
    ...words.map((frame) => encodeFrame({ ...frame, key: NO_KEY })),
    ...words.map(encodeFrame),
    ...['c3', 'a9', 'eda080', 'f09f9880', 'f48fbfbf', '7e007e', '7f00000000', '0000ffff', '0300', '010000ffff'].map(
      hex,
    ),
  ],
  partsOf,
  check,
};
