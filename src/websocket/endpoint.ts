// The glue of one open connection: transport below, connection beside, application above. Adds what RFC 6455 leaves to
// the endpoint: who closes TCP first (§7.1.1), and that user code may do anything at any time.
import type { Duplex } from 'node:stream';
import type { Excerpt } from '../bytes/index.ts';
import type { ConnectionHost, ReadLater, SendCallback } from '../connection/index.ts';
import { type Compression, Connection, State } from '../connection/index.ts';
import { CloseCode, closeBody, type Violation, Violations } from '../frame/index.ts';
import type { PreparedMessage } from '../message/index.ts';
import { clock, Transport, type TransportHandler } from '../transport/index.ts';
import { ProtocolError } from './protocol-error.ts';
import { Reading } from './reading.ts';
import type { EndpointSettings } from './settings.ts';
import { TimeLimit, TimeLimits, type TimeLimitsHost } from './time-limits.ts';

/** The application's side of an endpoint. User code runs in every one of these. */
export interface EndpointListener {
  onMessage(data: Buffer, isBinary: boolean): void;
  onPing(data: Buffer): void;
  onPong(data: Buffer): void;
  /** Everything sent has been taken by the kernel, after {@link Endpoint.wantDrain}. */
  onDrain(): void;
  /** The peer broke a rule. {@link onClosed} follows. */
  onError(error: Error): void;
  /** The connection is over. Comes once, last. `clean`: both sides have said Close. */
  onClosed(code: number, reason: Buffer, clean: boolean): void;
}

interface PeerClose {
  readonly code: number;
  readonly reason: Buffer;
}

const NO_REASON = Buffer.alloc(0);
/** §7.1.5(a), §7.1.6: without a Close frame. */
const NO_CLOSE: PeerClose = { code: CloseCode.AbnormalClosure, reason: NO_REASON };

const NOT_SENT = 'WebSocket is not open: the connection closed before the message was sent';
/** Stands for {@link NOT_SENT} where nobody waits to be told. */
const UNHEARD = new Error(NOT_SENT);

/** One open connection. */
export class Endpoint extends Reading implements ConnectionHost, TransportHandler, TimeLimitsHost {
  protected readonly transport: Transport;
  protected readonly connection: Connection;
  protected readonly times: TimeLimits;
  readonly settings: EndpointSettings;
  /** Who is told. */
  listener: EndpointListener;
  #closing = false;
  /** What the peer's Close frame said. */
  #peerClose: PeerClose | undefined = undefined;

  /**
   * Takes over a socket whose opening handshake is done.
   *
   * @param head bytes that came behind the handshake.
   */
  constructor(
    listener: EndpointListener,
    socket: Duplex,
    head: Buffer,
    settings: EndpointSettings,
    compression: Compression | undefined,
  ) {
    super();
    this.settings = settings;
    this.listener = listener;
    this.transport = new Transport(socket, head, this);
    this.connection = new Connection(this, this.transport, settings, compression);
    this.times = new TimeLimits(this, settings);
  }

  /** Whether the closing handshake has begun, or the connection has failed. */
  get closing(): boolean {
    return this.#closing;
  }

  /** Bytes of ours that the kernel has not taken, framing included. */
  get bufferedAmount(): number {
    return this.transport.bufferedAmount + this.connection.queuedBytes;
  }

  /** Whether the kernel has stopped taking bytes. */
  get blocked(): boolean {
    return this.transport.blocked;
  }

  /** Milliseconds from our last answered Ping to its Pong. */
  get rtt(): number | undefined {
    return this.times.rtt;
  }

  // ---- what the application does

  send(data: string | Buffer, isBinary: boolean, fin: boolean, compress: boolean, callback?: SendCallback): void {
    this.connection.send(data, isBinary, fin, compress, callback);
  }

  sendPrepared(message: PreparedMessage, compress: boolean, callback?: SendCallback): void {
    this.connection.sendPrepared(message, compress, callback);
  }

  sendDeferred(size: number, read: ReadLater, isBinary: boolean, fin: boolean, callback?: SendCallback): void {
    this.connection.sendDeferred(size, read, isBinary, fin, callback);
  }

  ping(data: Buffer, callback?: SendCallback): void {
    this.connection.ping(data, callback);
  }

  pong(data: Buffer, callback?: SendCallback): void {
    this.connection.pong(data, callback);
  }

  /** `onDrain` is owed: it comes when `bufferedAmount` is 0 again. */
  wantDrain(): void {
    this.transport.wantDrain();
  }

  /** Asks the kernel now to take what was said, even in the middle of a turn. */
  relieve(): void {
    this.transport.relieve();
  }

  /** Another `maxPayload` for this connection, from the next frame on; without a value that of the settings. */
  limitPayload(bytes: number = this.settings.maxPayload): void {
    this.connection.maxPayload = bytes;
  }

  /** §7.1.2: sends our Close frame and gives the peer `closeTimeout` to do its part. */
  close(body: Buffer): void {
    this.connection.close(body);
    this.#startClosing();
  }

  /** Ends the connection now: nothing more is sent, and nothing more is delivered. */
  terminate(): void {
    this.#closing = true;
    this.connection.pause();
    this.transport.destroy();
  }

  // ---- what the transport tells

  /** Without a Close, an abnormal closure (§7.1.5(a), §7.2.1(b)); with both, the peer closes TCP (§5.5.1(g)(i)). */
  protected onAllRead(): void {
    this.transport.end();
    this.#startClosing();
  }

  onSocketError(): void {
    // A reset is how connections end: the application is told by the close code 1006, as `ws` does.
    this.#closing = true;
  }

  onGone(): void {
    this.#closing = true;
    this.endReading();
    this.times.end();
    // §7.1.4(a)
    const isClean = this.connection.state === State.Complete;
    // An Error is made only for somebody: its stack takes more time than the rest of a clean end.
    const isAwaited = this.connection.awaited || this.transport.awaited;
    const error = isAwaited ? new Error(NOT_SENT) : UNHEARD;
    // A callback may throw in either; the rest is told all the same.
    try {
      this.connection.release(error);
    } finally {
      try {
        this.transport.close(error);
      } finally {
        const { code, reason } = this.#peerClose ?? NO_CLOSE;
        this.listener.onClosed(code, reason, isClean);
      }
    }
  }

  onWaiting(): void {
    if (this.times.waiting()) this.transport.afterWrite(() => this.times.taken());
  }

  onBlocked(): void {
    this.times.blocked();
  }

  onUnblocked(): void {
    this.times.unblocked();
    this.connection.unblock();
  }

  onDrain(): void {
    // Messages that are still being compressed will follow.
    if (this.connection.queuedBytes > 0) this.wantDrain();
    else this.listener.onDrain();
  }

  // ---- what the connection tells

  onMessage(data: Buffer, isBinary: boolean): void {
    this.times.messageEnded();
    // Out of a turn it was inflated elsewhere, and the connection may have been ended meanwhile.
    if (this.inTurn || !this.transport.destroyed) this.listener.onMessage(data, isBinary);
  }

  onPing(data: Buffer): void {
    this.listener.onPing(data);
  }

  onPong(data: Buffer): void {
    this.times.pong(data, clock.now());
    this.listener.onPong(data);
  }

  onClose(code: number, reason: Buffer): void {
    this.#peerClose = { code, reason: reason.length === 0 ? NO_REASON : Buffer.from(reason) };
    this.#startClosing();
  }

  onComplete(): void {
    // §5.5.1(g)(h)(i), §7.1.1(b)(c)(d), §7.1.2(b): the server closes TCP first, and the waiting state stays with it.
    if (this.settings.isServer) this.transport.end();
  }

  onFail(violation: Violation, offset: number, excerpt: Excerpt | undefined): void {
    // §7.1.7(a)(b)(e): nothing is read any more; our Close frame leaves before the end of our side.
    this.transport.ignore();
    this.transport.end();
    this.#startClosing();
    this.listener.onError(new ProtocolError(violation, offset, excerpt));
  }

  onInflationEnd(): void {
    this.goOn();
  }

  // ---- closing and times

  #startClosing(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.times.startClosing();
    this.update();
  }

  onTimeLimit(limit: TimeLimit): void {
    switch (limit) {
      case TimeLimit.Message:
        this.connection.fail(Violations.MessageTimeout);
        return;
      case TimeLimit.Rate:
        this.endSlowing();
        return;
      case TimeLimit.Lifetime:
        this.close(closeBody(CloseCode.GoingAway, 'maximum lifetime'));
        return;
      case TimeLimit.Ping:
        // Behind bytes that the kernel does not take a Ping asks nobody, and would wait there with all the others.
        if (this.connection.state === State.Open && !this.blocked) this.connection.ping(this.times.payload);
        return;
      case TimeLimit.Rest:
        if (this.transport.bufferedAmount > 0) this.onWaiting();
        return;
      case TimeLimit.Closing:
      case TimeLimit.Write:
      case TimeLimit.Silence:
        // Nobody is there to say Close to.
        this.times.end();
        this.transport.destroy();
    }
  }
}
