// One end of one open connection: transport below, connection beside, application above. Holds what there is to know while the
// connection is at rest; whatever happens to it, it borrows the machinery for that. Adds what RFC 6455 leaves to the endpoint:
// who closes TCP first (§7.1.1), and that user code may do anything at any time.
import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import type { Excerpt } from '../bytes/index.ts';
import type { Compression, ReadLater, SendCallback } from '../connection/index.ts';
import { MessageRate, State } from '../connection/index.ts';
import { CloseCode, closeBody, type Violation, Violations } from '../frame/index.ts';
import type { PreparedMessage } from '../message/index.ts';
import { adopt, clock, isDeferred } from '../transport/index.ts';
import type { Borrower } from './borrower.ts';
import * as diagnostics from './diagnostics.ts';
import { Engine, type PeerClose } from './engine.ts';
import { Facts } from './facts.ts';
import { ProtocolError } from './protocol-error.ts';
import { Resting } from './resting.ts';
import type { Establishment, Sender, SendOptions } from './sender.ts';
import { TimeLimit } from './time-limits.ts';

/** The application's side of any number of endpoints. User code runs in every one of these. */
export interface EndpointListener {
  onMessage(websocket: EventEmitter, data: Buffer, isBinary: boolean): void;
  onPing(websocket: EventEmitter, data: Buffer): void;
  onPong(websocket: EventEmitter, data: Buffer): void;
  /** The peer broke a rule. {@link onClosed} follows. */
  onError(websocket: EventEmitter, error: Error): void;
  /** The connection is over. Comes once, last. `clean`: both sides have said Close. */
  onClosed(websocket: EventEmitter, code: number, reason: Buffer, clean: boolean): void;
}

const NO_REASON = Buffer.alloc(0);
/** §7.1.5(a), §7.1.6: without a Close frame. */
const NO_CLOSE: PeerClose = { code: CloseCode.AbnormalClosure, reason: NO_REASON };

const NOT_SENT = 'WebSocket is not open: the connection closed before the message was sent';
/** Stands for {@link NOT_SENT} where nobody waits to be told. */
const UNHEARD = new Error(NOT_SENT);

/** One open connection. */
export class Endpoint extends Resting implements Borrower {
  readonly websocket: EventEmitter;
  readonly socket: Duplex;
  readonly compression: Compression | undefined;
  readonly rate: MessageRate | undefined;
  /** Who is told. */
  listener: EndpointListener;

  /** Takes over a socket whose opening handshake is done. */
  constructor(listener: EndpointListener, websocket: EventEmitter, establishment: Establishment) {
    const { socket, head, settings, compression } = establishment;
    super(settings);
    this.websocket = websocket;
    this.socket = socket;
    this.compression = compression;
    this.rate = settings.messageRate === undefined ? undefined : new MessageRate(settings.messageRate);
    this.listener = listener;
    if (isDeferred(socket)) this.facts |= Facts.Deferred;
    adopt(socket, head, this);
  }

  /** Whether the closing handshake has begun, or the connection has failed. */
  get closing(): boolean {
    return this.is(Facts.Closing);
  }

  /** The same, and what an application has sent and slowConsumer holds back. */
  get unsentBytes(): number {
    return this.lent === undefined ? this.bufferedAmount : this.lent.sender.bufferedAmount;
  }

  protected borrow(): Engine {
    return Engine.lend(this);
  }

  /** What sends messages; good until the next turn. */
  get sender(): Sender {
    return this.engine.sender;
  }

  // ---- what the application does

  /** Sends a prepared message, as {@link Sender.send} does, and without machinery where that is possible. */
  say(message: PreparedMessage, options: SendOptions, callback: SendCallback | undefined): boolean {
    const isHeard = callback !== undefined || diagnostics.messageOut.hasSubscribers;
    if (!isHeard && this.tell(message, options.compress !== false)) return true;
    return this.sender.sendPrepared(message, options, callback);
  }

  send(data: string | Buffer, isBinary: boolean, fin: boolean, compress: boolean, callback?: SendCallback): void {
    this.engine.connection.send(data, isBinary, fin, compress, callback);
  }

  sendPrepared(message: PreparedMessage, compress: boolean, callback?: SendCallback): void {
    this.engine.connection.sendPrepared(message, compress, callback);
  }

  sendDeferred(size: number, read: ReadLater, isBinary: boolean, fin: boolean, callback?: SendCallback): void {
    this.engine.connection.sendDeferred(size, read, isBinary, fin, callback);
  }

  ping(data: Buffer, callback?: SendCallback): void {
    this.engine.connection.ping(data, callback);
  }

  pong(data: Buffer, callback?: SendCallback): void {
    this.engine.connection.pong(data, callback);
  }

  /** `onDrain` is owed: it comes when `bufferedAmount` is 0 again. */
  wantDrain(): void {
    this.engine.transport.wantDrain();
  }

  checkDrain(): void {
    this.sender.checkDrain();
  }

  /** Asks the kernel now to take what was said, even in the middle of a turn. */
  relieve(): void {
    this.engine.transport.relieve();
  }

  /** Another `maxPayload` for this connection, from the next frame on; without a value that of the settings. */
  limitPayload(bytes: number = this.settings.maxPayload): void {
    this.engine.connection.maxPayload = bytes;
  }

  /** §7.1.2: sends our Close frame and gives the peer `closeTimeout` to do its part. */
  close(body: Buffer): void {
    this.engine.connection.close(body);
    this.beginClosing();
  }

  /** Ends the connection now: nothing more is sent, and nothing more is delivered. */
  terminate(): void {
    this.facts |= Facts.Closing;
    this.engine.connection.pause();
    this.socket.destroy();
  }

  // ---- what the transport tells

  /** Without a Close, an abnormal closure (§7.1.5(a), §7.2.1(b)); with both, the peer closes TCP (§5.5.1(g)(i)). */
  protected onAllRead(): void {
    this.engine.transport.end();
    this.beginClosing();
  }

  onSocketError(): void {
    // A reset is how connections end: the application is told by the close code 1006, as `ws` does.
    this.facts |= Facts.Closing;
  }

  onGone(): void {
    this.facts |= Facts.Closing;
    this.endReading();
    this.endTimes();
    const { connection, transport, peerClose } = this.engine;
    // §7.1.4(a)
    const isClean = connection.state === State.Complete;
    // An Error is made only for somebody: its stack takes more time than the rest of a clean end.
    const isAwaited = connection.awaited || transport.awaited;
    const error = isAwaited ? new Error(NOT_SENT) : UNHEARD;
    // A callback may throw in either; the rest is told all the same.
    try {
      connection.release(error);
    } finally {
      try {
        transport.close(error);
      } finally {
        const { code, reason } = peerClose ?? NO_CLOSE;
        this.listener.onClosed(this.websocket, code, reason, isClean);
      }
    }
  }

  onWaiting(): void {
    if (this.watchWrite()) this.engine.transport.afterWrite(() => this.writeTaken());
  }

  onBlocked(): void {
    this.kernelBlocked();
  }

  onSocketDrain(): void {
    this.lent?.transport.onSocketDrain();
  }

  onUnblocked(): void {
    this.kernelUnblocked();
    this.engine.connection.unblock();
  }

  onDrain(): void {
    // Messages that are still being compressed will follow.
    if (this.engine.connection.queuedBytes > 0) this.wantDrain();
    else this.engine.sender.onDrain();
  }

  // ---- what the connection tells

  onMessage(data: Buffer, isBinary: boolean): void {
    this.messageEnded();
    // Out of a turn it was inflated elsewhere, and the connection may have been ended meanwhile.
    if (this.inTurn || !this.socket.destroyed) this.listener.onMessage(this.websocket, data, isBinary);
  }

  onPing(data: Buffer): void {
    this.listener.onPing(this.websocket, data);
  }

  onPong(data: Buffer): void {
    this.heardPong(data, clock.now());
    this.listener.onPong(this.websocket, data);
  }

  onClose(code: number, reason: Buffer): void {
    this.engine.peerClose = { code, reason: reason.length === 0 ? NO_REASON : Buffer.from(reason) };
    this.beginClosing();
  }

  onComplete(): void {
    // §5.5.1(g)(h)(i), §7.1.1(b)(c)(d), §7.1.2(b): the server closes TCP first, and the waiting state stays with it.
    if (this.settings.isServer) this.engine.transport.end();
  }

  onFail(violation: Violation, offset: number, excerpt: Excerpt | undefined): void {
    // §7.1.7(a)(b)(e): nothing is read any more; our Close frame leaves before the end of our side.
    const { transport } = this.engine;
    transport.ignore();
    transport.end();
    this.beginClosing();
    this.listener.onError(this.websocket, new ProtocolError(violation, offset, excerpt));
  }

  onInflationEnd(): void {
    this.goOn();
  }

  // ---- closing and times

  protected beginClosing(): void {
    if (this.closing) return;
    this.startClosing();
    this.update();
  }

  protected onTimeLimit(limit: TimeLimit): void {
    switch (limit) {
      case TimeLimit.Message:
        this.engine.connection.fail(Violations.MessageTimeout);
        return;
      case TimeLimit.Rate:
        this.endSlowing();
        return;
      case TimeLimit.Lifetime:
        this.close(closeBody(CloseCode.GoingAway, 'maximum lifetime'));
        return;
      case TimeLimit.Ping:
        // Behind bytes that the kernel does not take a Ping asks nobody, and would wait there with all the others.
        if (this.engine.connection.state === State.Open && !this.blocked) this.ping(this.payload);
        return;
      case TimeLimit.Rest:
        if (this.bufferedAmount > 0) this.onWaiting();
        return;
      case TimeLimit.Closing:
      case TimeLimit.Write:
      case TimeLimit.Silence:
        // Nobody is there to say Close to.
        this.endTimes();
        this.socket.destroy();
    }
  }
}
