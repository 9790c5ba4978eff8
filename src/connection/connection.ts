// One endpoint of one connection after its opening handshake, either role: RFC 6455 §5.5 (control frames), §7 (closing), and
// the order of it all. Bytes come in by receive(), what happens goes up to a ConnectionHost. Never touches a socket or a clock.
import { type Excerpt, excerptOf } from '../bytes/index.ts';
import { indexOfViolation } from '../frame/close-body.ts';
import {
  closeBody,
  closeCodeOf,
  closeReasonOf,
  Opcode,
  type Violation,
  Violations,
  violationOfCloseBody,
} from '../frame/index.ts';
import type { MessageSink, PreparedMessage } from '../message/index.ts';
import type { Compression, ConnectionHost, ConnectionOptions } from './connection-host.ts';
import { Inbound } from './inbound.ts';
import { MessageRate } from './message-rate.ts';
import { Outbound, type Output, type SendCallback } from './outbound.ts';
import type { ReadLater } from './queued-sends.ts';
import { after, mayClose, mayReceive, maySend, State, Transition } from './state.ts';

/** One connection. */
export class Connection extends Outbound implements MessageSink {
  #host: ConnectionHost;
  declare protected options: ConnectionOptions;
  readonly #inbound: Inbound;
  #rate: MessageRate | undefined;
  #state: State = State.Open;
  /** Our Close frame waits behind messages that are not framed yet. */
  #closing = false;
  /** §5.5.3: of several Pings, the latest needs an answer; kept while the kernel takes nothing. */
  #owedPong: Buffer | undefined = undefined;

  /**
   * @param options may be shared by many connections.
   * @param compression permessage-deflate, if it was agreed.
   */
  constructor(host: ConnectionHost, output: Output, options: ConnectionOptions, compression?: Compression) {
    super(output, options, compression?.deflater);
    this.#host = host;
    this.#inbound = new Inbound(this, options, compression?.inflater);
    this.#rate = options.messageRate === undefined ? undefined : new MessageRate(options.messageRate);
  }

  /**
   * Whether nothing is under way in either direction, and nothing is to be remembered but {@link position} and
   * {@link rate}: then this object may {@link serve} another connection.
   */
  get atRest(): boolean {
    const isOpen = this.#state === State.Open && !this.#closing && this.#owedPong === undefined;
    return isOpen && this.resting && this.#inbound.atRest;
  }

  /**
   * Is another connection from now on. Only {@link atRest}.
   *
   * @param rate how much the peer may still send.
   * @param position how many bytes of the peer's frames were read before.
   */
  serve(
    host: ConnectionHost,
    options: ConnectionOptions,
    compression: Compression | undefined,
    rate: MessageRate | undefined,
    position: number,
  ): void {
    this.sendFor(options, compression?.deflater);
    this.#inbound.serve(options, compression?.inflater, position);
    this.tell(host);
    this.#rate = rate;
  }

  /** Tells `host` from now on what happens. */
  tell(host: ConnectionHost): void {
    this.#host = host;
  }

  /** How many bytes of the peer's frames were read. */
  get position(): number {
    return this.#inbound.position;
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
    return this.#inbound.unfinished;
  }

  /** Whether no more bytes are wanted now: some of the last ones have not been read. */
  get holding(): boolean {
    return this.#inbound.holding;
  }

  /** Whether some of the last bytes wait for {@link resume}: after a pause, `oneAtATime`, or an upcall that threw. */
  get waiting(): boolean {
    return this.#inbound.waiting;
  }

  /** How much the peer may still send; filled up by the floor above, who knows the time. */
  get rate(): MessageRate | undefined {
    return this.#rate;
  }

  /** Whether nothing is delivered until the {@link rate} allows it. */
  get slowed(): boolean {
    return this.#rate?.isSpent === true && this.options.fastProducer === 'pause';
  }

  /** Bytes that a message of the peer may have, from its next frame on; at first what the options say. */
  set maxPayload(bytes: number) {
    this.#inbound.maxPayload = bytes;
  }

  /** Whether a Close frame of ours has been sent or waits for its turn. */
  get closing(): boolean {
    return this.#closing || !mayClose(this.#state);
  }

  // ---- inbound

  /** The next bytes from the peer. They are this connection's from now on and are changed in place (§5.3). */
  receive(chunk: Buffer): void {
    this.#inbound.receive(chunk);
  }

  /** After the current message nothing is delivered until {@link resume}. */
  pause(): void {
    this.#inbound.pause();
  }

  /** Ends {@link pause}, and reads on where an upcall threw: what was left of the last chunk is read at once. */
  resume(): void {
    if (!this.slowed) this.#inbound.resume();
  }

  /** §10.4: counts one message or control frame. Returns whether it is to be delivered. */
  #admit(rate: MessageRate): boolean {
    const isAllowed = rate.take();
    if (this.slowed) this.#inbound.pause();
    if (isAllowed || this.options.fastProducer === 'pause') return true;
    // The last byte of the one that was too many.
    this.onViolation(Violations.TooManyMessages, this.#inbound.next - 1);
    return false;
  }

  onMessage(opcode: number, data: Buffer): boolean {
    if (this.#rate !== undefined && !this.#admit(this.#rate)) return false;
    if (this.options.oneAtATime) this.#inbound.pause();
    this.#host.onMessage(data, opcode === Opcode.Binary);
    return !this.#inbound.paused;
  }

  /** §6.2(b): a Close, a Ping or a Pong, also between the parts of a message. */
  onControl(opcode: number, data: Buffer, index: number): boolean {
    if (opcode === Opcode.Close) return this.#receiveClose(data, index);
    if (this.#rate !== undefined && !this.#admit(this.#rate)) return false;
    if (this.options.oneAtATime) this.#inbound.pause();
    if (opcode === Opcode.Ping) {
      if (this.options.autoPong) this.#answer(data);
      this.#host.onPing(data);
    } else {
      this.#host.onPong(data); // §5.5.3(b)
    }
    return !this.#inbound.paused;
  }

  onInflationEnd(): void {
    try {
      this.#inbound.read();
    } finally {
      this.#host.onInflationEnd();
    }
  }

  onViolation(violation: Violation, index: number, excerpt = this.#inbound.excerpt(index)): void {
    this.fail(violation, this.#inbound.offsetOf(index), excerpt);
  }

  /**
   * §7.1.7 _Fail the WebSocket Connection_. Messages that wait to be framed are given up.
   *
   * @param offset which byte of the peer's frames broke the rule; by default the next one, which has not been read.
   */
  fail(violation: Violation, offset = this.#inbound.position, excerpt?: Excerpt): void {
    const next = after(this.#state, Transition.Fail);
    if (next === undefined) return;
    const sayClose = mayClose(this.#state);
    this.#state = next;
    this.#inbound.discard();
    // §7.1.7(d), §10.7(b): a Close frame with a status code, unless one was sent before.
    const reason = `${violation.section}: ${violation.text}`;
    if (sayClose) this.control(Opcode.Close, closeBody(violation.status, reason));
    try {
      this.#host.onFail(violation, offset, excerpt);
    } finally {
      // §5.5.1(d), §6.1(b): no data after our Close, and none is left to come.
      super.release(new Error(`the connection failed before this was sent: ${reason}`));
    }
  }

  // ---- outbound

  /**
   * Sends a message, or with `fin: false` a part of one: §6.1(a).
   *
   * @param data text, or bytes that must not change until they are taken.
   * @param compress whether to compress, if that was agreed and the message is long enough. Parts never are.
   * @param callback told when the message has left; at once, with an Error, when nothing may be sent any more.
   */
  override send(
    data: string | Buffer,
    isBinary: boolean,
    fin: boolean,
    compress: boolean,
    callback?: SendCallback,
  ): void {
    if (this.#isTooLate(callback)) return;
    super.send(data, isBinary, fin, compress, callback);
  }

  /** Sends a prepared message; behind a message of ours that is under way in parts. `callback` as in {@link send}. */
  override sendPrepared(message: PreparedMessage, compress: boolean, callback?: SendCallback): void {
    if (this.#isTooLate(callback)) return;
    super.sendPrepared(message, compress, callback);
  }

  /**
   * Keeps a place in the order for a message of `size` bytes that are read when its turn comes. `callback` as in
   * {@link send}; it is also told when reading failed. Then the message is left out; where it was a part of one, the
   * rest makes no sense, and the connection fails.
   */
  override sendDeferred(size: number, read: ReadLater, isBinary: boolean, fin: boolean, callback?: SendCallback): void {
    if (this.#isTooLate(callback)) return;
    super.sendDeferred(size, read, isBinary, fin, callback);
  }

  /** §5.5.2. `data` has at most 125 bytes. Overtakes what waits to be framed (§5.4), not our Close. Else as {@link send}. */
  ping(data: Buffer, callback?: SendCallback): void {
    if (!this.#isTooLate(callback)) this.control(Opcode.Ping, data, callback);
  }

  /** §5.5.3: an unsolicited Pong, or the answer when `autoPong` is off. As {@link ping}. */
  pong(data: Buffer, callback?: SendCallback): void {
    if (!this.#isTooLate(callback)) this.control(Opcode.Pong, data, callback);
  }

  /** §5.5.1(d), §6.1(b): nothing more once {@link close} was called, or the peer has said Close. Tells who asked. */
  #isTooLate(callback: SendCallback | undefined): boolean {
    if (!this.#closing && maySend(this.#state)) return false;
    callback?.(new Error('the connection is closing: nothing more can be sent (RFC 6455 §5.5.1)'));
    return true;
  }

  /** §5.5.2(a)(b), §5.5.3(a): "in response to a Ping", behind our own Close too: only data may not follow that. */
  #answer(data: Buffer): void {
    // §5.5.2(A): A peer that sends Pings and never reads would fill our memory: one answer is kept, to the latest Ping.
    if (this.blocked) {
      this.#owedPong = Buffer.from(data);
      return;
    }
    this.#owedPong = undefined;
    this.control(Opcode.Pong, data);
  }

  /** The kernel takes bytes again: sends the Pong that is owed. */
  unblock(): void {
    const data = this.#owedPong;
    this.#owedPong = undefined;
    // §5.5.2(a): unless the peer has said Close.
    if (data !== undefined && mayReceive(this.#state)) this.control(Opcode.Pong, data);
  }

  sendBroken(): void {
    this.fail(Violations.UnreadablePart);
  }

  // ---- closing

  /**
   * §7.1.2(a) _Start the WebSocket Closing Handshake_, behind everything sent so far. Does nothing the second time.
   *
   * @param body made by `closeBody`.
   */
  close(body: Buffer): void {
    if (!this.closing) this.#queueClose(body);
  }

  /** §5.5.1: the peer's Close frame, whose body begins at `index` of the chunk. */
  #receiveClose(body: Buffer, index: number): false {
    const violation = violationOfCloseBody(body);
    if (violation !== undefined) {
      const at = indexOfViolation(body, violation);
      // The body is whole, also when an earlier chunk had its beginning.
      this.onViolation(violation, index + at, index < 0 ? excerptOf('frames', body, at) : undefined);
      return false;
    }
    const next = after(this.#state, Transition.ReceiveClose) as State;
    this.#state = next;
    this.#inbound.discard();
    try {
      this.#host.onClose(closeCodeOf(body), closeReasonOf(body));
    } finally {
      // §5.5.1(e)(f): the answer comes "as soon as practical", behind what was sent before, with the code received; unless
      // the host has just given one of its own.
      if (next === State.Complete) this.#host.onComplete();
      // The chunk may be gone before what waits has been framed.
      else this.close(this.idle ? body : Buffer.from(body));
    }
    return false;
  }

  #queueClose(body: Buffer): void {
    this.#closing = true;
    if (this.idle) this.#writeClose(body);
    else this.afterQueue(() => this.#writeClose(body));
  }

  #writeClose(body: Buffer): void {
    // It can: whatever ends the connection in between gives up the queue, and with it this Close.
    const next = after(this.#state, Transition.SendClose) as State;
    this.#state = next;
    this.control(Opcode.Close, body);
    if (next === State.Complete) this.#host.onComplete();
  }

  /**
   * The transport is gone: gives everything back, and tells those who wait why. Nothing can be sent or received any more.
   *
   * @throws what a callback threw, the first of them, when all have been told.
   */
  override release(error: Error): void {
    // Before anybody is told, who may want to send.
    this.#state = after(this.#state, Transition.Fail) ?? this.#state;
    this.#inbound.discard();
    super.release(error);
  }
}
