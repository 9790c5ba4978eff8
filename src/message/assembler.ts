// Frames to messages: RFC 6455 §5.4 (fragmentation), §5.6 and §8.1 (text is UTF-8), RFC 7692 §6 (compressed messages).
// Holds one message at most, in one buffer; refuses a size as soon as a header announces it. Knows no socket.
import { constants } from 'node:buffer';
import {
  type Excerpt,
  excerptOf,
  GrowingBuffer,
  indexOfBadByte,
  isWholeUtf8,
  NO_BAD_BYTE,
  Utf8Validator,
} from '../bytes/index.ts';
import { type InflateFailure, InflateFailures, type Inflater, type InflateSink } from '../deflate/index.ts';
import { type FrameSink, frameHeaderLength, isControl, Opcode, type Violation, Violations } from '../frame/index.ts';
import type { MessageSink } from './message-sink.ts';

/** No message is under way. Outside the range of opcodes. */
const NONE = -1;

const NOTHING = Buffer.alloc(0);

const VIOLATION_OF: ReadonlyMap<InflateFailure, Violation> = new Map<InflateFailure, Violation>([
  [InflateFailures.TooBig, Violations.InflatedTooBig],
  [InflateFailures.Corrupt, Violations.CorruptDeflate],
  [InflateFailures.TooManyFinalBlocks, Violations.TooManyFinalBlocks],
  [InflateFailures.OutOfMemory, Violations.OutOfMemory],
]);

/** What a compressed message that cannot be inflated is, seen as a violation. */
function violationOf(failure: InflateFailure): Violation {
  return VIOLATION_OF.get(failure) as Violation;
}

/** By how much DEFLATE may lengthen a message: five bytes for each stored block, of which zlib's shortest has 123 bytes. */
const DEFLATE_OVERHEAD = 1 / 24;
/** Of a short message: the blocks that flushes leave behind. */
const DEFLATE_OVERHEAD_BYTES = 64;

/**
 * Bytes of the longest text, where no option says less: as a string it has at most one UTF-16 unit for each, and of more
 * no string can be made. Who listens by `addEventListener` gets a string, and is no place for a peer's mistake.
 */
const LONGEST_TEXT = constants.MAX_STRING_LENGTH;

/** How long a message may be and how its text is judged. */
export interface AssemblerOptions {
  /** Whether we are the server, and the frames that come in are masked (§5.1). */
  readonly isServer: boolean;
  /** Bytes of one message, before and after inflation; `Infinity` for no limit. */
  readonly maxPayload: number;
  /** Frames of one message, empty ones included; `Infinity` for no limit. */
  readonly maxFragments: number;
  /** Whether text is checked to be UTF-8 (§8.1). */
  readonly validateText: boolean;
}

/** A message that does not come in one piece. Made for the first such message of a connection; the others need none. */
class Unfinished {
  compressed = false;
  fragments = 0;
  /** Bytes announced by the headers so far. */
  announced = 0;
  readonly parts = new GrowingBuffer();
  text: Utf8Validator | undefined = undefined;
  /** Of the frame under way, when its payload comes in pieces. */
  frameOpcode = NONE;
  frameFin = false;
  control: GrowingBuffer | undefined = undefined;

  clear(): void {
    this.compressed = false;
    this.fragments = 0;
    this.announced = 0;
    this.parts.clear();
    this.text?.reset();
  }
}

/** A message that is being inflated. */
interface Inflation {
  readonly opcode: number;
  /** Where its last byte stood in the chunk pushed last. */
  readonly index: number;
  /** The inflater has it too. Empty when the last byte was no byte of a payload. */
  readonly payload: Buffer;
}

/** Puts the messages of one connection together, however they were cut: RFC 6455 §5.4(a). */
export class Assembler implements FrameSink, InflateSink {
  readonly #sink: MessageSink;
  #options: AssemblerOptions;
  #inflater: Inflater | undefined;
  #maxPayload: number;
  /** Of the message under way. */
  #opcode = NONE;
  #unfinished: Unfinished | undefined = undefined;
  #inflation: Inflation | undefined = undefined;

  /** @param inflater what inflates compressed messages; `undefined` where permessage-deflate was not agreed. */
  constructor(sink: MessageSink, options: AssemblerOptions, inflater?: Inflater) {
    this.#sink = sink;
    this.#options = options;
    this.#maxPayload = options.maxPayload;
    this.#inflater = inflater;
  }

  /** Whether no message is under way, and the options are all there is to know. */
  protected get resting(): boolean {
    return this.#opcode === NONE && this.#inflation === undefined && this.#maxPayload === this.#options.maxPayload;
  }

  /** Puts the messages of another connection together from now on. Only while {@link resting}. */
  protected assembleFor(options: AssemblerOptions, inflater: Inflater | undefined): void {
    this.#options = options;
    this.#inflater = inflater;
    this.#maxPayload = options.maxPayload;
  }

  /** Whether a message has begun and not ended. */
  get underWay(): boolean {
    return this.#opcode !== NONE;
  }

  /** Whether a message is being inflated: nothing may be pushed until the sink is told of its end. */
  get inflating(): boolean {
    return this.#inflation !== undefined;
  }

  /** Holds from the next frame on: {@link AssemblerOptions.maxPayload} for this connection alone. */
  set maxPayload(bytes: number) {
    this.#maxPayload = bytes;
  }

  /** Gives everything back. Nothing is handed over afterwards. */
  close(): void {
    this.#forget();
    this.#unfinished?.control?.clear();
    this.#inflation = undefined;
    this.#inflater?.close();
  }

  onFrame(opcode: number, fin: boolean, rsv1: boolean, chunk: Buffer, start: number, end: number): boolean {
    if (isControl(opcode)) return this.#sink.onControl(opcode, chunk.subarray(start, end), start);
    if (fin && this.#opcode === NONE && opcode !== Opcode.Continuation) {
      // RFC 6455 §5.4(f). The commonest case: the frame is the message, and its payload is never copied.
      if (!this.#admit(opcode, rsv1, 1, end - start, end - start, start)) return false;
      return this.#whole(opcode, rsv1, chunk.subarray(start, end), start, end);
    }
    const message = this.#own;
    return this.#begin(message, opcode, rsv1, end - start, start) && this.#append(message, chunk, start, end, fin, fin);
  }

  onFrameHeader(opcode: number, fin: boolean, rsv1: boolean, payloadLength: number, start: number): boolean {
    const message = this.#own;
    message.frameOpcode = opcode;
    message.frameFin = fin;
    return isControl(opcode) || this.#begin(message, opcode, rsv1, payloadLength, start);
  }

  onFramePart(chunk: Buffer, start: number, end: number, remaining: number): boolean {
    const message = this.#own;
    const { frameOpcode, frameFin } = message;
    if (!isControl(frameOpcode)) {
      return this.#append(message, chunk, start, end, frameFin, frameFin && remaining === 0);
    }
    // RFC 6455 §5.4(e): control frames may stand between the fragments of a message, so their bytes are kept apart.
    message.control ??= new GrowingBuffer();
    const { control } = message;
    if (!control.append(chunk, start, end, control.length + (end - start) + remaining)) {
      return this.#fail(Violations.OutOfMemory, start);
    }
    if (remaining > 0) return true;
    const data = control.take();
    return this.#sink.onControl(frameOpcode, data, end - data.length);
  }

  get #own(): Unfinished {
    this.#unfinished ??= new Unfinished();
    return this.#unfinished;
  }

  onViolation(violation: Violation, index: number): void {
    this.#fail(violation, index);
  }

  onInflated(data: Buffer): void {
    const { opcode, index } = this.#endInflation();
    if (!this.#isGood(opcode, data)) {
      this.#failText(data, index);
      return;
    }
    try {
      this.#sink.onMessage(opcode, data);
    } finally {
      // Also when that has paused, or thrown: somebody waits for this to read on.
      this.#sink.onInflationEnd();
    }
  }

  onInflateFailed(failure: InflateFailure): void {
    const { index, payload } = this.#endInflation();
    // The chunk it came with is gone; the end of its payload is not.
    const excerpt = payload.length === 0 ? undefined : excerptOf('frames', payload, payload.length - 1);
    this.#fail(violationOf(failure), index, excerpt);
  }

  #endInflation(): Inflation {
    const inflation = this.#inflation as Inflation;
    this.#inflation = undefined;
    return inflation;
  }

  /**
   * RFC 6455 §5.4(d)(k), §6.2(c)(d): which frames may follow which. Counts what the frame, whose payload begins at
   * `start`, adds before a byte of it is kept.
   */
  #begin(message: Unfinished, opcode: number, rsv1: boolean, length: number, start: number): boolean {
    if (opcode === Opcode.Continuation) {
      if (this.#opcode === NONE) return this.#refuse(Violations.ContinuationOfNothing, length, start);
      // RFC 7692 §6.1(d): only the first frame says that the message is compressed.
      if (rsv1) return this.#refuse(Violations.ReservedBit1OnContinuation, length, start);
    } else {
      if (this.#opcode !== NONE) return this.#refuse(Violations.MessageInsideMessage, length, start);
      this.#opcode = opcode;
      message.compressed = rsv1; // RFC 7692 §6(a)
    }
    message.fragments++;
    message.announced += length;
    return this.#admit(this.#opcode, message.compressed, message.fragments, message.announced, length, start);
  }

  /** RFC 6455 §10.4(a): judges a message by what its headers have announced, that of a frame of `length` bytes the last. */
  #admit(
    opcode: number,
    compressed: boolean,
    fragments: number,
    announced: number,
    length: number,
    start: number,
  ): boolean {
    if (announced > this.#most(opcode, compressed)) return this.#refuse(Violations.MessageTooBig, length, start);
    if (fragments > this.#options.maxFragments) return this.#refuse(Violations.TooManyFragments, length, start);
    return true;
  }

  /** Bytes that a message with this opcode may have, inflated if it is compressed. */
  #limitOf(opcode: number): number {
    const maxPayload = this.#maxPayload;
    return opcode === Opcode.Text && maxPayload > LONGEST_TEXT ? LONGEST_TEXT : maxPayload;
  }

  /** Bytes that the payload of such a message may have on the wire. */
  #most(opcode: number, compressed: boolean): number {
    const limit = this.#limitOf(opcode);
    // A message that does not compress leaves DEFLATE a little longer than it went in (RFC 1951 §3.2.4); what comes out of
    // it again is held against the limit itself.
    return compressed ? limit + limit * DEFLATE_OVERHEAD + DEFLATE_OVERHEAD_BYTES : limit;
  }

  /** Refuses a frame by its header, which the parser has let pass: so its length is the shortest possible (§5.2). */
  #refuse(violation: Violation, length: number, start: number): false {
    const header = start - frameHeaderLength(length, this.#options.isServer);
    // The length stands behind the byte with FIN and the opcode.
    return this.#fail(violation, violation === Violations.MessageTooBig ? header + 1 : header);
  }

  /** RFC 6455 §5.4(c)(f): the next piece of a message, of its final frame or not, and the last of all or not. */
  #append(message: Unfinished, chunk: Buffer, start: number, end: number, fin: boolean, last: boolean): boolean {
    const { compressed, parts } = message;
    const streamsText = this.#opcode === Opcode.Text && !compressed && this.#options.validateText;
    if (streamsText) {
      message.text ??= new Utf8Validator();
      const bad = message.text.push(chunk, start, end); // RFC 6455 §8.1(A)
      if (bad !== NO_BAD_BYTE) return this.#fail(Violations.InvalidText, bad);
    }
    // Only the final frame tells how long the message will be.
    if (!parts.append(chunk, start, end, fin ? message.announced : 0)) {
      return this.#fail(Violations.OutOfMemory, start); // RFC 6455 §10.4(a): where the options set no limit, the machine does.
    }
    if (!last) return true;
    if (streamsText && !(message.text as Utf8Validator).complete) return this.#fail(Violations.InvalidText, end - 1);
    const data = parts.take();
    const opcode = this.#opcode;
    this.#forget();
    return compressed ? this.#whole(opcode, true, data, start, end) : this.#sink.onMessage(opcode, data);
  }

  /**
   * `data` is the whole payload, not judged yet; compressed, if it is: RFC 7692 §6.2(a)(b), §7.2.3.2(a). The last of it was
   * `[start, end)` of the chunk.
   */
  #whole(opcode: number, compressed: boolean, data: Buffer, start: number, end: number): boolean {
    if (compressed) return this.#inflate(opcode, data, start, end);
    if (this.#isGood(opcode, data)) return this.#sink.onMessage(opcode, data);
    return this.#fail(Violations.InvalidText, start + indexOfBadByte(data));
  }

  /** RFC 7692 §7.2.2. Answers `false` also when the message takes its time: what is behind it must wait. */
  #inflate(opcode: number, data: Buffer, start: number, end: number): boolean {
    const last = end - 1;
    const result = (this.#inflater as Inflater).inflate(data, this.#limitOf(opcode), this);
    if (result === undefined) {
      this.#inflation = { opcode, index: last, payload: start < end ? data : NOTHING };
      return false;
    }
    if (!Buffer.isBuffer(result)) return this.#fail(violationOf(result), last);
    // RFC 7692 §6.1(f): text is judged now.
    return this.#isGood(opcode, result) ? this.#sink.onMessage(opcode, result) : this.#failText(result, last);
  }

  /** Which byte on the wire became the bad one, nobody can say: it is the text itself that shows what is wrong. */
  #failText(text: Buffer, last: number): false {
    return this.#fail(Violations.InvalidText, last, excerptOf('inflated', text, indexOfBadByte(text)));
  }

  /** RFC 6455 §5.6(a), §8.1(a): text is UTF-8. */
  #isGood(opcode: number, data: Buffer): boolean {
    return opcode !== Opcode.Text || !this.#options.validateText || isWholeUtf8(data);
  }

  #forget(): void {
    this.#opcode = NONE;
    this.#unfinished?.clear();
  }

  #fail(violation: Violation, index: number, excerpt?: Excerpt): false {
    this.#forget();
    this.#sink.onViolation(violation, index, excerpt);
    return false;
  }
}
