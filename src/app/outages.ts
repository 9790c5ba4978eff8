// Connections that break, for those who want to see what a client does then: a page names itself and each of its connections
// in the query, and may have its own cut off or made to fall silent. Whoever does not know the name of a page can do nothing
// to it; nothing is said to the client, for a broken network says nothing either.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { queryOf } from '../poll/index.ts';
import { answerJson, answerMethod } from './answer.ts';

/** Milliseconds for which a page can keep itself out. */
export const LONGEST_OUTAGE = 30_000;
/** Pages that are remembered without a connection of theirs: those with an outage. The oldest are forgotten first. */
export const MOST_PAGES = 1_000;

/** What a page calls itself: enough characters for 128 bits, which nobody else guesses. */
const PAGE = /^[\w-]{22,64}$/;
const LINK = /^\d{1,9}$/;

/** One page. */
interface Page {
  /** Connections over which it talks, or waits for an answer; whether it is a WebSocket. */
  readonly sockets: Map<Socket, boolean>;
  /** Links up to this one are cut off, whatever still comes over them: browsers repeat a request by themselves. */
  cutUpTo: number;
  /** Links up to this one are silent. */
  silentUpTo: number;
  /** When it is let in again, in milliseconds of a steady clock. */
  closedUntil: number;
}

/** What a request says of the page it comes from. */
interface Caller {
  readonly name: string;
  /** Rises by one with each connection, or what stands for one, that the page makes. */
  readonly link: number;
}

/** The outages of one server. */
export class Outages {
  readonly #pages = new Map<string, Page>();
  readonly #now: () => number;

  /** @param now steady milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** How many pages are remembered. */
  get size(): number {
    return this.#pages.size;
  }

  /**
   * A request has come, or an opening handshake.
   *
   * @param response of the request; without one the connection belongs to the page until it ends.
   * @returns `false` when its connection has been cut off: there is nobody to answer.
   */
  admit(request: IncomingMessage, response?: ServerResponse): boolean {
    const caller = callerOf(queryOf(request));
    if (caller === undefined) return true;
    const page = this.#pageOf(caller.name);
    const { socket } = request;
    if (caller.link <= page.cutUpTo || this.#now() < page.closedUntil) {
      cut(socket);
      return false;
    }
    if (caller.link <= page.silentUpTo) swallowAnswers(socket);
    page.sockets.set(socket, response === undefined);
    (response ?? socket).once('close', () => {
      page.sockets.delete(socket);
      this.#tidy(caller.name, page);
    });
    return true;
  }

  /** Answers `POST /outage?page=P&link=N&kind=cut|silence&for=MS`: what a page wants to happen to its links up to N. */
  answer(request: IncomingMessage, response: ServerResponse): void {
    if (request.method !== 'POST') {
      answerMethod(request, response, 'POST');
      return;
    }
    const query = queryOf(request);
    const caller = callerOf(query);
    const kind = query.get('kind');
    const time = Number(query.get('for') ?? 0);
    if (caller === undefined || (kind !== 'cut' && kind !== 'silence') || !(time >= 0 && time <= LONGEST_OUTAGE)) {
      answerJson(request, response, 400, { error: `page, link, kind=cut or silence, for=0 to ${LONGEST_OUTAGE}` });
      return;
    }
    this.#begin(caller, kind, time);
    response.writeHead(204).end();
  }

  #begin({ name, link }: Caller, kind: 'cut' | 'silence', time: number): void {
    const page = this.#pageOf(name);
    // The youngest outage is remembered longest.
    this.#pages.delete(name);
    this.#pages.set(name, page);
    if (kind === 'cut') {
      page.cutUpTo = Math.max(page.cutUpTo, link);
      page.closedUntil = this.#now() + time;
      for (const socket of page.sockets.keys()) cut(socket);
    } else {
      page.silentUpTo = Math.max(page.silentUpTo, link);
      for (const [socket, isWebSocket] of page.sockets) {
        swallowAnswers(socket);
        // What comes is thrown away; that the client goes is still heard.
        if (isWebSocket) socket.removeAllListeners('data').resume();
      }
    }
    this.#forgetOldest();
  }

  #pageOf(name: string): Page {
    let page = this.#pages.get(name);
    if (page === undefined) {
      page = { sockets: new Map(), cutUpTo: 0, silentUpTo: 0, closedUntil: 0 };
      this.#pages.set(name, page);
    }
    return page;
  }

  /** Of a page that has gone, and had no outage, nothing is left. */
  #tidy(name: string, { sockets, cutUpTo, silentUpTo }: Page): void {
    if (sockets.size === 0 && cutUpTo === 0 && silentUpTo === 0) this.#pages.delete(name);
    else this.#forgetOldest();
  }

  #forgetOldest(): void {
    if (this.#pages.size <= MOST_PAGES) return;
    for (const [name, { sockets }] of this.#pages) {
      if (sockets.size > 0) continue;
      this.#pages.delete(name);
      return;
    }
  }
}

function callerOf(query: URLSearchParams): Caller | undefined {
  const name = query.get('page') ?? '';
  const link = query.get('link') ?? '';
  return PAGE.test(name) && LINK.test(link) ? { name, link: Number(link) } : undefined;
}

/** As a cable that is cut and a router that says so: RST, where there is no TLS in between. */
function cut(socket: Socket): void {
  if ('encrypted' in socket) socket.destroy();
  else socket.resetAndDestroy();
}

/** From now on what is written vanishes, and is never said to have left: so no time that runs from then on begins, either. */
function swallowAnswers(socket: Socket): void {
  socket.write = (): boolean => true;
}
