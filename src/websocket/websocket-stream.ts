// WebSocketStream: a WebSocket as two web streams, in the shape the WHATWG proposal has
// (https://developer.mozilla.org/docs/Web/API/WebSocketStream): backpressure in both directions by the streams' own rules.
import { ReadableStream, WritableStream } from 'node:stream/web';
import { CloseCode } from '../frame/index.ts';
import { ReadyState } from './ready-state.ts';
import type { SendOptions } from './sender.ts';
import type { WebSocket } from './websocket.ts';

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

/** A WebSocket as two web streams. */
export class WebSocketStream {
  readonly url: string;
  /** Resolves when the opening handshake is done; rejects when it fails. */
  readonly opened: Promise<WebSocketStreamConnection>;
  /** Resolves when the connection is closed. */
  readonly closed: Promise<Required<WebSocketCloseInfo>>;
  readonly #websocket: WebSocket;

  /**
   * @param websocket a WebSocket nobody has listened to: a client's, or one from a server's `connection` event.
   * @param signal ends the opening handshake when it is aborted.
   */
  constructor(websocket: WebSocket, signal?: AbortSignal) {
    this.#websocket = websocket;
    this.url = websocket.url;
    let failure: Error | undefined;
    websocket.once('error', (error: Error) => {
      failure = error;
    });
    const abort = (): void => websocket.terminate();
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
    this.closed = new Promise((resolve) => {
      websocket.once('close', (closeCode: number, reason: Buffer) => {
        signal?.removeEventListener('abort', abort);
        resolve({ closeCode, reason: reason.toString() });
      });
    });
    this.opened = new Promise((resolve, reject) => {
      const open = (): void => {
        signal?.removeEventListener('abort', abort);
        resolve(this.#streams());
      };
      if (websocket.readyState === ReadyState.CONNECTING) websocket.once('open', open);
      else open();
      void this.closed.then(() =>
        reject(signal?.aborted ? signal.reason : (failure ?? new Error('the connection closed'))),
      );
    });
    // Whoever looks only at `closed` must not be ended by an unhandled rejection.
    this.opened.catch(() => {});
  }

  /** Starts the closing handshake. @throws TypeError when the code may not be sent. */
  close({ closeCode, reason }: WebSocketCloseInfo = {}): void {
    this.#websocket.close(closeCode ?? (reason ? CloseCode.NormalClosure : undefined), reason);
  }

  #streams(): WebSocketStreamConnection {
    const websocket = this.#websocket;
    const readable = new ReadableStream<string | Uint8Array>({
      start(controller) {
        websocket.on('message', (data: Buffer, isBinary: boolean) => {
          controller.enqueue(isBinary ? data : data.toString());
          if ((controller.desiredSize as number) <= 0) websocket.pause();
        });
        websocket.once('error', (error: Error) => controller.error(error));
        websocket.once('close', (code: number) => {
          if (code === CloseCode.AbnormalClosure) controller.error(new Error('the connection closed abnormally'));
          else controller.close();
        });
      },
      pull() {
        websocket.resume();
      },
      cancel: () => this.close(),
    });
    const writable = new WritableStream<string | Uint8Array | ArrayBuffer>({
      write(chunk) {
        const options: SendOptions = { binary: typeof chunk !== 'string' };
        return websocket.sendWithBackpressure(chunk, options);
      },
      close: () => {
        this.close();
      },
      abort: () => websocket.terminate(),
    });
    return { readable, writable, extensions: websocket.extensions, protocol: websocket.protocol };
  }
}
