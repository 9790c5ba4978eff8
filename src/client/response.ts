// A server's answer as an application sees it, in the shape of `http.IncomingMessage`: the head, and where it is not a 101,
// the body as a Readable. RFC 9112 §4, §6, §7. Never reads faster than the application, never past the end of the body.
import { type Duplex, Readable } from 'node:stream';
import type { HandshakeError } from '../handshake/index.ts';
import { BodyProgress, ResponseBodyDecoder, type ResponseHead } from '../http/index.ts';
import { publishViolation } from '../websocket/index.ts';
import { hungUp, wrongBody } from './opening-error.ts';

const SWITCHING_PROTOCOLS = 101;

/** The answer to an opening handshake. */
export class HandshakeResponse extends Readable {
  readonly statusCode: number;
  /** The reason phrase. */
  readonly statusMessage: string;
  /** `1.1` or `1.0`. */
  readonly httpVersion: string;
  readonly httpVersionMajor: number;
  readonly httpVersionMinor: number;
  /** By small names, without a prototype; joined as `node:http` joins them. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** Names and values by turns, as they came. */
  readonly rawHeaders: readonly string[];
  readonly socket: Duplex;
  readonly #head: ResponseHead;
  readonly #decoder: ResponseBodyDecoder | undefined;
  #complete: boolean;
  #fault: HandshakeError | undefined = undefined;

  constructor(head: ResponseHead, socket: Duplex) {
    super();
    this.#head = head;
    this.statusCode = head.statusCode;
    this.statusMessage = head.reason;
    this.httpVersion = `${head.majorVersion}.${head.minorVersion}`;
    this.httpVersionMajor = head.majorVersion;
    this.httpVersionMinor = head.minorVersion;
    this.headers = head.fields.toObject();
    this.rawHeaders = head.fields.raw();
    this.socket = socket;
    this.#complete = head.statusCode === SWITCHING_PROTOCOLS;
    this.#decoder = this.#complete
      ? undefined
      : new ResponseBodyDecoder(head, { onBody: (data) => this.#onBody(data) });
    if (this.#decoder === undefined) this.push(null);
    else if (this.#decoder.progress === BodyProgress.Refused) this.#refuse(this.#decoder);
    else this.#judge(this.#decoder);
  }

  /** What is wrong with the body, or with how it is framed: nobody can read it then. */
  get fault(): HandshakeError | undefined {
    return this.#fault;
  }

  /** Whether the whole body has come. */
  get complete(): boolean {
    return this.#complete;
  }

  /** The next octets from the server. */
  receive(chunk: Buffer): void {
    if (this.#decoder === undefined || this.#complete || this.destroyed) return;
    this.#decoder.push(chunk);
    this.#judge(this.#decoder);
  }

  /** The server has ended the connection, which may be how its body ends. */
  peerEnded(): void {
    if (this.#decoder === undefined || this.#complete || this.destroyed) return;
    this.#decoder.end();
    this.#judge(this.#decoder);
  }

  /** The connection is gone, or is no longer wanted. */
  lost(): void {
    if (!this.#complete) this.destroy(hungUp());
  }

  #onBody(data: Buffer): void {
    if (!this.push(data)) this.socket.pause();
  }

  #judge(decoder: ResponseBodyDecoder): void {
    if (decoder.progress === BodyProgress.Complete) {
      this.#complete = true;
      this.push(null);
    } else if (decoder.progress === BodyProgress.Refused) {
      this.#refuse(decoder);
      this.destroy(this.#fault);
    }
  }

  #refuse(decoder: ResponseBodyDecoder): void {
    const error = wrongBody(decoder, this.#head.fields);
    this.#fault = error;
    publishViolation({ socket: this.socket, error });
  }

  override _read(): void {
    if (!this.#complete) this.socket.resume();
  }

  /** As in `node:http`: a server that breaks off must not bring down a process that does not listen. */
  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    callback(this.listenerCount('error') > 0 ? error : null);
  }
}
