// One endpoint of one connection after its opening handshake, either role: RFC 6455 §5.5 (control frames), §7
// (closing), and the order of it all. Bytes come in by receive(), leave through an Output; what happens goes up to a
// ConnectionHost. Never touches a socket or a clock.
import type { Deflater, Inflater } from '../deflate/index.ts';
import {
  closeBody,
  closeCodeOf,
  closeReasonOf,
  FrameParser,
  Opcode,
  type Violation,
  violationOfCloseBody,
} from '../frame/index.ts';
import { Assembler, type AssemblerOptions, type MessageSink, type PreparedMessage } from '../message/index.ts';
import { Outbound, type OutboundOptions, type Output, type SendCallback } from './outbound.ts';
import type { ReadLater } from './queued-sends.ts';
import { after, mayClose, mayReceive, maySend, State, Transition } from './state.ts';

/** What a connection tells the floor above. User code may run in any of these, and may call back in. */
export interface ConnectionHost {
  /** A message. */
  onMessage(data: Buffer, isBinary: boolean): void;
  /** A Ping; it has been answered already, unless `autoPong` is off. */
  onPing(data: Buffer): void;
  onPong(data: Buffer): void;
  /** The peer's Close frame (§7.1.5, §7.1.6); ours has been sent before, or is on its way. */
  onClose(code: number, reason: Buffer): void;
  /** §7.1.4: both Close frames are through. Comes after {@link onClose}, once. */
  onComplete(): void;
  /** §7.1.7: the peer broke a rule with the byte at `offset` of its frames. Our Close frame is on its way. */
  onFail(violation: Violation, offset: number): void;
  /** A compressed message that took its time has been handed over; reading goes on. */
  onInflationEnd(): void;
}

/** What was agreed in the handshake, and how strict to be. */
export interface ConnectionOptions extends AssemblerOptions, OutboundOptions {
  /** Whether we are the server: it reads masked frames and writes unmasked ones (§5.1). */
  readonly isServer: boolean;
  /** Whether Pings are answered by the stack (§5.5.2). */
  readonly autoPong: boolean;
  /** Whether at most one message is delivered each time reading starts: see `allowSynchronousEvents`. */
  readonly oneAtATime: boolean;
}

/** permessage-deflate as it was agreed for one connection. */
export interface Compression {
  readonly deflater: Deflater;
  readonly inflater: Inflater;
}

/** One connection. */
export class Connection implements MessageSink {
  readonly #host: ConnectionHost;
  readonly #options: ConnectionOptions;
  readonly #assembler: Assembler;
  readonly #parser: FrameParser;
  readonly #outbound: Outbound;
  #state: State = State.Open;
  /** The host wants no more for now. */
  #paused = false;
  /** The loop of {@link #read} is running. */
  #reading = false;
  /** The part of the last chunk that was not read when reading stopped. */
  #rest: Buffer | undefined = undefined;
  /** Our Close frame waits behind messages that are not framed yet. */
  #closing = false;
  /** §5.5.3: of several Pings, the latest needs an answer; kept while the kernel takes nothing. */
  #owedPong: Buffer | undefined = undefined;

  /**
   * @param options may be shared by many connections.
   * @param compression permessage-deflate, if it was agreed.
   */
  constructor(host: ConnectionHost, output: Output, options: ConnectionOptions, compression?: Compression) {
    this.#host = host;
    this.#options = options;
    this.#outbound = new Outbound(output, options, compression?.deflater);
    this.#assembler = new Assembler(this, options, compression?.inflater);
    this.#parser = new FrameParser(this.#assembler, { masked: options.isServer, rsv1: compression !== undefined });
  }

  get state(): State {
    return this.#state;
  }

  /** Whether the peer's frames still mean something. */
  get receiving(): boolean {
    return mayReceive(this.#state);
  }

  /** Whether a frame or a message has begun to arrive and not ended. */
  get unfinished(): boolean {
    return this.#assembler.underWay || this.#parser.insideFrame;
  }

  /** Whether no more bytes are wanted now: some of the last ones have not been read. */
  get holding(): boolean {
    return this.#rest !== undefined || this.#assembler.inflating;
  }

  /** Bytes of messages that wait to be framed. */
  get queuedBytes(): number {
    return this.#outbound.queuedBytes;
  }

  /** Whether a Close frame of ours has been sent or waits for its turn. */
  get closing(): boolean {
    return this.#closing || !mayClose(this.#state);
  }

  // ---- inbound

  /** The next bytes from the peer. They are this connection's from now on and are changed in place (§5.3). */
  receive(chunk: Buffer): void {
    if (!mayReceive(this.#state)) return;
    this.#rest = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#read();
  }

  /** After the current message none is delivered until {@link resume}. */
  pause(): void {
    this.#paused = true;
  }

  /** Ends {@link pause}: what was left of the last chunk is read at once. */
  resume(): void {
    this.#paused = false;
    this.#read();
  }

  #read(): void {
    // Not while an upcall of this very loop is running: it goes on there by itself.
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (this.#rest !== undefined && !this.#paused && !this.#assembler.inflating) this.#push(this.#rest);
    } finally {
      this.#reading = false;
    }
  }

  #push(chunk: Buffer): void {
    this.#rest = undefined;
    try {
      this.#parser.push(chunk);
    } finally {
      const next = this.#parser.next;
      if (next < chunk.length && mayReceive(this.#state)) this.#rest = chunk.subarray(next);
    }
  }

  onMessage(opcode: number, data: Buffer): boolean {
    if (this.#options.oneAtATime) this.#paused = true;
    this.#host.onMessage(data, opcode === Opcode.Binary);
    return !this.#paused;
  }

  onControl(opcode: number, data: Buffer): boolean {
    if (opcode === Opcode.Close) return this.#receiveClose(data);
    if (this.#options.oneAtATime) this.#paused = true;
    if (opcode === Opcode.Ping) {
      if (this.#options.autoPong) this.#answer(data);
      this.#host.onPing(data);
    } else {
      this.#host.onPong(data);
    }
    return !this.#paused;
  }

  onInflationEnd(): void {
    this.#host.onInflationEnd();
    this.#read();
  }

  onViolation(violation: Violation, index: number): void {
    this.fail(violation, this.#parser.offsetOf(index));
  }

  /** §7.1.7 _Fail the WebSocket Connection_ because of a violation at byte `offset` of the peer's frames. */
  fail(violation: Violation, offset = this.#parser.offsetOf(0)): void {
    const next = after(this.#state, Transition.Fail);
    if (next === undefined) return;
    const sayClose = mayClose(this.#state);
    this.#state = next;
    this.#discard();
    // §7.1.7: a Close frame with a status code, unless one was sent before.
    if (sayClose) {
      this.#outbound.control(Opcode.Close, closeBody(violation.status, `${violation.section}: ${violation.text}`));
    }
    this.#host.onFail(violation, offset);
  }

  #discard(): void {
    this.#rest = undefined;
    this.#parser.discard();
    this.#assembler.close();
  }

  // ---- outbound

  /**
   * Sends a message, or with `fin: false` a part of one.
   *
   * @param data text, or bytes that must not change until they are taken.
   * @param compress whether to compress, if that was agreed and the message is long enough. Parts never are.
   */
  send(data: string | Buffer, isBinary: boolean, fin: boolean, compress: boolean, callback?: SendCallback): void {
    this.#outbound.send(data, isBinary, fin, compress, callback);
  }

  /** Sends a prepared message: a server's, so never masked. */
  sendPrepared(message: PreparedMessage, compress: boolean, callback?: SendCallback): void {
    this.#outbound.sendPrepared(message, compress, callback);
  }

  /** Keeps a place in the order for a message of `size` bytes that are read when its turn comes. */
  sendDeferred(size: number, read: ReadLater, isBinary: boolean, fin: boolean, callback?: SendCallback): void {
    this.#outbound.sendDeferred(size, read, isBinary, fin, callback);
  }

  /** §5.5.2. The caller has checked that `data` has at most 125 bytes. Overtakes messages (§5.4), never a Close. */
  ping(data: Buffer, callback?: SendCallback): void {
    if (maySend(this.#state)) this.#outbound.control(Opcode.Ping, data, callback);
  }

  /** §5.5.3: an unsolicited Pong, or the answer when `autoPong` is off. As {@link ping}. */
  pong(data: Buffer, callback?: SendCallback): void {
    if (maySend(this.#state)) this.#outbound.control(Opcode.Pong, data, callback);
  }

  /** §5.5.2: "in response to a Ping". */
  #answer(data: Buffer): void {
    if (!maySend(this.#state)) return;
    // A peer that sends Pings and never reads would fill our memory: one answer is kept, of the latest Ping.
    if (this.#outbound.blocked) this.#owedPong = Buffer.from(data);
    else this.#outbound.control(Opcode.Pong, data);
  }

  /** The kernel takes bytes again: sends the Pong that is owed. */
  unblock(): void {
    const data = this.#owedPong;
    this.#owedPong = undefined;
    if (data !== undefined && maySend(this.#state)) this.#outbound.control(Opcode.Pong, data);
  }

  // ---- closing

  /**
   * §7.1.2 _Start the WebSocket Closing Handshake_, behind everything sent so far. Does nothing the second time.
   *
   * @param body made by `closeBody`.
   */
  close(body: Buffer): void {
    if (!this.closing) this.#queueClose(body);
  }

  /** §5.5.1: the peer's Close frame. */
  #receiveClose(body: Buffer): false {
    const violation = violationOfCloseBody(body);
    if (violation !== undefined) {
      this.fail(violation);
      return false;
    }
    this.#state = after(this.#state, Transition.ReceiveClose) as State;
    this.#discard();
    this.#host.onClose(closeCodeOf(body), closeReasonOf(body));
    // §5.5.1: the answer comes "as soon as practical", behind what was sent before, with the code received.
    if (this.#state === State.Complete) this.#host.onComplete();
    else this.close(Buffer.from(body));
    return false;
  }

  #queueClose(body: Buffer): void {
    this.#closing = true;
    this.#outbound.afterQueue(() => this.#writeClose(body));
  }

  #writeClose(body: Buffer): void {
    const next = after(this.#state, Transition.SendClose);
    if (next === undefined) return;
    this.#state = next;
    this.#owedPong = undefined;
    this.#outbound.control(Opcode.Close, body);
    if (next === State.Complete) this.#host.onComplete();
  }

  /** The transport is gone: gives everything back, and tells those who wait why. */
  release(error: Error): void {
    this.#discard();
    this.#outbound.release(error);
  }
}
