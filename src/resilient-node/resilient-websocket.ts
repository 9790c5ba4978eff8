// The resilient client with a WebSocket of ours (RFC 6455 §4.1): it can send Pings, says why a server refused, and is there in
// Node 20, which has none. Adds nothing else.
import '../client/index.ts';
import { ResilientWebSocket as Anywhere, type PerAttempt, type ResilientWebSocketOptions } from '../resilient/index.ts';
import { WebSocket } from '../websocket/index.ts';
import { adapt } from './adapt.ts';

/** {@link Anywhere}, where `WebSocket` is by default that of this package. */
export class ResilientWebSocket extends Anywhere {
  constructor(
    url: PerAttempt<string | URL>,
    protocols?: string | readonly string[] | ResilientWebSocketOptions,
    options?: ResilientWebSocketOptions,
  ) {
    const isList = typeof protocols === 'string' || Array.isArray(protocols);
    const given = options ?? (isList ? {} : (protocols as ResilientWebSocketOptions | undefined));
    const withOurs = {
      adapt,
      WebSocket: WebSocket as unknown as NonNullable<ResilientWebSocketOptions['WebSocket']>,
      ...given,
    };
    if (isList) super(url, protocols, withOurs);
    else super(url, withOurs);
  }
}
