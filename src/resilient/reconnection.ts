// The states of a client and what leads from one to the next; docs/resilience.md has the same as a table. One attempt at a
// time, and beside an open link over a worse transport at most one over the best. Never leaves a timer behind when it is over.
import { Attempt, type AttemptOwner } from './attempt.ts';
import { delayBefore } from './backoff.ts';
import { ABNORMAL, mayComeBack, NO_STATUS, UNAUTHENTICATED } from './close-codes.ts';
import type { Settings } from './options.ts';
import type { Platform } from './platform.ts';
import type { Link, LinkEnd, Transport, TransportChoice } from './transport.ts';
import { Watchdog } from './watchdog.ts';

const NOTHING_YET: LinkEnd = { code: ABNORMAL, reason: '', wasClean: false };

/** Where a client stands. `waiting` for the time of the next attempt, `offline` for a network. */
export type ConnectionState = 'connecting' | 'open' | 'waiting' | 'offline' | 'closing' | 'closed';

/** What a {@link Reconnection} tells. */
export interface ReconnectionOwner {
  /** A link is open: it takes the place of the one before, if there was one. */
  onOpen(link: Link, isFirst: boolean): void;
  onMessage(data: unknown): void;
  /** There is no link any more, and there will be another. @param delay `undefined` while there is no network. */
  onWaiting(attempt: number, delay: number | undefined, end: LinkEnd): void;
  onFault(error: unknown): void;
  /** It is over for good. */
  onClosed(end: LinkEnd): void;
}

/** Keeps one client connected. */
export class Reconnection implements AttemptOwner {
  readonly #settings: Settings;
  readonly #platform: Platform;
  readonly #owner: ReconnectionOwner;
  /** `undefined`: there is but one transport. */
  readonly #choice: TransportChoice | undefined;
  readonly #unwatch: () => void;
  #state: ConnectionState = 'connecting';
  #attempt: Attempt | undefined;
  #link: Link | undefined;
  #watchdog: Watchdog | undefined;
  /** Attempts to come back since the last stable connection. */
  #attempts = 0;
  #openedAt = 0;
  #isProven = false;
  /** The one timer of the state: of the wait, of stability, of closing. */
  #timer: unknown;
  #isHinted = false;
  #better: Attempt | undefined;
  #lastEnd: LinkEnd = NOTHING_YET;

  constructor(settings: Settings, owner: ReconnectionOwner) {
    this.#settings = settings;
    this.#owner = owner;
    const { platform, transports } = settings;
    this.#platform = platform;
    this.#choice = transports.find(({ choose }) => choose)?.choose?.(settings);
    this.#unwatch = platform.watch(() => this.#onNews());
    this.#connect();
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** The open link, or the one that is being closed. */
  get link(): Link | undefined {
    return this.#link;
  }

  /** The name of the transport in use, or of the one that is tried. */
  get transport(): 'websocket' | 'sse' | 'poll' {
    return this.#current.name;
  }

  get #current(): Transport {
    return this.#choice?.current ?? (this.#settings.transports[0] as Transport);
  }

  /** Closes for good, at whatever moment but once. {@link ReconnectionOwner.onClosed} follows in a later turn. */
  close(code: number | undefined, reason: string | undefined): void {
    const { closeTimeout } = this.#settings;
    const isOpen = this.#state === 'open';
    const end = { ...NOTHING_YET, code: isOpen ? (code ?? NO_STATUS) : ABNORMAL, reason: reason ?? '' };
    this.#state = 'closing';
    this.#quiet();
    this.#timer = this.#platform.setTimeout(() => this.#finish(end), isOpen ? closeTimeout : 0);
    if (isOpen) this.#attempt?.close(code, reason);
    else this.#attempt?.abandon();
  }

  // ---- the attempt under way, and the link

  #connect(): void {
    this.#state = 'connecting';
    this.#attempt = new Attempt(this.#current, this.#settings, this);
  }

  onOpen(attempt: Attempt, link: Link): void {
    const isFirst = this.#state !== 'open';
    if (attempt === this.#better) this.#takeBetter(attempt);
    const { pingTimeout, pingInterval, pingMessage, stableAfter } = this.#settings;
    this.#state = 'open';
    this.#link = link;
    this.#openedAt = this.#platform.now();
    this.#isProven = false;
    const watchdog = new Watchdog(
      {
        interval: pingInterval,
        timeout: pingTimeout,
        ask: () => {
          if (link.ping()) return;
          const message = typeof pingMessage === 'function' ? pingMessage() : pingMessage;
          // Whom nothing can be asked is believed to be there.
          if (message === undefined) watchdog.hear();
          else link.send(message);
        },
        onSilent: () => attempt.fail('silence'),
      },
      this.#platform,
    );
    this.#watchdog = watchdog;
    this.#timer = this.#platform.setTimeout(() => {
      this.#attempts = 0;
      // A quiet server is asked once, so that it is known whether this way works.
      if (this.#choice !== undefined) watchdog.check();
    }, stableAfter);
    this.#planBetter();
    this.#owner.onOpen(link, isFirst);
  }

  onMessage(attempt: Attempt, data: unknown): void {
    this.onAlive(attempt);
    if (attempt === this.#attempt) this.#owner.onMessage(data);
  }

  onAlive(attempt: Attempt): void {
    if (attempt !== this.#attempt || this.#state !== 'open') return;
    this.#watchdog?.hear();
    const { stableAfter } = this.#settings;
    // What is heard only at once may come through a proxy that lets a little pass and swallows the rest.
    if (this.#isProven || this.#platform.now() - this.#openedAt < stableAfter) return;
    this.#isProven = true;
    this.#choice?.succeed();
  }

  onEnd(attempt: Attempt, end: LinkEnd, isOpen: boolean): void {
    if (attempt === this.#better) {
      this.#better = undefined;
      this.#planBetter();
    } else if (this.#state === 'closing') {
      this.#finish(end);
    } else {
      this.#lose(end, isOpen);
    }
  }

  #lose(end: LinkEnd, isOpen: boolean): void {
    if (end.error !== undefined) this.#owner.onFault(end.error);
    // A server that says when to come again, or why not, is not behind something that blocks it.
    const isSilent = end.code === ABNORMAL && (isOpen || end.retry === undefined);
    if (isSilent && !(isOpen && this.#isProven) && this.#platform.isOnline()) this.#choice?.fail();
    this.#quiet();
    // Somebody is told of it by `error`, and may have closed the client.
    if (this.#state === 'closing') this.#finish(end);
    else if (this.#mayComeBack(end, isOpen) && this.#attempts < this.#settings.maxAttempts) this.#wait(end);
    else this.#finish(end);
  }

  #mayComeBack(end: LinkEnd, isOpen: boolean): boolean {
    const { shouldReconnect, token } = this.#settings;
    const { code, reason } = end;
    // Who was believed before has a token that ran out; whoever can say another is asked for it.
    const isExpired = code === UNAUTHENTICATED && isOpen && typeof token === 'function';
    return shouldReconnect?.({ code, reason }) ?? (isExpired || mayComeBack(code));
  }

  // ---- away

  #wait(end: LinkEnd): void {
    if (!this.#platform.isOnline()) {
      this.#goOffline(end);
      return;
    }
    this.#attempts++;
    const delay = delayBefore(this.#attempts, end.retry, this.#settings, this.#platform.random());
    this.#isHinted = end.retry !== undefined;
    this.#state = 'waiting';
    this.#lastEnd = end;
    this.#timer = this.#platform.setTimeout(() => this.#connect(), delay);
    this.#owner.onWaiting(this.#attempts, delay, end);
  }

  /** No attempt is made in vain; but a platform may be wrong, and so one is made now and then. */
  #goOffline(end: LinkEnd): void {
    const { maxDelay } = this.#settings;
    this.#state = 'offline';
    this.#lastEnd = end;
    this.#timer = this.#platform.setTimeout(() => this.#connect(), maxDelay);
    this.#owner.onWaiting(this.#attempts, undefined, end);
  }

  /** The network has come or gone, or the page is seen again. */
  #onNews(): void {
    const isOnline = this.#platform.isOnline();
    if (this.#state === 'open') this.#watchdog?.check();
    // What the server asked for holds, whatever the network does.
    const isWaiting = this.#state === 'waiting' && !this.#isHinted;
    if (!isWaiting && this.#state !== 'offline') return;
    this.#platform.clearTimeout(this.#timer);
    if (isOnline) {
      this.#connect();
      return;
    }
    // The attempt that was waited for has not been made.
    if (isWaiting) this.#attempts--;
    this.#goOffline(this.#lastEnd);
  }

  // ---- a better transport

  #planBetter(): void {
    this.#choice?.plan((transport) => {
      this.#better = new Attempt(transport, this.#settings, this);
    });
  }

  #takeBetter(attempt: Attempt): void {
    this.#better = undefined;
    this.#attempt?.abandon();
    this.#attempt = attempt;
    this.#choice?.improve();
    this.#watchdog?.stop();
    this.#platform.clearTimeout(this.#timer);
  }

  // ---- the end

  /** Nothing of what was set going goes on. */
  #quiet(): void {
    this.#platform.clearTimeout(this.#timer);
    this.#choice?.stop();
    this.#watchdog?.stop();
    this.#better?.abandon();
    this.#better = undefined;
    if (this.#state !== 'closing') this.#link = undefined;
  }

  #finish(end: LinkEnd): void {
    this.#quiet();
    this.#state = 'closed';
    this.#unwatch();
    this.#attempt?.abandon();
    this.#link = undefined;
    this.#owner.onClosed(end);
  }
}
