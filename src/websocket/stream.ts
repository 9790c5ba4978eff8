// createWebSocketStream(): a WebSocket as a Node Duplex, as `ws` has it. Backpressure runs both ways: a full readable side
// pauses the socket, a slow peer holds the writable side.
import { Duplex, type DuplexOptions } from 'node:stream';
import { ReadyState } from './ready-state.ts';
import type { WebSocket } from './websocket.ts';

/**
 * Wraps a WebSocket into a Duplex. Each chunk written becomes a binary message (a text message when it is a string and
 * `decodeStrings` is off); each message read becomes a chunk.
 *
 * @param options of the Duplex; `objectMode` is off for the writable side, whatever it says.
 */
export function createWebSocketStream(websocket: WebSocket, options: DuplexOptions = {}): Duplex {
  let terminateOnDestroy = true;
  const duplex = new Duplex({
    ...options,
    autoDestroy: false,
    emitClose: false,
    objectMode: false,
    writableObjectMode: false,

    read() {
      if (websocket.isPaused) websocket.resume();
    },

    write(chunk: Buffer | string, _encoding, callback) {
      whenOpen(websocket, () => {
        websocket.send(chunk, callback);
      });
    },

    final(callback) {
      whenOpen(websocket, () => {
        if (websocket.readyState === ReadyState.CLOSED) {
          callback();
          return;
        }
        websocket.once('close', () => callback());
        websocket.close();
      });
    },

    destroy(error, callback) {
      if (websocket.readyState === ReadyState.CLOSED) {
        callback(error);
        process.nextTick(emitClose, duplex);
        return;
      }
      let failed = error;
      websocket.once('error', (reason: Error) => {
        failed ??= reason;
      });
      websocket.once('close', () => {
        callback(failed);
        process.nextTick(emitClose, duplex);
      });
      if (terminateOnDestroy) websocket.terminate();
    },
  });

  /** Whichever of its sides ends last. */
  function destroyWhenDone(): void {
    if (!duplex.destroyed && duplex.readableEnded && duplex.writableFinished) duplex.destroy();
  }

  websocket.on('message', (data: Buffer, isBinary: boolean) => {
    const chunk = !isBinary && duplex.readableObjectMode ? data.toString() : data;
    if (!duplex.push(chunk)) websocket.pause();
  });
  websocket.once('error', (error: Error) => {
    if (duplex.destroyed) return;
    // The connection has failed already: nothing is left to terminate.
    terminateOnDestroy = false;
    duplex.destroy(error);
  });
  websocket.once('close', () => {
    if (!duplex.destroyed) duplex.push(null);
  });
  duplex.on('end', destroyWhenDone);
  duplex.on('finish', destroyWhenDone);
  return duplex;
}

/** Behind the 'error' that the answer to `destroy` brings about. */
function emitClose(duplex: Duplex): void {
  duplex.emit('close');
}

function whenOpen(websocket: WebSocket, act: () => void): void {
  if (websocket.readyState === ReadyState.CONNECTING) websocket.once('open', act);
  else act();
}
