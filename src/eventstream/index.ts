// HTML §9.2: an event stream (`text/event-stream`), bytes to events and back. Public as `sluice/eventstream`.
export {
  DEFAULT_MAX_EVENT_SIZE,
  DEFAULT_MAX_LINE_LENGTH,
  EventStreamParser,
  type EventStreamParserOptions,
  type EventStreamSink,
} from './parser.ts';
export { type EventStreamViolation, EventStreamViolations } from './violation.ts';
export { type ServerSentEvent, writeComment, writeEvent } from './writer.ts';
