// What `GET /health` says: for load balancers, and for whoever is called at night.
import type { BrokerStatus } from '../rooms/index.ts';

/** How many are connected, by transport. */
export interface Transports {
  readonly websocket: number;
  readonly sse: number;
  readonly poll: number;
}

/** The state of a server. */
export interface Health {
  /**
   * `degraded`: the broker cannot be reached. Whoever is connected stays, and hears the rest when it is back: restarting this
   * instance would mend nothing, so that is a 200. `stopping`, a 503: send nobody here any more.
   */
  readonly status: 'ok' | 'degraded' | 'stopping';
  readonly broker: BrokerStatus;
  /** All together. */
  readonly connections: number;
  readonly transports: Transports;
  /** Rooms that this instance listens to. */
  readonly rooms: number;
  /** Seconds. */
  readonly uptime: number;
}

/** Puts it together. */
export function healthOf(
  isStopping: boolean,
  broker: BrokerStatus,
  transports: Transports,
  rooms: number,
  uptime: number,
): Health {
  const running = broker === 'up' ? 'ok' : 'degraded';
  return {
    status: isStopping ? 'stopping' : running,
    broker,
    connections: transports.websocket + transports.sse + transports.poll,
    transports,
    rooms,
    uptime: Math.floor(uptime),
  };
}
