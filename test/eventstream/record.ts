// Records what a parser tells its sink of an event stream: however the bytes are cut, the record is the same.
import { expect } from 'vitest';
import {
  EventStreamParser,
  type EventStreamParserOptions,
  type EventStreamSink,
  type EventStreamViolation,
} from '../../src/eventstream/index.ts';
import { cuttingsOf } from '../http/cuttings.ts';

/** One thing that was told. */
export type Told =
  | { readonly type: string; readonly data: string; readonly lastEventId: string }
  | { readonly retry: number }
  | { readonly comment: string }
  | { readonly violation: string; readonly offset: number };

/** A sink that remembers, and a parser that tells it. */
export class EventStreamRecorder implements EventStreamSink {
  readonly told: Told[] = [];
  readonly parser: EventStreamParser;

  constructor(options?: EventStreamParserOptions) {
    this.parser = new EventStreamParser(this, options);
  }

  onEvent(type: string, data: string, lastEventId: string): void {
    this.told.push({ type, data, lastEventId });
  }

  onRetry(milliseconds: number): void {
    this.told.push({ retry: milliseconds });
  }

  onComment(text: string): void {
    this.told.push({ comment: text });
  }

  onViolation(violation: EventStreamViolation, offset: number): void {
    this.told.push({ violation: violation.name, offset });
  }
}

/** What a parser tells of these chunks. */
export function readStream(chunks: readonly Uint8Array[], options?: EventStreamParserOptions): EventStreamRecorder {
  const recorder = new EventStreamRecorder(options);
  for (const chunk of chunks) {
    recorder.parser.push(chunk);
    // The chunk is the caller's again: nothing may be seen of what happens to it now.
    chunk.fill(0x58);
  }
  return recorder;
}

/** Feeds `stream` whole, byte by byte and cut in two at every place: always the same is told. */
export function expectTold(
  stream: string | Uint8Array,
  told: readonly Told[],
  options?: EventStreamParserOptions,
): void {
  for (const { name, chunks } of cuttingsOf(Buffer.from(stream as string))) {
    expect({ name, told: readStream(chunks, options).told }).toEqual({ name, told });
  }
}
