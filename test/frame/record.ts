// Records what a frame parser tells its sink, and holds the parser to the contract of FrameSink while it does. However
// the bytes are cut, the record of the same frames is the same.
import { expect } from 'vitest';
import { FrameParser, type FrameParserOptions } from '../../src/frame/frame-parser.ts';
import type { FrameSink } from '../../src/frame/frame-sink.ts';
import type { Violation } from '../../src/frame/violation.ts';
import { cuttingsOf } from '../http/cuttings.ts';

/** What happened: a whole frame, or a violation with its offset in all the bytes. */
export type FrameEvent =
  | { readonly opcode: number; readonly fin: boolean; readonly rsv1: boolean; readonly payload: string }
  | { readonly violation: string; readonly offset: number };

/** A frame of the record, its payload in hexadecimal digits. */
export function frameEvent(opcode: number, payload: Uint8Array | string, fin = true, rsv1 = false): FrameEvent {
  return { opcode, fin, rsv1, payload: Buffer.from(payload).toString('hex') };
}

/** A violation of the record. */
export function violationEvent(violation: Violation, offset: number): FrameEvent {
  return { violation: violation.name, offset };
}

export const FROM_CLIENT: FrameParserOptions = { masked: true, rsv1: false };
export const FROM_SERVER: FrameParserOptions = { masked: false, rsv1: false };

/** A sink that remembers, and a parser that tells it. */
export class FrameRecorder implements FrameSink {
  readonly events: FrameEvent[] = [];
  readonly parser: FrameParser;
  /** What to answer to the call with this number; by default, to go on. */
  answer: (call: number) => boolean = () => true;
  calls = 0;
  /** The largest payload that was announced and had not come. */
  announced = 0;
  /** The header whose payload has not come whole. */
  #header: { opcode: number; fin: boolean; rsv1: boolean; payloadLength: number } | undefined;
  #parts: Buffer[] = [];
  #received = 0;

  constructor(options: FrameParserOptions) {
    this.parser = new FrameParser(this, options);
  }

  onFrame(opcode: number, fin: boolean, rsv1: boolean, chunk: Buffer, start: number, end: number): boolean {
    this.#require(this.#header === undefined && this.parser.next === end);
    this.events.push(frameEvent(opcode, chunk.subarray(start, end), fin, rsv1));
    return this.#reply();
  }

  onFrameHeader(opcode: number, fin: boolean, rsv1: boolean, payloadLength: number, start: number): boolean {
    this.#require(this.#header === undefined && payloadLength > 0 && this.parser.next === start);
    this.#header = { opcode, fin, rsv1, payloadLength };
    this.announced = Math.max(this.announced, payloadLength);
    return this.#reply();
  }

  onFramePart(chunk: Buffer, start: number, end: number, remaining: number): boolean {
    const header = this.#header;
    if (header === undefined) throw new Error('a part of a frame without a header');
    this.#require(end > start && this.parser.next === end);
    this.#parts.push(Buffer.from(chunk.subarray(start, end)));
    this.#received += end - start;
    this.#require(remaining === header.payloadLength - this.#received);
    if (remaining === 0) {
      this.events.push(frameEvent(header.opcode, Buffer.concat(this.#parts), header.fin, header.rsv1));
      this.#header = undefined;
      this.#parts = [];
      this.#received = 0;
    }
    return this.#reply();
  }

  onViolation(violation: Violation, index: number): void {
    this.#require(this.#header === undefined);
    this.events.push(violationEvent(violation, this.parser.offsetOf(index)));
  }

  /** Pushes a chunk, and what is left of it each time the sink said to stop. */
  push(chunk: Buffer): void {
    let next = this.parser.push(chunk);
    this.#require(this.parser.next === next);
    // Once as an offset, once as a chunk of its own: both are allowed.
    while (next < chunk.length) {
      next = this.calls % 2 === 0 ? this.parser.push(chunk, next) : next + this.parser.push(chunk.subarray(next));
    }
    this.#require(next === chunk.length);
  }

  /** Plain, because it runs for every byte of every cutting. */
  #require(kept: boolean): void {
    if (!kept) throw new Error('the parser broke the contract of FrameSink');
  }

  #reply(): boolean {
    return this.answer(this.calls++);
  }
}

/** What a parser tells of `chunks`. They are used up: the parser unmasks where the bytes lie. */
export function readFrames(chunks: readonly Buffer[], options: FrameParserOptions): FrameRecorder {
  const recorder = new FrameRecorder(options);
  for (const chunk of chunks) recorder.push(chunk);
  return recorder;
}

/** Feeds `wire` whole, byte by byte, and cut in two at every place, with and without stopping: always the same events. */
export function expectFrames(wire: Buffer, options: FrameParserOptions, events: readonly FrameEvent[]): void {
  const wanted = JSON.stringify(events);
  for (const { name, chunks } of cuttingsOf(wire)) {
    const record = readFrames(chunks, options).events;
    // Compared as text, because there are hundreds; shown as what they are where they differ.
    if (JSON.stringify(record) !== wanted) expect({ name, events: record }).toEqual({ name, events });
  }
  const stopping = new FrameRecorder(options);
  stopping.answer = () => false;
  stopping.push(Buffer.from(wire));
  expect({ name: 'stopping after every call', events: stopping.events }).toEqual({
    name: 'stopping after every call',
    events,
  });
}
