// What becomes of a WebSocket: waits for the event that tells, and checks on the way that the others came as they must.
import { once } from 'node:events';
import { expect, onTestFinished } from 'vitest';
import '../../src/client/index.ts';
import type { ClientOptions } from '../../src/client/index.ts';
import { WebSocket } from '../../src/websocket/index.ts';

/** A WebSocket that is gone when the test is over. */
export function client(url: string | URL, options: ClientOptions = {}, protocols: string | string[] = []): WebSocket {
  const websocket = new WebSocket(url, protocols, options);
  onTestFinished(async () => {
    if (websocket.readyState === WebSocket.CLOSED) return;
    const closed = once(websocket, 'close');
    websocket.on('error', () => {});
    websocket.terminate();
    await closed.catch(() => {});
  });
  return websocket;
}

/** An error of an opening handshake. */
export interface Failure extends Error {
  readonly code: string;
  readonly section?: string;
  readonly statusCode?: number;
}

/** Waits for the failure of a WebSocket: one `error`, then one `close` with 1006, never an `open`. */
export async function failureOf(websocket: WebSocket): Promise<Failure> {
  const events: string[] = [];
  let failure: Failure | undefined;
  websocket.on('open', () => events.push('open'));
  websocket.on('error', (error: Failure) => {
    events.push('error');
    failure = error;
  });
  const closed = new Promise<number>((resolve) => {
    websocket.on('close', (code: number) => {
      events.push('close');
      resolve(code);
    });
  });
  expect(await closed).toBe(1006);
  // Whatever else would come of it has come by then.
  await new Promise((resolve) => setImmediate(resolve));
  expect(events).toEqual(['error', 'close']);
  expect(websocket.readyState).toBe(WebSocket.CLOSED);
  return failure as Failure;
}

/** Waits until a WebSocket is open. */
export async function opened(websocket: WebSocket): Promise<void> {
  if (websocket.readyState === WebSocket.CONNECTING) await once(websocket, 'open');
}
