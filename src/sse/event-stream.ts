// What an application holds of one event stream, over whatever it is sent: HTML §9.2, the server's side.
import type { ServerSentEvent } from '../eventstream/index.ts';

/**
 * Why a stream is over. `'closed'`: {@link EventStream.close} was called and everything has been taken, or there never was a
 * body to write (HEAD). `'gone'`: the client, or the network, has ended it. `'too-slow'`: more than `maxBufferedAmount` bytes
 * waited, and `slowConsumer` is `'close'`. `'write-timeout'`: nothing was taken for `writeTimeout`. `'destroyed'`:
 * {@link EventStream.destroy} was called.
 */
export type EventStreamEnd = 'closed' | 'gone' | 'too-slow' | 'write-timeout' | 'destroyed';

/** How {@link EventStream.close} ends. */
export interface CloseOptions {
  /** Milliseconds after which the client shall come again. Default: as it was told at the beginning. */
  readonly retry?: number | undefined;
}

/** One client's event stream. What is sent within one turn of the event loop leaves in one write. */
export interface EventStream {
  /** The last event ID that the client brought, in `Last-Event-ID` or in the query; `undefined` when it brought none. */
  readonly lastEventId: string | undefined;
  /** Whether events may be sent: until {@link close}, or until the client has gone. */
  readonly isOpen: boolean;
  /** Bytes that have been sent here and not been taken yet by the kernel, or by the reader of a Fetch response. */
  readonly bufferedAmount: number;
  /** Events that `slowConsumer` has dropped so far. */
  readonly dropped: number;

  /** Called when everything has been taken after a call that answered `false`: once for any number of such answers. */
  onDrain: (() => void) | undefined;
  /** Called when `slowConsumer` has dropped events. @param count how many just now. */
  onDropped: ((count: number) => void) | undefined;
  /**
   * Called once, when the stream is over and everything it held has been given back. For a stream that is over before
   * anybody has it (HEAD, a client that has gone), as soon as the code that is running has returned.
   */
  onEnd: ((end: EventStreamEnd) => void) | undefined;

  /**
   * Sends one event.
   *
   * @param key with `slowConsumer: 'conflate'`, of events that wait with the same key only the newest is sent.
   * @returns `true`: go on. `false`: more than `highWaterMark` bytes wait, and {@link onDrain} will come; or the stream is
   *   not open, and it will not.
   * @throws TypeError or RangeError as `encodeEvent`.
   */
  send(event: ServerSentEvent, key?: string): boolean;
  /**
   * Sends what `encodeEvent` or `encodeComment` made, without looking at it: for events that go to many.
   *
   * @param bytes are kept until they have been sent, and must not be changed.
   * @returns as {@link send}.
   */
  sendEncoded(bytes: Buffer, key?: string): boolean;
  /**
   * Sends a comment.
   *
   * @returns as {@link send}.
   * @throws TypeError when `text` is not a string.
   */
  comment(text: string): boolean;
  /**
   * Ends the response behind everything that has been sent. An EventSource comes again after its reconnection time.
   *
   * @throws RangeError when `retry` is not a non-negative safe integer.
   */
  close(options?: CloseOptions): void;
  /** Ends the connection at once. What waits is lost. */
  destroy(): void;
}
