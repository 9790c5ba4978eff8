// The glue of one open connection: transport below, connection beside, application above. Adds what RFC 6455 leaves to
// the endpoint: times, who closes TCP first (§7.1.1), and what becomes of messages for a peer that does not read.

import type { Duplex } from 'node:stream';
import type { ConnectionHost, ReadLater, SendCallback } from '../connection/index.ts';
import { type Compression, Connection, Keepalive, Pulse, State } from '../connection/index.ts';
import { CloseCode, closeBody, type Violation, Violations } from '../frame/index.ts';
import type { PreparedMessage } from '../message/index.ts';
import { clock, type Timed, Transport, type TransportHandler } from '../transport/index.ts';
import { ProtocolError } from './protocol-error.ts';
import type { EndpointSettings } from './settings.ts';

/** The application's side of an endpoint. User code runs in every one of these. */
export interface EndpointListener {
  onMessage(data: Buffer, isBinary: boolean): void;
  onPing(data: Buffer): void;
  onPong(data: Buffer): void;
  /** Everything sent has been taken by the kernel, after it once was not. */
  onDrain(): void;
  /** The peer broke a rule. {@link onClosed} follows. */
  onError(error: Error): void;
  /** The connection is over. Comes once, last. `clean`: both sides have said Close. */
  onClosed(code: number, reason: Buffer, clean: boolean): void;
}

const NO_REASON = Buffer.alloc(0);
/** `maxLifetime` is spread by this much, so that a restarted crowd does not leave together. */
const LIFETIME_JITTER = 0.1;
/** No deadline of this kind. */
const NEVER = Number.POSITIVE_INFINITY;

/** One open connection. */
export class Endpoint implements ConnectionHost, TransportHandler, Timed {
  clockIndex = -1;
  clockDeadline = NEVER;
  readonly #listener: EndpointListener;
  readonly #settings: EndpointSettings;
  readonly #transport: Transport;
  readonly #connection: Connection;
  readonly #keepalive: Keepalive | undefined;
  #closing = false;
  #gone = false;
  #userPaused = false;
  /** The kernel has been stopped. */
  #stopped = false;
  /** A next message is due in a turn of its own (`allowSynchronousEvents: false`). */
  #nextTurn = false;
  #closeCode: number = CloseCode.AbnormalClosure;
  #closeReason = NO_REASON;
  #messageDeadline = NEVER;
  #closeDeadline = NEVER;
  #lifetimeDeadline = NEVER;
  /** When bytes that the kernel does not take have waited too long. */
  #writeDeadline = NEVER;

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
    this.#listener = listener;
    this.#settings = settings;
    this.#transport = new Transport(socket, head, this);
    this.#connection = new Connection(this, this.#transport.outbox, settings, compression);
    const { heartbeatInterval, heartbeatTimeout, maxLifetime } = settings;
    const now = heartbeatInterval > 0 || maxLifetime > 0 ? clock.now() : 0;
    this.#keepalive = heartbeatInterval > 0 ? new Keepalive(heartbeatInterval, heartbeatTimeout, now) : undefined;
    if (maxLifetime > 0) this.#lifetimeDeadline = now + maxLifetime * (1 + Math.random() * LIFETIME_JITTER);
    this.#schedule();
  }

  /** Whether the closing handshake has begun, or the connection has failed. */
  get closing(): boolean {
    return this.#closing;
  }

  /** Bytes of ours that the kernel has not taken, framing included. */
  get bufferedAmount(): number {
    return this.#transport.outbox.bufferedAmount + this.#connection.queuedBytes;
  }

  /** Whether the kernel has stopped taking bytes. */
  get blocked(): boolean {
    return this.#transport.outbox.blocked;
  }

  /** Milliseconds from our last answered Ping to its Pong. */
  get rtt(): number | undefined {
    return this.#keepalive?.rtt;
  }

  // ---- what the application does

  send(data: string | Buffer, isBinary: boolean, fin: boolean, compress: boolean, callback?: SendCallback): void {
    this.#connection.send(data, isBinary, fin, compress, callback);
  }

  sendPrepared(message: PreparedMessage, compress: boolean, callback?: SendCallback): void {
    this.#connection.sendPrepared(message, compress, callback);
  }

  sendDeferred(size: number, read: ReadLater, isBinary: boolean, fin: boolean, callback?: SendCallback): void {
    this.#connection.sendDeferred(size, read, isBinary, fin, callback);
  }

  ping(data: Buffer, callback?: SendCallback): void {
    this.#connection.ping(data, callback);
  }

  pong(data: Buffer, callback?: SendCallback): void {
    this.#connection.pong(data, callback);
  }

  /** `onDrain` is owed: it comes when `bufferedAmount` is 0 again. */
  wantDrain(): void {
    this.#transport.outbox.wantDrain();
  }

  /** Asks the kernel now to take what was said, even in the middle of a turn. */
  relieve(): void {
    this.#transport.outbox.relieve();
  }

  /** No more messages after the current one; the kernel stops, and TCP slows the peer down. */
  pause(): void {
    this.#userPaused = true;
    this.#connection.pause();
    this.#updateReading();
  }

  resume(): void {
    this.#userPaused = false;
    this.#readOn();
  }

  /** §7.1.2: sends our Close frame and gives the peer `closeTimeout` to do its part. */
  close(body: Buffer): void {
    this.#connection.close(body);
    this.#startClosing();
  }

  /** Ends the connection now. */
  terminate(): void {
    this.#closing = true;
    this.#transport.destroy();
  }

  // ---- what the transport tells

  onChunk(chunk: Buffer): void {
    const { outbox } = this.#transport;
    this.#keepalive?.heard();
    outbox.cork();
    try {
      this.#connection.receive(chunk);
    } finally {
      // Everything that was said in this turn leaves in one write.
      outbox.uncork();
      this.#afterReading();
    }
  }

  onPeerEnd(): void {
    // Without a Close frame this is an abnormal closure (§7.1.5); with both, the peer closes TCP as it should (§7.1.1).
    this.#transport.end();
    this.#startClosing();
  }

  onSocketError(): void {
    // A reset is how connections end: the application is told by the close code 1006, as `ws` does.
    this.#closing = true;
  }

  onGone(): void {
    this.#gone = true;
    this.#closing = true;
    clock.cancel(this);
    const error = new Error('WebSocket is not open: the connection closed before the message was sent');
    this.#connection.release(error);
    this.#transport.outbox.close(error);
    this.#listener.onClosed(this.#closeCode, this.#closeReason, this.#connection.state === State.Complete);
  }

  onBlocked(): void {
    const { writeTimeout } = this.#settings;
    if (writeTimeout === 0) return;
    this.#writeDeadline = clock.now() + writeTimeout;
    this.#schedule();
  }

  onDrain(): void {
    this.#writeDeadline = NEVER;
    this.#connection.unblock();
    if (this.bufferedAmount > 0) {
      // Messages that were still being compressed have followed.
      this.wantDrain();
      return;
    }
    this.#listener.onDrain();
  }

  // ---- what the connection tells

  onMessage(data: Buffer, isBinary: boolean): void {
    this.#listener.onMessage(data, isBinary);
  }

  onPing(data: Buffer): void {
    this.#listener.onPing(data);
  }

  onPong(data: Buffer): void {
    this.#keepalive?.pong(data, clock.now());
    this.#listener.onPong(data);
  }

  onClose(code: number, reason: Buffer): void {
    this.#closeCode = code;
    this.#closeReason = Buffer.from(reason);
    this.#startClosing();
  }

  onComplete(): void {
    // §7.1.1: the server closes TCP first, so that the waiting state of TCP stays with it; a client waits for that.
    if (this.#settings.isServer) this.#transport.end();
  }

  onFail(violation: Violation, offset: number): void {
    // §7.1.7: nothing is read any more; our Close frame leaves before the end of our side.
    this.#transport.ignore();
    this.#transport.end();
    this.#startClosing();
    this.#listener.onError(new ProtocolError(violation, offset));
  }

  onInflationEnd(): void {
    this.#updateReading();
  }

  // ---- reading

  #afterReading(): void {
    if (this.#gone) return;
    if (this.#settings.oneAtATime && this.#connection.holding && !this.#nextTurn) {
      this.#nextTurn = true;
      setImmediate(nextTurn, this);
    }
    const { messageTimeout } = this.#settings;
    if (messageTimeout > 0 && !this.#closing) {
      if (!this.#connection.unfinished) this.#messageDeadline = NEVER;
      else if (this.#messageDeadline === NEVER) {
        this.#messageDeadline = clock.now() + messageTimeout;
        this.#schedule();
      }
    }
    this.#updateReading();
  }

  /** For {@link nextTurn}. */
  startTurn(): void {
    this.#nextTurn = false;
    if (!this.#userPaused) this.#readOn();
  }

  #readOn(): void {
    if (this.#gone) return;
    const { outbox } = this.#transport;
    outbox.cork();
    try {
      this.#connection.resume();
      if (this.#userPaused) this.#connection.pause();
    } finally {
      outbox.uncork();
      this.#afterReading();
    }
  }

  /** Stops or starts the kernel, whichever it should be now. */
  #updateReading(): void {
    const stop = this.#connection.receiving && (this.#userPaused || this.#connection.holding);
    if (stop === this.#stopped) return;
    this.#stopped = stop;
    if (stop) this.#transport.pause();
    else this.#transport.resume();
  }

  // ---- closing and times

  #startClosing(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#updateReading();
    this.#messageDeadline = NEVER;
    this.#lifetimeDeadline = NEVER;
    this.#closeDeadline = clock.now() + this.#settings.closeTimeout;
    this.#schedule();
  }

  #schedule(): void {
    const heartbeat = this.#keepalive === undefined || this.#closing ? NEVER : this.#keepalive.deadline;
    const deadline = Math.min(
      heartbeat,
      this.#messageDeadline,
      this.#closeDeadline,
      this.#lifetimeDeadline,
      this.#writeDeadline,
    );
    if (deadline === NEVER) clock.cancel(this);
    else clock.schedule(this, deadline);
  }

  onTime(now: number): void {
    if (now >= this.#closeDeadline) {
      this.#transport.destroy();
      return;
    }
    if (now >= this.#messageDeadline) {
      this.#messageDeadline = NEVER;
      this.#connection.fail(Violations.MessageTimeout);
    } else if (now >= this.#lifetimeDeadline) {
      this.close(closeBody(CloseCode.GoingAway, 'maximum lifetime'));
    } else if (now >= this.#writeDeadline) {
      this.#writeDeadline = NEVER;
      if (this.#transport.outbox.blocked) this.#transport.destroy();
    } else if (this.#keepalive !== undefined && !this.#closing) {
      // What the peer sends cannot be heard while we do not listen.
      if (this.#stopped) this.#keepalive.heard();
      const pulse = this.#keepalive.at(now);
      if (pulse === Pulse.Dead) {
        this.#transport.destroy();
        return;
      }
      if (pulse === Pulse.Ping && this.#connection.state === State.Open) this.#connection.ping(this.#keepalive.payload);
    }
    if (!this.#gone) this.#schedule();
  }
}

function nextTurn(endpoint: Endpoint): void {
  endpoint.startTurn();
}
