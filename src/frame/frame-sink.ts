// Where the frame parser's findings go. The floor above implements it; only numbers and the caller's own chunk pass.
import type { Violation } from './violation.ts';

/**
 * Told of each frame in order. `chunk` is the buffer that was pushed, unmasked in place where the payload lies; it is
 * the caller's, so what must outlive the call is copied, or kept as a view by agreement with whoever owns the chunk.
 *
 * Every answer may be `false`: stop after this. The parser then returns from `push` at the next byte, and goes on when
 * it is pushed the rest. Nothing may be pushed from inside a call; `discard` may be called there.
 */
export interface FrameSink {
  /** A frame whose payload is `chunk[start, end)`, all of it. */
  onFrame(opcode: number, fin: boolean, rsv1: boolean, chunk: Buffer, start: number, end: number): boolean;
  /**
   * The header of a frame whose payload, `payloadLength` bytes and at least one, is not all there yet; it begins at
   * `start` of the chunk, which may be its end. Past 2^53 the length is not exact.
   */
  onFrameHeader(opcode: number, fin: boolean, rsv1: boolean, payloadLength: number, start: number): boolean;
  /** The next piece of that payload, `chunk[start, end)`; `remaining` bytes are still to come, 0 ends the frame. */
  onFramePart(chunk: Buffer, start: number, end: number, remaining: number): boolean;
  /**
   * The peer broke a rule with the byte at `index` of the chunk that was pushed; negative when an earlier chunk had it.
   * Nothing follows.
   */
  onViolation(violation: Violation, index: number): void;
}
