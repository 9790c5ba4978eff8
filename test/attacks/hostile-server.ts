// A server that does to our client what it likes. The victim is a client here, in a process that also serves: what is done to
// the one must not be felt by the other.
import { type RawRequest, rawServer } from '../client/raw-server.ts';
import { isServed } from './honest.ts';
import type { Victim } from './victim.ts';

/** What the server does with a request. */
export type Respond = (request: RawRequest) => unknown;
/** What the client is made with, beside the URL. */
export interface Made {
  readonly protocols?: readonly string[];
  readonly options?: Readonly<Record<string, unknown>>;
}

/** Lets the victim connect to a server that does `respond`; tells what it has told, and how it was meanwhile. */
export async function connect(victim: Victim, respond: Respond, made: Made = {}): Promise<readonly string[]> {
  const server = await rawServer(respond);
  const over = victim.ask({ ask: 'connect', url: `ws://127.0.0.1:${server.port}/`, ...made });
  await isServed(victim);
  const { events } = await over;
  // A server that has sent more than was read would wait for a client that is gone.
  for (const socket of server.sockets) socket.destroy();
  return events;
}
