// What the machinery sees of the connection that it is lent to: what is known of it, whom to tell, and what to go through so
// that RFC 6455 is kept. Types only.
import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import type { Compression, ConnectionHost, MessageRate, ReadLater, SendCallback } from '../connection/index.ts';
import type { PreparedMessage } from '../message/index.ts';
import type { TransportHandler } from '../transport/index.ts';
import type { EndpointSettings } from './settings.ts';

/** Where messages are sent to. */
export interface SendingEnd {
  readonly settings: EndpointSettings;
  /** Whether the closing handshake has begun, or the connection has failed. */
  readonly closing: boolean;
  /** Whether the kernel has stopped taking bytes. */
  readonly blocked: boolean;
  /** Bytes of ours that the kernel has not taken, framing included. */
  readonly bufferedAmount: number;
  send(data: string | Buffer, isBinary: boolean, fin: boolean, compress: boolean, callback?: SendCallback): void;
  sendPrepared(message: PreparedMessage, compress: boolean, callback?: SendCallback): void;
  sendDeferred(size: number, read: ReadLater, isBinary: boolean, fin: boolean, callback?: SendCallback): void;
  ping(data: Buffer, callback?: SendCallback): void;
  pong(data: Buffer, callback?: SendCallback): void;
  close(body: Buffer): void;
  /** Asks for word when {@link bufferedAmount} is 0 again. */
  wantDrain(): void;
  /** Looks whether it is, where nobody may have told. */
  checkDrain(): void;
  /** Asks the kernel now to take what was said, even in the middle of a turn. */
  relieve(): void;
}

/** A connection that has something to do. */
export interface Borrower extends SendingEnd, ConnectionHost, TransportHandler {
  readonly websocket: EventEmitter;
  readonly socket: Duplex;
  readonly compression: Compression | undefined;
  readonly rate: MessageRate | undefined;
  /** How many bytes of the peer's frames were read when the machinery was given back last. */
  readonly position: number;
  /** Whether somebody may still read bytes that the socket has taken. */
  readonly isDeferred: boolean;
}
