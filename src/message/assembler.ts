// Frames to messages: RFC 6455 §5.4 (fragmentation), §5.6 and §8.1 (text is UTF-8), RFC 7692 §6 (compressed messages).
// Holds one message at most, in one buffer; refuses a size as soon as a header announces it. Knows no socket.
import { GrowingBuffer, isWholeUtf8, NO_BAD_BYTE, Utf8Validator } from '../bytes/index.ts';
import { type InflateFailure, InflateFailures, type Inflater, type InflateSink } from '../deflate/index.ts';
import { type FrameSink, isControl, Opcode, type Violation, Violations } from '../frame/index.ts';
import type { MessageSink } from './message-sink.ts';

/** No message is under way. Outside the range of opcodes. */
const NONE = -1;

/** What a compressed message that cannot be inflated is, seen as a violation. */
const VIOLATION_OF: ReadonlyMap<InflateFailure, Violation> = new Map<InflateFailure, Violation>([
  [InflateFailures.TooBig, Violations.InflatedTooBig],
  [InflateFailures.Corrupt, Violations.CorruptDeflate],
  [InflateFailures.TooManyFinalBlocks, Violations.TooManyFinalBlocks],
  [InflateFailures.OutOfMemory, Violations.OutOfMemory],
]);

/** How long a message may be and how its text is judged. */
export interface AssemblerOptions {
  /** Bytes of one message, before and after inflation; `Infinity` for no limit. */
  readonly maxPayload: number;
  /** Frames of one message, empty ones included; `Infinity` for no limit. */
  readonly maxFragments: number;
  /** Whether text is checked to be UTF-8 (§8.1). */
  readonly validateText: boolean;
}

/** Puts the messages of one connection together. */
export class Assembler implements FrameSink, InflateSink {
  readonly #sink: MessageSink;
  readonly #options: AssemblerOptions;
  readonly #inflater: Inflater | undefined;
  /** Of the message under way. */
  #opcode = NONE;
  #compressed = false;
  #fragments = 0;
  /** Bytes announced by the headers so far. */
  #announced = 0;
  #parts: GrowingBuffer | undefined = undefined;
  #text: Utf8Validator | undefined = undefined;
  /** Of the frame under way, when its payload comes in pieces. */
  #frameOpcode = NONE;
  #frameFin = false;
  #control: GrowingBuffer | undefined = undefined;
  /** The opcode of the message that is being inflated. */
  #inflating = NONE;

  /** @param inflater what inflates compressed messages; `undefined` where permessage-deflate was not agreed. */
  constructor(sink: MessageSink, options: AssemblerOptions, inflater?: Inflater) {
    this.#sink = sink;
    this.#options = options;
    this.#inflater = inflater;
  }

  /** Whether a message has begun and not ended. */
  get underWay(): boolean {
    return this.#opcode !== NONE;
  }

  /** Whether a message is being inflated: nothing may be pushed until the sink is told of its end. */
  get inflating(): boolean {
    return this.#inflating !== NONE;
  }

  /** Gives everything back. Nothing is handed over afterwards. */
  close(): void {
    this.#forget();
    this.#control?.clear();
    this.#inflating = NONE;
    this.#inflater?.close();
  }

  onFrame(opcode: number, fin: boolean, rsv1: boolean, chunk: Buffer, start: number, end: number): boolean {
    if (isControl(opcode)) return this.#sink.onControl(opcode, chunk.subarray(start, end));
    if (!this.#begin(opcode, rsv1, end - start, start)) return false;
    if (fin && this.#fragments === 1) {
      // The commonest case: the frame is the message, and its payload is never copied.
      return this.#whole(chunk.subarray(start, end), start);
    }
    return this.#append(chunk, start, end, fin, fin);
  }

  onFrameHeader(opcode: number, fin: boolean, rsv1: boolean, payloadLength: number): boolean {
    this.#frameOpcode = opcode;
    this.#frameFin = fin;
    return isControl(opcode) || this.#begin(opcode, rsv1, payloadLength, 0);
  }

  onFramePart(chunk: Buffer, start: number, end: number, remaining: number): boolean {
    if (!isControl(this.#frameOpcode)) {
      return this.#append(chunk, start, end, this.#frameFin, this.#frameFin && remaining === 0);
    }
    // §5.5: control frames may stand between the fragments of a message, so their bytes are kept apart.
    this.#control ??= new GrowingBuffer();
    this.#control.append(chunk, start, end, 0);
    return remaining > 0 || this.#sink.onControl(this.#frameOpcode, this.#control.take());
  }

  onViolation(violation: Violation, index: number): void {
    this.#fail(violation, index);
  }

  onInflated(data: Buffer): void {
    const opcode = this.#inflating;
    this.#inflating = NONE;
    if (this.#deliver(opcode, data, 0)) this.#sink.onInflationEnd();
  }

  onInflateFailed(failure: InflateFailure): void {
    this.#inflating = NONE;
    this.#refuseInflation(failure, 0);
  }

  /** §5.4: which frames may follow which. Counts what the frame adds before a byte of it is kept. */
  #begin(opcode: number, rsv1: boolean, length: number, index: number): boolean {
    if (opcode === Opcode.Continuation) {
      if (this.#opcode === NONE) return this.#fail(Violations.ContinuationOfNothing, index);
      // RFC 7692 §6.1: only the first frame says that the message is compressed.
      if (rsv1) return this.#fail(Violations.ReservedBit1OnContinuation, index);
    } else {
      if (this.#opcode !== NONE) return this.#fail(Violations.MessageInsideMessage, index);
      this.#opcode = opcode;
      this.#compressed = rsv1;
    }
    this.#fragments++;
    this.#announced += length;
    if (this.#fragments > this.#options.maxFragments) return this.#fail(Violations.TooManyFragments, index);
    if (this.#announced > this.#options.maxPayload) return this.#fail(Violations.MessageTooBig, index);
    return true;
  }

  /** The next piece of a message in several pieces: of its final frame or not, and the last of all or not. */
  #append(chunk: Buffer, start: number, end: number, fin: boolean, last: boolean): boolean {
    const streamsText = this.#opcode === Opcode.Text && !this.#compressed && this.#options.validateText;
    if (streamsText) {
      this.#text ??= new Utf8Validator();
      const bad = this.#text.push(chunk, start, end);
      if (bad !== NO_BAD_BYTE) return this.#fail(Violations.InvalidText, bad);
    }
    this.#parts ??= new GrowingBuffer();
    // Only the final frame tells how long the message will be.
    this.#parts.append(chunk, start, end, fin ? this.#announced : 0);
    if (!last) return true;
    if (streamsText && !(this.#text as Utf8Validator).complete) return this.#fail(Violations.InvalidText, end);
    const data = this.#parts.take();
    if (this.#compressed) return this.#whole(data, 0);
    const opcode = this.#opcode;
    this.#forget();
    return this.#sink.onMessage(opcode, data);
  }

  /** `data` is the message's whole payload, not judged yet; compressed, if it is. */
  #whole(data: Buffer, index: number): boolean {
    const opcode = this.#opcode;
    const compressed = this.#compressed;
    this.#forget();
    if (!compressed) return this.#deliver(opcode, data, index);
    const inflater = this.#inflater as Inflater;
    const result = inflater.inflate(data, this.#options.maxPayload, this);
    if (result === undefined) {
      this.#inflating = opcode;
      return false;
    }
    return Buffer.isBuffer(result) ? this.#deliver(opcode, result, index) : this.#refuseInflation(result, index);
  }

  #deliver(opcode: number, data: Buffer, index: number): boolean {
    if (opcode === Opcode.Text && this.#options.validateText && !isWholeUtf8(data)) {
      return this.#fail(Violations.InvalidText, index + Math.max(0, new Utf8Validator().push(data, 0, data.length)));
    }
    return this.#sink.onMessage(opcode, data);
  }

  #refuseInflation(failure: InflateFailure, index: number): false {
    return this.#fail(VIOLATION_OF.get(failure) as Violation, index);
  }

  #forget(): void {
    this.#opcode = NONE;
    this.#compressed = false;
    this.#fragments = 0;
    this.#announced = 0;
    this.#parts?.clear();
    this.#text?.reset();
  }

  #fail(violation: Violation, index: number): false {
    this.#forget();
    this.#sink.onViolation(violation, index);
    return false;
  }
}
