// One opening handshake with a whole head, until the client is let in or sent away: RFC 6455 §4.2.2. The same way for a
// socket of our own listener and for one that an http server handed over.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type AcceptedOffer, acceptOffer, Deflater, directionsOf, Inflater, type JobQueue } from '../deflate/index.ts';
import { invalidHandshake } from '../handshake/handshake-error.ts';
import {
  acceptResponse,
  type ClientOpening,
  type HandshakeRefusal,
  HandshakeRefusals,
  isHandshakeRefusal,
  type RefusedHandshake,
  type Rejection,
  readOpeningHandshake,
  refusalResponse,
  serializeResponse,
  type UpgradeHead,
} from '../handshake/index.ts';
import { acceptText, faultResponse } from '../handshake/server-response.ts';
import { findPlace } from '../http/index.ts';
import { clock, giveAway, isAdopted, refuse, type Timed } from '../transport/index.ts';
import { type Establishment, hearsViolations, publishViolation, type WebSocket } from '../websocket/index.ts';
import { isRejection, type Lease, NO_LEASE, rememberLease } from './address-limits.ts';
import { forgiveRefusal } from './authentication-error.ts';
import type { ServerOptions, ServerSettings, VerifyClientAsync, VerifyClientSync } from './options.ts';

/** The server behind its upgrades: one for all of them. */
export interface UpgradeHost {
  readonly options: ServerOptions;
  readonly settings: ServerSettings;
  readonly jobs: JobQueue | undefined;
  /** Whether new connections are taken. */
  readonly isAccepting: boolean;
  /** Upgrades that wait for `verifyClient`. */
  readonly pending: Set<Upgrade>;
  shouldHandle(request: IncomingMessage): boolean;
  /** Counts the connection under its client's address, or says what to answer when that has too many. */
  lease(head: UpgradeHead, socket: Duplex): Lease | Rejection;
  /** Whether {@link onHeaders} tells anybody. */
  readonly hearsHeaders: boolean;
  /** Makes the request of a head that our own parser has read. */
  requestOf(head: UpgradeHead, socket: Duplex): IncomingMessage;
  /** The lines of the answer, to be added to. */
  onHeaders(lines: string[], request: IncomingMessage): void;
  /** Whether {@link onClientError} tells anybody. */
  readonly hearsClientErrors: boolean;
  /** Somebody else answers: `true`. */
  onClientError(error: Error, socket: Duplex, request: IncomingMessage): boolean;
  /** A handshake has been refused. */
  onRefused(status: number): void;
  createWebSocket(): WebSocket;
  /** The client is in. */
  onAccepted(websocket: WebSocket, establishment: Establishment): void;
}

/** Called for each client that was let in. */
export type UpgradeCallback = (websocket: WebSocket, request: IncomingMessage) => void;

/** One upgrade: §4.2.2(a). */
export class Upgrade implements Timed {
  clockIndex = -1;
  clockDeadline = 0;
  readonly #host: UpgradeHost;
  #request: IncomingMessage | undefined;
  readonly #socket: Duplex;
  readonly #head: Buffer;
  readonly #callback: UpgradeCallback;
  #lease: Lease;
  #over = false;
  #onGone: (() => void) | undefined = undefined;

  /**
   * @param request `undefined` where our own parser has read it: then it is made when somebody needs it.
   * @param head bytes that came behind the request.
   * @param lease what the connection was counted under before its request was read, if it was.
   */
  constructor(
    host: UpgradeHost,
    request: IncomingMessage | undefined,
    socket: Duplex,
    head: Buffer,
    lease: Lease,
    callback: UpgradeCallback,
  ) {
    this.#host = host;
    this.#request = request;
    this.#socket = socket;
    this.#head = head;
    this.#lease = lease;
    this.#callback = callback;
  }

  /**
   * Decides, at once or when `verifyClient` has.
   *
   * @param deadline when the opening handshake must be over, in milliseconds of the clock; 0 when it starts only now.
   * @throws Error when the socket was upgraded before: a mistake in the application's routing. And what its functions
   *   throw; the socket is destroyed then.
   */
  start(upgradeHead: UpgradeHead, deadline: number): void {
    this.#checkSocket();
    try {
      this.#judge(upgradeHead, deadline);
    } catch (error) {
      this.#abandon();
      throw error;
    }
  }

  #checkSocket(): void {
    if (!isAdopted(this.#socket)) return;
    this.#close();
    throw new Error('handleUpgrade() was called twice for the same socket: is there a second upgrade listener?');
  }

  #judge(upgradeHead: UpgradeHead, deadline: number): void {
    const host = this.#host;
    const opening = readOpeningHandshake(upgradeHead);
    if (isHandshakeRefusal(opening)) {
      this.#refuseFault(opening, upgradeHead);
      return;
    }
    const request = this.#requestOf(upgradeHead);
    if (!host.shouldHandle(request)) {
      this.#publish(HandshakeRefusals.UnknownResource, upgradeHead);
      this.#refuse(HandshakeRefusals.UnknownResource);
      return;
    }
    if (!host.isAccepting) {
      this.#refuse({ status: 503 });
      return;
    }
    // RFC 6455 §4.2.2(c), §10.2(b): 403 before anything else is done for a page that may not connect.
    if (!host.settings.origins.admits(opening.origin, opening.host)) {
      this.#publish(HandshakeRefusals.ForbiddenOrigin, upgradeHead);
      this.#refuse(HandshakeRefusals.ForbiddenOrigin);
      return;
    }
    if (this.#lease === NO_LEASE) {
      const lease = host.lease(upgradeHead, this.#socket);
      if (isRejection(lease)) {
        this.#refuse(lease);
        return;
      }
      this.#lease = lease;
    }
    this.#verify(opening, request, deadline);
  }

  #requestOf(upgradeHead: UpgradeHead): IncomingMessage {
    this.#request ??= this.#host.requestOf(upgradeHead, this.#socket);
    return this.#request;
  }

  #verify(opening: ClientOpening, request: IncomingMessage, deadline: number): void {
    const { verifyClient } = this.#host.options;
    if (verifyClient === undefined || verifyClient === null) {
      this.#accept(opening, request);
      return;
    }
    const information = { origin: opening.origin, req: request, secure: isSecure(this.#socket) };
    if (verifyClient.length < 2) {
      if ((verifyClient as VerifyClientSync)(information)) this.#accept(opening, request);
      else this.#refuse({ status: 401 });
      return;
    }
    this.#wait(deadline);
    (verifyClient as VerifyClientAsync)(information, (verified, status = 401, message, headers) => {
      if (this.#over) return;
      try {
        if (verified) this.#accept(opening, request);
        else this.#refuse({ status, body: message, headers });
      } catch (error) {
        this.#abandon();
        throw error;
      }
    });
  }

  /** Until `verifyClient` has called back the client may leave, the time may run out, and the server may close. */
  #wait(deadline: number): void {
    const { handshakeTimeout } = this.#host.settings;
    // What comes meanwhile is for whoever is let in.
    this.#socket.pause();
    if (handshakeTimeout > 0) clock.schedule(this, deadline > 0 ? deadline : clock.now() + handshakeTimeout);
    this.#onGone = () => this.#abandon();
    this.#socket.once('close', this.#onGone);
    this.#host.pending.add(this);
  }

  onTime(): void {
    this.#refuse({ status: 408 });
  }

  /** The server takes no new connections any more. */
  cancel(): void {
    this.#refuse({ status: 503 });
  }

  /** Nobody is to be answered: the client has left, or the application has thrown. */
  #abandon(): void {
    if (this.#over) return;
    this.#close();
    this.#socket.destroy();
  }

  #accept(opening: ClientOpening, request: IncomingMessage): void {
    const socket = this.#socket;
    const host = this.#host;
    const { settings } = host;
    this.#checkSocket();
    // A client that is gone gets no 101, and no WebSocket is made for it.
    if (!socket.readable || !socket.writable) {
      this.#abandon();
      return;
    }
    if (!host.isAccepting) {
      this.#refuse({ status: 503 });
      return;
    }
    const protocol = this.#chooseProtocol(opening.protocols, request);
    if (protocol === undefined) return;
    const accepted = settings.deflate === undefined ? undefined : acceptOffer([...opening.offers], settings.deflate);
    const response = this.#responseTo(opening.key, protocol, accepted?.response ?? '', request);
    const compression = this.#compression(accepted);
    const websocket = host.createWebSocket();

    // What the application throws from here on is thrown to it; the client is in.
    this.#finish();
    const lease = this.#lease;
    if (lease !== NO_LEASE) {
      socket.once('close', () => lease.release());
      rememberLease(websocket, lease);
    }
    socket.write(response, 'latin1');
    host.onAccepted(websocket, {
      socket,
      head: this.#head,
      settings: settings.endpoint,
      compression,
      protocol,
      extensions: accepted === undefined ? '' : 'permessage-deflate',
    });
    const listening: unknown = this.#callback(websocket, request);
    if (listening instanceof Promise) listening.catch(forgiveRefusal);
  }

  #responseTo(key: string, protocol: string, extensions: string, request: IncomingMessage): string {
    const host = this.#host;
    if (!host.hearsHeaders) return acceptText(key, protocol, extensions);
    const lines = acceptResponse({ key, protocol, extensions });
    host.onHeaders(lines, request);
    return serializeResponse(lines);
  }

  /** RFC 6455 §4.2.2(f): one of the client's, or none. `undefined`: refused. */
  #chooseProtocol(offered: ReadonlySet<string>, request: IncomingMessage): string | undefined {
    if (offered.size === 0) return '';
    const [first] = offered;
    const choose = this.#host.options.handleProtocols;
    const chosen = choose ? choose(new Set(offered), request) : first;
    if (chosen === false || chosen === undefined || chosen === '') return '';
    if (offered.has(chosen)) return chosen;
    // Our fault and no violation.
    const text = `handleProtocols chose ${JSON.stringify(chosen)}, which the client did not offer (RFC 6455 §4.2.2)`;
    const error = Object.assign(new Error(text), { status: 500 });
    this.#tellOrRefuse(error, request, 500, refusalResponse({ status: 500 }));
    return undefined;
  }

  #compression(accepted: AcceptedOffer | undefined): Establishment['compression'] {
    const { deflate } = this.#host.settings;
    if (accepted === undefined || deflate === undefined) return undefined;
    const directions = directionsOf(accepted.parameters, 'server');
    const jobs = this.#host.jobs as JobQueue;
    return {
      deflater: new Deflater({ ...directions.deflate, zlibOptions: deflate.deflateSettings, jobs }),
      inflater: new Inflater({ ...directions.inflate, zlibOptions: deflate.inflateSettings, jobs }),
    };
  }

  /** The request breaks a rule. An Error, and a request to go with it, are made only for somebody: bad requests may be many. */
  #refuseFault(fault: HandshakeRefusal, upgradeHead: UpgradeHead): void {
    if (!this.#host.hearsClientErrors && !hearsViolations()) {
      this.#answer(fault.status, faultResponse(fault));
      return;
    }
    const request = this.#requestOf(upgradeHead);
    const error = this.#violation(fault, upgradeHead);
    publishViolation({ socket: this.#socket, request, error });
    this.#tellOrRefuse(error, request, fault.status, faultResponse(fault));
  }

  /** Tells whoever listens to `sluice:violation` what the client did wrong. */
  #publish(refusal: HandshakeRefusal, upgradeHead: UpgradeHead): void {
    if (!hearsViolations()) return;
    const request = this.#requestOf(upgradeHead);
    publishViolation({ socket: this.#socket, request, error: this.#violation(refusal, upgradeHead) });
  }

  /** What the client did wrong, as an error. */
  #violation(refusal: HandshakeRefusal, { fields }: UpgradeHead): RefusedHandshake {
    // node:http keeps no octets of what it has read.
    const finding = fields.source && refusal.place ? findPlace(fields.source, refusal.place) : undefined;
    return invalidHandshake(refusal, finding);
  }

  /** Refuses, unless the application answers itself. */
  #tellOrRefuse(error: Error, request: IncomingMessage, status: number, answer: string): void {
    // What comes meanwhile is for whoever answers.
    this.#socket.pause();
    giveAway(this.#socket);
    if (this.#host.onClientError(error, this.#socket, request)) this.#close();
    else this.#answer(status, answer);
  }

  #refuse(rejection: Rejection): void {
    this.#answer(rejection.status, refusalResponse(rejection));
  }

  #answer(status: number, answer: string): void {
    this.#close();
    refuse(this.#socket, answer);
    this.#host.onRefused(status);
  }

  #close(): void {
    this.#finish();
    this.#lease.release();
  }

  #finish(): void {
    this.#over = true;
    clock.cancel(this);
    if (this.#onGone === undefined) return;
    this.#host.pending.delete(this);
    this.#socket.removeListener('close', this.#onGone);
  }
}

function isSecure(socket: Duplex): boolean {
  return 'encrypted' in socket && socket.encrypted === true;
}
