// Reads the body of a request of node:http, within limits. Whatever is wrong with it, the response is ended here, on every
// path: an open one costs a descriptor (GHSA-r635-g3xr-vw7x). What a client still sends then is thrown away for a moment, as
// RFC 9112 §9.6 advises: closing with bytes unread would reset the connection and take the answer with it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { clock, Departure, type Timed } from '../transport/index.ts';
import { refusal } from './answers.ts';
import { BodyFault, type BodySettings, BodyText, faultOf, readBodySettings } from './body-text.ts';
import type { BodyOptions } from './options.ts';

/** Milliseconds that a refused client has to read the answer and stop. */
const LINGER = 1_000;

/**
 * Reads the body of `request` as UTF-8.
 *
 * A body that is too long is refused with 413, before any of it is read if its length is announced; one that does not come in
 * time with 408; one that is compressed with 415; one that is no UTF-8 with 400.
 *
 * @returns `undefined` when it has been refused, or the client has gone: `response` is over then, and nothing is left to do.
 * @throws TypeError or RangeError (as a rejection) for an option that is not what it must be, and TypeError when the body has
 *   been read already, as a framework's parser may have done.
 */
export async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  options: BodyOptions = {},
): Promise<string | undefined> {
  const settings = readBodySettings(options);
  if (request.readableDidRead) throw new TypeError('the body of this request has been read already');
  return new Promise((resolve) => {
    new BodyReading(request, response, settings, resolve).start();
  });
}

/** One body that is being read, or thrown away. */
class BodyReading implements Timed {
  clockIndex = -1;
  clockDeadline = 0;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #settings: BodySettings;
  readonly #resolve: (text: string | undefined) => void;
  readonly #text: BodyText;
  #departure: Departure | undefined = undefined;
  #isRefused = false;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    settings: BodySettings,
    resolve: (text: string | undefined) => void,
  ) {
    this.#request = request;
    this.#response = response;
    this.#settings = settings;
    this.#resolve = resolve;
    this.#text = new BodyText(settings.maxBodySize);
  }

  start(): void {
    const request = this.#request;
    const { headers, httpVersionMajor, socket } = request;
    if (request.destroyed || this.#response.destroyed || socket.destroyed) {
      this.#onGone();
      return;
    }
    // A response that waits for its turn has no socket yet.
    const isWaiting = httpVersionMajor === 1 && this.#response.socket !== socket;
    this.#departure = new Departure(this.#response, isWaiting ? socket : undefined, this.#onGone);
    request.on('data', this.#onData);
    request.on('end', this.#onEnd);
    request.on('error', this.#onError);
    const { 'content-length': contentLength, 'content-encoding': contentEncoding } = headers;
    const fault = faultOf({ contentLength, contentEncoding }, this.#settings);
    const { bodyTimeout } = this.#settings;
    if (fault !== undefined) this.#refuse(fault);
    else if (bodyTimeout > 0) clock.schedule(this, clock.now() + bodyTimeout);
  }

  readonly #onData = (chunk: Buffer): void => {
    if (!this.#isRefused && !this.#text.add(chunk)) this.#refuse(BodyFault.ContentTooLarge);
  };

  readonly #onEnd = (): void => {
    if (this.#isRefused) {
      this.#finish();
      return;
    }
    const text = this.#text.take();
    if (text === undefined) {
      this.#refuse(BodyFault.BadRequest);
      this.#finish();
      return;
    }
    this.#release();
    this.#resolve(text);
  };

  /** The client has broken off, or what it sends is not HTTP. The connection may still carry an answer. */
  readonly #onError = (): void => {
    if (!this.#isRefused) this.#refuse(BodyFault.BadRequest);
    this.#finish();
  };

  readonly #onGone = (): void => {
    this.#release();
    this.#resolve(undefined);
  };

  /** Answers, all but the end of it: the rest of the body is thrown away first, for a moment. */
  #refuse(status: BodyFault): void {
    this.#isRefused = true;
    this.#resolve(undefined);
    const response = this.#response;
    if (!response.headersSent) {
      const { fields, body } = refusal(status, { Connection: 'close' });
      const { Connection, ...others } = fields;
      // HTTP/2 knows no such field, and has no connection to end.
      response.writeHead(status, this.#request.httpVersionMajor === 1 ? fields : others);
      if (this.#request.method !== 'HEAD') response.write(body);
    }
    clock.schedule(this, clock.now() + LINGER);
  }

  onTime(): void {
    if (!this.#isRefused) this.#refuse(BodyFault.RequestTimeout);
    else this.#finish();
  }

  /** Ends the response, and with it, for HTTP/1.1, the connection. */
  #finish(): void {
    this.#release();
    this.#response.end();
  }

  #release(): void {
    clock.cancel(this);
    this.#departure?.forget();
    const request = this.#request;
    request.removeListener('data', this.#onData);
    request.removeListener('end', this.#onEnd);
    request.removeListener('error', this.#onError);
  }
}
