// WebSocketStream: a WebSocket as two web streams, in the shape the WHATWG proposal has
// (https://developer.mozilla.org/docs/Web/API/WebSocketStream): backpressure in both directions by the streams' own rules.
// A client's, opened by its URL, or a server's, wrapped. Never enqueues for a reader who has cancelled.
import type {
  ReadableStream,
  ReadableStreamDefaultController,
  WritableStream,
  WritableStreamDefaultController,
} from 'node:stream/web';
import { CloseCode } from '../frame/index.ts';
import type { CloseEvent } from './events.ts';
import { ReadyState } from './ready-state.ts';
import { WebSocket } from './websocket.ts';

/** What `opened` resolves to. */
export interface WebSocketStreamConnection {
  /** Strings for text, `Uint8Array`s for binary data. */
  readonly readable: ReadableStream<string | Uint8Array>;
  /** Takes strings and bytes; each write becomes a message, and waits while the peer is slow. */
  readonly writable: WritableStream<string | Uint8Array | ArrayBuffer>;
  readonly extensions: string;
  readonly protocol: string;
}

/** How a connection ended, or shall end. */
export interface WebSocketCloseInfo {
  readonly closeCode?: number | undefined;
  readonly reason?: string | undefined;
}

/** What may be said about a stream; for one that is opened by a URL, every option of a client besides. */
export interface WebSocketStreamOptions {
  /** The subprotocols to offer, in order of preference. */
  protocols?: string | readonly string[] | undefined;
  /** Ends the opening handshake when it is aborted; `opened` and `closed` reject with its reason. */
  signal?: AbortSignal | undefined;
}

/** A connection did not end as it should. As the reason of `abort()` or `cancel()`: how to end it. */
export class WebSocketError extends Error implements WebSocketCloseInfo {
  override readonly name = 'WebSocketError';
  readonly closeCode: number | undefined;
  readonly reason: string;

  constructor(message: string, { closeCode, reason = '' }: WebSocketCloseInfo = {}, cause?: Error) {
    super(message, cause === undefined ? undefined : { cause });
    this.closeCode = closeCode;
    this.reason = reason;
  }
}

/** A WebSocket as two web streams. */
export class WebSocketStream {
  readonly url: string;
  /** Resolves when the opening handshake is done; rejects when it fails. */
  readonly opened: Promise<WebSocketStreamConnection>;
  /** Resolves when both sides have said Close; rejects when the connection ends in any other way. */
  readonly closed: Promise<Required<WebSocketCloseInfo>>;
  readonly #websocket: WebSocket;
  #readable: ReadableStreamDefaultController<string | Uint8Array> | undefined = undefined;
  #writable: WritableStreamDefaultController | undefined = undefined;

  /**
   * @param source the URL to connect to; or a WebSocket nobody has listened to, as a server's `connection` event gives it.
   * @throws SyntaxError when the URL or a subprotocol is not valid; TypeError when the WebSocket is closed already, and for
   *   wrong options.
   */
  constructor(
    source: string | URL | WebSocket,
    options: WebSocketStreamOptions & Readonly<Record<string, unknown>> = {},
  ) {
    const { protocols, signal } = options;
    if (source instanceof WebSocket && source.readyState > ReadyState.OPEN) {
      throw new TypeError('the WebSocket is closing or closed already');
    }
    const websocket = source instanceof WebSocket ? source : new WebSocket(source, protocols ?? [], options);
    this.#websocket = websocket;
    this.url = websocket.url;
    let failure: Error | undefined;
    websocket.once('error', (error: Error) => {
      failure = error;
    });
    const abort = (): void => websocket.terminate();
    let opened = false;
    this.closed = new Promise((resolve, reject) => {
      websocket.addEventListener('close', (event) => {
        signal?.removeEventListener('abort', abort);
        if (event.wasClean) resolve({ closeCode: event.code, reason: event.reason });
        else reject(!opened && signal?.aborted ? signal.reason : uncleanClose(event, failure));
      });
    });
    this.opened = new Promise((resolve, reject) => {
      const open = (): void => {
        opened = true;
        signal?.removeEventListener('abort', abort);
        resolve(this.#streams());
      };
      this.closed.catch(reject);
      if (websocket.readyState === ReadyState.OPEN) {
        open();
        return;
      }
      websocket.once('open', open);
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort, { once: true });
    });
    // Whoever looks at one of the two only must not be ended by an unhandled rejection of the other.
    this.opened.catch(() => {});
  }

  /** Starts the closing handshake. @throws TypeError when the code may not be sent. */
  close({ closeCode, reason }: WebSocketCloseInfo = {}): void {
    this.#websocket.close(closeCode ?? (reason ? CloseCode.NormalClosure : undefined), reason);
  }

  #streams(): WebSocketStreamConnection {
    const websocket = this.#websocket;
    const readable = new globalThis.ReadableStream<string | Uint8Array>({
      start: (controller) => {
        this.#readable = controller;
        websocket.on('message', this.#onMessage);
      },
      pull: () => websocket.resume(),
      cancel: (reason) => {
        this.#readable = undefined;
        this.#closeUsing(reason);
        // The peer's Close may stand behind messages that nobody wants any more.
        websocket.resume();
      },
    });
    const writable = new globalThis.WritableStream<string | Uint8Array | ArrayBuffer>({
      start: (controller) => {
        this.#writable = controller;
      },
      write: (chunk) => websocket.sendWithBackpressure(chunk, { binary: typeof chunk !== 'string' }),
      close: async () => {
        this.close();
        await this.closed;
      },
      abort: (reason) => this.#closeUsing(reason),
    });
    this.closed.then(
      () => {
        this.#readable?.close();
        this.#writable?.error(new WebSocketError('the connection is closed'));
      },
      (error: Error) => {
        this.#readable?.error(error);
        this.#writable?.error(error);
      },
    );
    return { readable, writable, extensions: websocket.extensions, protocol: websocket.protocol };
  }

  readonly #onMessage = (data: Buffer, isBinary: boolean): void => {
    const controller = this.#readable;
    if (controller === undefined) return;
    controller.enqueue(isBinary ? data : data.toString());
    if ((controller.desiredSize as number) <= 0) this.#websocket.pause();
  };

  /** Closes as `reason` says, where it says something that may be sent. */
  #closeUsing(reason: unknown): void {
    if (reason instanceof WebSocketError) {
      try {
        this.close(reason);
        return;
      } catch {
        // It does not: without a code, then.
      }
    }
    this.close();
  }
}

function uncleanClose({ code, reason }: CloseEvent, failure: Error | undefined): WebSocketError {
  const message = failure?.message ?? 'the connection closed without a closing handshake';
  return new WebSocketError(message, { closeCode: code, reason }, failure);
}
