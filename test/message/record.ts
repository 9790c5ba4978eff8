// Records what an assembler tells its sink, behind a real frame parser. However the bytes are cut, the record of the same
// messages is the same.
import { expect } from 'vitest';
import type { Inflater } from '../../src/deflate/index.ts';
import { FrameParser, isControl, type Violation } from '../../src/frame/index.ts';
import { Assembler, type AssemblerOptions, type MessageSink } from '../../src/message/index.ts';
import { cuttingsOf } from '../http/cuttings.ts';

/** What happened; payloads in hexadecimal digits, offsets in all the bytes. */
export type MessageEvent =
  | { readonly message: number; readonly data: string }
  | { readonly control: number; readonly data: string; readonly offset: number }
  | { readonly violation: string; readonly offset: number }
  | 'inflation ended';

export function messageEvent(opcode: number, data: Uint8Array | string): MessageEvent {
  return { message: opcode, data: Buffer.from(data).toString('hex') };
}

/** @param offset of the first byte of the payload, or of the byte behind the header where there is none. */
export function controlEvent(opcode: number, data: Uint8Array | string, offset: number): MessageEvent {
  return { control: opcode, data: Buffer.from(data).toString('hex'), offset };
}

export function violationEvent(violation: Violation, offset: number): MessageEvent {
  return { violation: violation.name, offset };
}

/** Of a server: masked frames come in. */
export const SERVER: AssemblerOptions = {
  isServer: true,
  maxPayload: 1_000_000,
  maxFragments: 1000,
  validateText: true,
};
/** Of a client: unmasked frames come in. */
export const CLIENT: AssemblerOptions = { ...SERVER, isServer: false };

/** A sink that remembers, and what tells it. */
export class MessageRecorder implements MessageSink {
  readonly events: MessageEvent[] = [];
  /** The buffers of the messages and control frames, as they were handed over. */
  readonly buffers: Buffer[] = [];
  readonly assembler: Assembler;
  readonly parser: FrameParser;
  /** What to answer to the call with this number; by default, to go on. */
  answer: (call: number) => boolean = () => true;
  calls = 0;

  constructor(options: AssemblerOptions, inflater?: Inflater) {
    this.assembler = new Assembler(this, options, inflater);
    this.parser = new FrameParser(this.assembler, { masked: options.isServer, rsv1: inflater !== undefined });
  }

  onMessage(opcode: number, data: Buffer): boolean {
    if (isControl(opcode)) throw new Error('a control frame is no message');
    this.events.push(messageEvent(opcode, data));
    this.buffers.push(data);
    return this.answer(this.calls++);
  }

  onControl(opcode: number, data: Buffer, index: number): boolean {
    if (!isControl(opcode)) throw new Error('a message is no control frame');
    this.events.push(controlEvent(opcode, data, this.parser.offsetOf(index)));
    this.buffers.push(data);
    return this.answer(this.calls++);
  }

  onViolation(violation: Violation, index: number): void {
    this.events.push(violationEvent(violation, this.parser.offsetOf(index)));
    // As a connection does.
    this.parser.discard();
  }

  onInflationEnd(): void {
    this.events.push('inflation ended');
  }

  /** Pushes a chunk, and what is left of it each time the sink said to stop. */
  push(chunk: Buffer): void {
    let next = this.parser.push(chunk);
    while (next < chunk.length && !this.assembler.inflating) next = this.parser.push(chunk, next);
  }
}

/** What is told of `chunks`, which are used up. */
export function readMessages(
  chunks: readonly Buffer[],
  options: AssemblerOptions,
  inflater?: Inflater,
): MessageRecorder {
  const recorder = new MessageRecorder(options, inflater);
  for (const chunk of chunks) recorder.push(chunk);
  return recorder;
}

/** Feeds `wire` whole, byte by byte, and cut in two at every place, with and without stopping: always the same events. */
export function expectMessages(
  wire: Buffer,
  options: AssemblerOptions,
  events: readonly MessageEvent[],
  makeInflater?: () => Inflater,
): void {
  const wanted = JSON.stringify(events);
  for (const { name, chunks } of cuttingsOf(wire)) {
    const record = readMessages(chunks, options, makeInflater?.()).events;
    // Compared as text, because there are hundreds; shown as what they are where they differ.
    if (JSON.stringify(record) !== wanted) expect({ name, events: record }).toEqual({ name, events });
  }
  const stopping = new MessageRecorder(options, makeInflater?.());
  stopping.answer = () => false;
  stopping.push(Buffer.from(wire));
  expect({ name: 'stopping after every call', events: stopping.events }).toEqual({
    name: 'stopping after every call',
    events,
  });
}
