// One opening handshake with a whole head, until the client is let in or sent away: RFC 6455 §4.2.2. The same way for a
// socket of our own listener and for one that an http server handed over.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type AcceptedOffer, acceptOffer, Deflater, directionsOf, Inflater, type JobQueue } from '../deflate/index.ts';
import {
  acceptResponse,
  type ClientOpening,
  HandshakeRefusals,
  isHandshakeRefusal,
  type Rejection,
  readOpeningHandshake,
  refusalResponse,
  serializeResponse,
  type UpgradeHead,
} from '../handshake/index.ts';
import { clock, refuse, type Timed } from '../transport/index.ts';
import type { Establishment } from '../websocket/index.ts';
import type { Lease } from './address-limits.ts';
import type { ServerOptions, ServerSettings, VerifyClientAsync, VerifyClientSync } from './options.ts';

/** The server behind an upgrade. */
export interface UpgradeHost {
  readonly options: ServerOptions;
  readonly settings: ServerSettings;
  readonly jobs: JobQueue | undefined;
  /** Whether new connections are taken. */
  readonly accepting: boolean;
  shouldHandle(request: IncomingMessage): boolean;
  /** Counts the connection under its client's address. */
  lease(request: IncomingMessage, socket: Duplex): Lease | undefined;
  /** The lines of the answer, to be added to. */
  onHeaders(lines: string[], request: IncomingMessage): void;
  /** Somebody else answers: `true`. */
  onClientError(error: Error, socket: Duplex, request: IncomingMessage): boolean;
  /** The client is in. */
  onAccepted(establishment: Establishment, request: IncomingMessage): void;
}

/** Where a connection with a second upgrade would be a mistake of the application. */
const upgraded = new WeakSet<Duplex>();

/** One upgrade. */
export class Upgrade implements Timed {
  clockIndex = -1;
  clockDeadline = 0;
  readonly #host: UpgradeHost;
  readonly #request: IncomingMessage;
  readonly #socket: Duplex;
  readonly #head: Buffer;
  #lease: Lease | undefined = undefined;
  #over = false;

  /** @param head bytes that came behind the request. */
  constructor(host: UpgradeHost, request: IncomingMessage, socket: Duplex, head: Buffer) {
    this.#host = host;
    this.#request = request;
    this.#socket = socket;
    this.#head = head;
  }

  /**
   * Decides, at once or when `verifyClient` has.
   *
   * @throws Error when the socket was upgraded before: a mistake in the application's routing.
   */
  start(upgradeHead: UpgradeHead): void {
    if (upgraded.has(this.#socket)) {
      throw new Error('handleUpgrade() was called twice for the same socket: is there a second upgrade listener?');
    }
    const host = this.#host;
    const opening = readOpeningHandshake(upgradeHead);
    if (isHandshakeRefusal(opening)) {
      this.#refuseOrTell({ ...opening, body: `${opening.text} (${opening.section})\n` });
      return;
    }
    if (!host.shouldHandle(this.#request)) {
      this.#refuseOrTell(HandshakeRefusals.UnknownResource);
      return;
    }
    if (!host.accepting) {
      this.#refuse({ status: 503 });
      return;
    }
    // RFC 6455 §4.2.2 step 4 and §10.2: 403 before anything else is done for a page that may not connect.
    if (!host.settings.origins.admits(opening.origin, opening.host)) {
      this.#refuse(HandshakeRefusals.ForbiddenOrigin);
      return;
    }
    this.#lease = host.lease(this.#request, this.#socket);
    if (this.#lease === undefined) {
      this.#refuse({ status: 429 });
      return;
    }
    this.#verify(opening);
  }

  #verify(opening: ClientOpening): void {
    const { verifyClient } = this.#host.options;
    if (verifyClient === undefined || verifyClient === null) {
      this.#accept(opening);
      return;
    }
    const information = { origin: opening.origin, req: this.#request, secure: isSecure(this.#socket) };
    if (verifyClient.length < 2) {
      if ((verifyClient as VerifyClientSync)(information)) this.#accept(opening);
      else this.#refuse({ status: 401 });
      return;
    }
    const { handshakeTimeout } = this.#host.settings;
    if (handshakeTimeout > 0) clock.schedule(this, clock.now() + handshakeTimeout);
    this.#socket.once('close', this.#abandon);
    (verifyClient as VerifyClientAsync)(information, (verified, status = 401, message, headers) => {
      if (this.#over) return;
      if (verified) this.#accept(opening);
      else this.#refuse({ status, body: message, headers });
    });
  }

  onTime(): void {
    this.#refuse({ status: 408 });
  }

  /** The client left while it was being verified. */
  readonly #abandon = (): void => {
    this.#over = true;
    clock.cancel(this);
    this.#lease?.release();
  };

  #accept(opening: ClientOpening): void {
    const socket = this.#socket;
    const { options, settings } = this.#host;
    // A client that is gone gets no 101, and no WebSocket is made for it.
    if (!socket.readable || !socket.writable || socket.destroyed) {
      this.#close();
      socket.destroy();
      return;
    }
    const protocol = this.#chooseProtocol(opening.protocols);
    if (protocol === undefined) return;
    const accepted = settings.deflate === undefined ? undefined : acceptOffer([...opening.offers], settings.deflate);
    const lines = acceptResponse({ key: opening.key, protocol, extensions: accepted?.response });
    this.#host.onHeaders(lines, this.#request);
    const response = serializeResponse(lines);

    this.#finish();
    upgraded.add(socket);
    const lease = this.#lease as Lease;
    if (options.maxConnectionsPerIp) socket.once('close', () => lease.release());
    socket.write(response, 'latin1');
    this.#host.onAccepted(
      {
        socket,
        head: this.#head,
        settings: settings.endpoint,
        compression: this.#compression(accepted),
        protocol,
        extensions: accepted === undefined ? '' : 'permessage-deflate',
      },
      this.#request,
    );
  }

  /** RFC 6455 §4.2.2 step 5.5: one of the client's, or none. `undefined`: refused. */
  #chooseProtocol(offered: Set<string>): string | undefined {
    const [first] = offered;
    if (first === undefined) return '';
    const choose = this.#host.options.handleProtocols;
    const chosen = choose ? choose(new Set(offered), this.#request) : first;
    if (chosen === false || chosen === undefined || chosen === '') return '';
    if (offered.has(chosen)) return chosen;
    this.#refuseOrTell({
      status: 500,
      text: `handleProtocols chose ${JSON.stringify(chosen)}, which the client did not offer (RFC 6455 §4.2.2)`,
    });
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

  /** Refuses, unless the application answers itself. */
  #refuseOrTell(rejection: Rejection & { readonly text: string }): void {
    this.#close();
    const error = Object.assign(new Error(rejection.text), { status: rejection.status });
    if (this.#host.onClientError(error, this.#socket, this.#request)) return;
    refuse(this.#socket, refusalResponse(rejection));
  }

  #refuse(rejection: Rejection): void {
    this.#close();
    refuse(this.#socket, refusalResponse(rejection));
  }

  #close(): void {
    this.#finish();
    this.#lease?.release();
  }

  #finish(): void {
    this.#over = true;
    clock.cancel(this);
    this.#socket.removeListener('close', this.#abandon);
  }
}

function isSecure(socket: Duplex): boolean {
  return 'encrypted' in socket && socket.encrypted === true;
}
