// RFC 6455 §5.4, §5.6, §8.1 and RFC 7692 §6: frames to messages, messages to frames.
export { Assembler, type AssemblerOptions } from './assembler.ts';
export type { MessageSink } from './message-sink.ts';
export { PreparedMessage, writePrepared } from './prepared-message.ts';
