// Bytes to frames, RFC 6455 §5.2: reads headers, refuses what the section forbids, unmasks payloads where they lie.
// Keeps at most one header between chunks; never a payload byte, never an object per frame.
import { EXCERPT_REACH, type Excerpt, excerptOf } from '../bytes/index.ts';
import type { FrameSink } from './frame-sink.ts';
import { mask, readMaskingKey, rotateMaskingKey } from './mask.ts';
import { isControl, isReserved } from './opcode.ts';
import { type Violation, Violations } from './violation.ts';

//   0                   1                   2                   3
//   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//  |F|R|R|R| opcode|M| length 7    | length 16 or 64, if 126 or 127
//  |I|S|S|S|  (4)  |A|             | ...
//  |N|V|V|V|       |S|             | masking key, if MASK
//  | |1|2|3|       |K|             | payload
const FIN = 0x80;
const RSV1 = 0x40;
const RSV2_AND_RSV3 = 0x30;
const OPCODE = 0x0f;
const MASK = 0x80;
const LENGTH_7 = 0x7f;
/** §5.2: "126" says that 16 bits of length follow, "127" that 64 do. */
const LENGTH_IN_16_BITS = 126;
const LENGTH_IN_64_BITS = 127;
const MAX_7_BITS = 125;
const MAX_16_BITS = 0xffff;
const TOP_BIT = 0x8000_0000;
const TWO_TO_THE_32 = 0x1_0000_0000;

/** §5.2: 2 bytes, 8 of extended length, 4 of masking key. */
const LONGEST_HEADER = 14;
const SHORTEST_HEADER = 2;
const MASKING_KEY_LENGTH = 4;

/** Answers of the header reader that are not a length. */
const INCOMPLETE = 0;
const REFUSED = -1;

/** What a parser must know of its connection. */
export interface FrameParserOptions {
  /** Whether the peer is a client, whose frames are masked (§5.1), or a server, whose frames are not. */
  readonly masked: boolean;
  /** Whether permessage-deflate was agreed, so that RSV1 may be set on data (§5.8(a), RFC 7692 §6). */
  readonly rsv1: boolean;
}

/** The beginning of a header that a chunk did not finish. */
class Spill {
  readonly bytes = Buffer.allocUnsafe(LONGEST_HEADER);
  /** How many of them there are; 0 when the header has been read. */
  length = 0;
  /** How many there were when the current chunk came. */
  held = 0;
}

/** Reads the frames of one direction of one connection, each as long as its header says: §10.7(d). */
export class FrameParser {
  readonly #sink: FrameSink;
  #masked: boolean;
  #rsv1Allowed: boolean;
  // The header read last, by its first byte and its masking key. Fields instead of an object per frame.
  #first = 0;
  #key = 0;
  /** Bytes of the current payload still to come. */
  #remaining = 0;
  /** Lives only until the next chunk has been read. */
  #spill: Spill | undefined = undefined;
  /** The chunk that is being read. */
  #chunk: Buffer | undefined = undefined;
  #stopped = false;
  /** Where the first byte of the current chunk stands among all the bytes of the connection's frames. */
  #origin = 0;
  /** Bytes read before the current push. */
  #position = 0;
  /** Index of the first byte behind the frame or part that the sink is being told of. */
  #next = 0;

  /** @param sink told of every frame; see {@link FrameSink} for what it may do. */
  constructor(sink: FrameSink, options: FrameParserOptions) {
    this.#sink = sink;
    this.#masked = options.masked;
    this.#rsv1Allowed = options.rsv1;
  }

  /** Whether nothing is known of the connection but how many bytes of its frames were read. */
  get atRest(): boolean {
    return this.#remaining === 0 && this.#spill === undefined && this.#chunk === undefined && !this.#stopped;
  }

  /**
   * Reads for another connection from now on. Only {@link atRest}.
   *
   * @param position how many bytes of the frames of that connection were read before.
   */
  serve(masked: boolean, rsv1: boolean, position: number): void {
    this.#masked = masked;
    this.#rsv1Allowed = rsv1;
    this.#origin = position;
    this.#position = position;
    this.#next = 0;
  }

  /** Whether the next byte is not the first of a frame. */
  get insideFrame(): boolean {
    return this.#remaining > 0 || (this.#spill !== undefined && this.#spill.length > 0);
  }

  /** The offset, in all the bytes of the connection's frames, of the byte at `index` of the chunk pushed last. */
  offsetOf(index: number): number {
    return this.#origin + index;
  }

  /** From now on every byte is thrown away: what follows a violation is not read (§7.1.7(e)). */
  discard(): void {
    this.#stopped = true;
    // While a chunk is being read, somebody may ask for an excerpt.
    if (this.#chunk === undefined) this.#spill = undefined;
    else if (this.#spill !== undefined) this.#spill.length = 0;
    this.#remaining = 0;
  }

  /**
   * Reads `chunk` from `from` on. Unmasks in place: the chunk is changed. Never called from inside the sink.
   *
   * @returns the index of the first byte that was not read: `chunk.length`, or less when the sink answered `false`.
   */
  push(chunk: Buffer, from = 0): number {
    this.#origin = this.#position - from;
    this.#next = from;
    this.#chunk = chunk;
    if (this.#spill !== undefined) this.#spill.held = this.#spill.length;
    try {
      this.#next = this.#read(chunk, from);
    } finally {
      // An application's listener may throw: then what it was told of counts as read.
      this.#position += this.#next - from;
      this.#chunk = undefined;
      if (this.#spill !== undefined && this.#spill.length === 0) this.#spill = undefined;
    }
    return this.#next;
  }

  /**
   * The bytes around the byte at `index` of the chunk that is being pushed, for the error that will tell of it. Asked from
   * inside the sink; `undefined` when that byte is not at hand any more. Of what came before the chunk only the beginning
   * of the header is.
   */
  excerpt(index: number): Excerpt | undefined {
    const chunk = this.#chunk;
    if (chunk === undefined) return undefined;
    const from = this.#position - this.#origin;
    const held = this.#spill === undefined ? 0 : this.#spill.held;
    if (index < from - held) return undefined;
    if (held === 0 || index >= from + EXCERPT_REACH) return excerptOf('frames', chunk, index);
    const beginning = (this.#spill as Spill).bytes.subarray(0, held);
    const rest = chunk.subarray(from, from + EXCERPT_REACH * 2);
    return excerptOf('frames', Buffer.concat([beginning, rest]), index - from + held);
  }

  /**
   * The index, in the chunk pushed last, of the first byte that was not read: what {@link push} returned, or would have
   * returned had the sink not thrown. Asked by the sink: the first byte behind what it is being told of.
   */
  get next(): number {
    return this.#next;
  }

  #read(chunk: Buffer, from: number): number {
    const end = chunk.length;
    let at = from;
    if (this.#remaining > 0 && at < end) {
      at = Math.min(end, at + this.#remaining);
      if (!this.#part(chunk, from, at)) return at;
    }
    while (at < end) {
      if (this.#stopped) return end;
      let size: number;
      if (this.#spill !== undefined && this.#spill.length > 0) {
        const before = this.#spill.length;
        size = this.#headerAcrossChunks(this.#spill, chunk, at, end);
        if (size > 0) at += size - before;
      } else {
        size = this.#header(chunk, at, end, at);
        if (size > 0) at += size;
        else if (size === INCOMPLETE) this.#keep(chunk, at, end);
      }
      if (size <= 0) return end;

      const start = at;
      const first = this.#first;
      const opcode = first & OPCODE;
      const fin = (first & FIN) !== 0;
      const rsv1 = (first & RSV1) !== 0;
      const length = this.#remaining;
      if (length <= end - start) {
        at += length;
        this.#remaining = 0;
        if (this.#masked) mask(chunk, start, at, this.#key); // §6.2(e)
        this.#next = at;
        if (!this.#sink.onFrame(opcode, fin, rsv1, chunk, start, at)) return at;
      } else {
        this.#next = at;
        if (!this.#sink.onFrameHeader(opcode, fin, rsv1, length, at)) return at;
        if (at < end && !this.#stopped) {
          at = end;
          if (!this.#part(chunk, start, end)) return end;
        }
      }
    }
    return at;
  }

  /** The payload's next piece is `chunk[start, end)`. */
  #part(chunk: Buffer, start: number, end: number): boolean {
    this.#remaining -= end - start;
    this.#next = end;
    if (this.#masked) {
      mask(chunk, start, end, this.#key);
      this.#key = rotateMaskingKey(this.#key, end - start);
    }
    return this.#sink.onFramePart(chunk, start, end, this.#remaining);
  }

  /** Keeps the beginning of a header for the next chunk. */
  #keep(chunk: Buffer, start: number, end: number): void {
    const spill = new Spill();
    spill.length = chunk.copy(spill.bytes, 0, start, end);
    this.#spill = spill;
  }

  /** Reads a header of which `spill` has the beginning and `chunk[at]` the next byte. Returns as {@link #header} does. */
  #headerAcrossChunks(spill: Spill, chunk: Buffer, at: number, end: number): number {
    const before = spill.length;
    const copied = chunk.copy(spill.bytes, before, at, end);
    const size = this.#header(spill.bytes, 0, before + copied, at - before);
    // The spill holds the longest header there is: incomplete means that the chunk is used up.
    spill.length = size === INCOMPLETE ? before + copied : 0;
    return size;
  }

  /**
   * Reads the header at `bytes[at]` into the fields. `index` is where it stands in the pushed chunk.
   * Returns its length, {@link INCOMPLETE} or {@link REFUSED}.
   */
  #header(bytes: Buffer, at: number, end: number, index: number): number {
    if (end - at < SHORTEST_HEADER) return INCOMPLETE;
    const first = bytes[at] as number;
    const second = bytes[at + 1] as number;
    const opcode = first & OPCODE;
    let length = second & LENGTH_7;

    // What two bytes already tell is refused at once, in the order of the bits: §5.2(b)(c).
    if ((first & RSV2_AND_RSV3) !== 0) return this.#refuse(Violations.ReservedBits2And3, index);
    if (isReserved(opcode)) return this.#refuse(Violations.ReservedOpcode, index);
    if ((first & RSV1) !== 0) {
      if (!this.#rsv1Allowed) return this.#refuse(Violations.ReservedBit1, index);
      // RFC 7692 §6.1(d): only data is compressed.
      if (isControl(opcode)) return this.#refuse(Violations.ReservedBit1OnControl, index);
    }
    if (((second & MASK) !== 0) !== this.#masked) {
      // §5.1(b)(d): each side knows what the other must do.
      return this.#refuse(this.#masked ? Violations.UnmaskedClientFrame : Violations.MaskedServerFrame, index + 1);
    }
    if (isControl(opcode)) {
      // §5.4(b), §5.5(a)(b): control frames fit into one small frame, always.
      if ((first & FIN) === 0) return this.#refuse(Violations.FragmentedControl, index);
      if (length > MAX_7_BITS) return this.#refuse(Violations.ControlTooLong, index + 1);
    }

    let size = SHORTEST_HEADER;
    if (length === LENGTH_IN_16_BITS) {
      size += 2;
      if (end - at < size) return INCOMPLETE;
      length = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number); // §5.2(h)
      // §5.2(A): the rule is the sender's; a second spelling of the same frame is nobody's.
      if (length <= MAX_7_BITS) return this.#refuse(Violations.NonMinimalLength, index + 2);
    } else if (length === LENGTH_IN_64_BITS) {
      size += 8;
      if (end - at < size) return INCOMPLETE;
      const high = bytes.readUInt32BE(at + 2);
      // §5.2(d): 63 bits of length are all there is.
      if (high >= TOP_BIT) return this.#refuse(Violations.LengthTopBit, index + 2);
      // Past 2^53 the sum is not exact any more, but far above any limit: the assembler refuses it.
      length = high * TWO_TO_THE_32 + bytes.readUInt32BE(at + 6);
      if (length <= MAX_16_BITS) return this.#refuse(Violations.NonMinimalLength, index + 2);
    }
    if (this.#masked) {
      size += MASKING_KEY_LENGTH;
      if (end - at < size) return INCOMPLETE;
      this.#key = readMaskingKey(bytes, at + size - MASKING_KEY_LENGTH);
    }
    this.#first = first;
    this.#remaining = length;
    return size;
  }

  #refuse(violation: Violation, index: number): number {
    this.discard();
    this.#sink.onViolation(violation, index);
    return REFUSED;
  }
}
