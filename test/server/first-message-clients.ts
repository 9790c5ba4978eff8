// What the tests of a first message share: who is believed, who decides later, and how a client leaves.
import { expect, vi } from 'vitest';
import { AuthenticationError } from '../../src/server/authentication-error.ts';
import type { Authenticate } from '../../src/server/first-message.ts';
import type { Timed } from '../../src/transport/index.ts';
import { type EndpointListener, endpointOf, type WebSocket } from '../../src/websocket/index.ts';
import { closeFrame, type RawPeer } from '../websocket/raw-peer.ts';

export const yes = { userId: 'alice' };

/** Believes one token. */
export const authenticate: Authenticate<typeof yes> = (data) => (String(data) === 'secret-token' ? yes : undefined);

/** An `authenticate` that waits to be told, and what it was called with. */
export function undecided() {
  let decide: (identity: typeof yes | undefined) => void = () => {};
  const decision = new Promise<typeof yes | undefined>((resolve) => {
    decide = resolve;
  });
  let onAsked: (signal: AbortSignal) => void = () => {};
  const asked = new Promise<AbortSignal>((resolve) => {
    onAsked = resolve;
  });
  const authenticate = vi.fn((_data: Buffer, _isBinary: boolean, { signal }: { signal: AbortSignal }) => {
    onAsked(signal);
    return decision;
  });
  return { authenticate, decide, asked };
}

/** What stands between a connection and the application. */
export function waitingFor(websocket: WebSocket): Timed {
  return endpointOf(websocket)?.listener as EndpointListener & Timed;
}

/** Says Close, and ends TCP. */
export function leave(peer: RawPeer, code: number): void {
  peer.send(closeFrame(code));
  peer.socket.end();
}

export async function refusalOf(promise: Promise<unknown>): Promise<AuthenticationError> {
  return promise.then(
    () => expect.unreachable(),
    (error) => {
      expect(error).toBeInstanceOf(AuthenticationError);
      return error;
    },
  );
}
