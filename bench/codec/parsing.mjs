// Frames to messages: our parser and assembler beside the Receiver of `ws`, and beside RFC 6455 §5.2 as it is written.
// @ts-check
import { clientFrame, Opcode, readFrame } from '../load/frames.mjs';
import { expectEqual, KEY, payloadOf, Receiver, SIZES } from './contest.mjs';

/** What one read of a socket brings: so many bytes of frames are parsed at a time. */
const CHUNK_SIZE = 64 * 1024;
/** As our server has it. */
const MAX_PAYLOAD = 1024 * 1024;

/** @typedef {import('./contest.mjs').Contest} Contest */
/** @typedef {import('./contest.mjs').Contestant} Contestant */
/** @typedef {import('./contest.mjs').Sluice} Sluice */

/**
 * @param {Sluice} sluice
 * @returns {Contest[]}
 */
export function parsingContests(sluice) {
  return SIZES.map((size) => ({ title: `parse ${size} B`, contestants: () => parsing(sluice, size) }));
}

/**
 * @param {Sluice} sluice
 * @param {number} size
 * @returns {Contestant[]}
 */
function parsing(sluice, size) {
  const { FrameParser } = sluice.frame;
  const { Assembler } = sluice.message;
  const payload = payloadOf(size);
  const frame = clientFrame(Opcode.Binary, payload, KEY);
  const messages = Math.max(1, Math.floor(CHUNK_SIZE / frame.length));
  const pristine = Buffer.concat(Array.from({ length: messages }, () => frame));
  // Parsers unmask in place, so each time they need the bytes anew; the copy is part of both contestants' time.
  const chunk = Buffer.alloc(pristine.length);

  const ours = new Inbox(payload);
  const assembler = new Assembler(
    {
      onMessage: (_, data) => ours.take(data),
      onControl: () => true,
      onViolation: (violation) => {
        throw new Error(violation.text);
      },
      onInflationEnd: () => {},
    },
    { isServer: true, maxPayload: MAX_PAYLOAD, maxFragments: MAX_PAYLOAD, validateText: true },
  );
  const parser = new FrameParser(assembler, { masked: true, rsv1: false });

  const theirs = new Inbox(payload);
  const receiver = new Receiver({ isServer: true, maxPayload: MAX_PAYLOAD });
  receiver.on('message', (/** @type {Buffer} */ data) => theirs.take(data));

  const plain = new Inbox(payload);

  const run = () => {
    pristine.copy(chunk);
    parser.push(chunk);
  };
  const runOfWs = () => {
    pristine.copy(chunk);
    receiver.write(chunk);
  };
  // The oracle needs no copy, for it changes nothing; it makes one of each payload.
  const runPlainly = () => {
    for (let at = 0; at < pristine.length; ) {
      const frame = readFrame(pristine, at);
      if (frame === undefined) throw new Error('a frame is not all there');
      plain.take(frame.payload);
      at = frame.end;
    }
  };
  return [
    { name: 'sluice: FrameParser and Assembler', messages, run, ...ours.verdict(run) },
    { name: 'ws: Receiver', messages, run: runOfWs, ...theirs.verdict(runOfWs) },
    { name: 'frame by frame, byte by byte', messages, run: runPlainly, ...plain.verdict(runPlainly) },
  ];
}

/** Counts messages that come out, and looks at them while it is told to. */
class Inbox {
  #payload;
  #count = 0;
  #looks = false;

  /** @param {Buffer} payload of all of them */
  constructor(payload) {
    this.#payload = payload;
  }

  /** @param {Buffer} data */
  take(data) {
    this.#count++;
    if (this.#looks) expectEqual(data, this.#payload, 'a message');
    return true;
  }

  /**
   * @param {() => void} run
   * @returns {Pick<Contestant, 'check' | 'counted'>}
   */
  verdict(run) {
    return {
      check: () => {
        this.#looks = true;
        const before = this.#count;
        run();
        this.#looks = false;
        return this.#count - before;
      },
      counted: () => this.#count,
    };
  }
}
