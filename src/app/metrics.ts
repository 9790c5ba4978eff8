// What `GET /metrics` says: everything that the server counts, as families of Prometheus. Labels have few values, and none
// that a client chooses: no names of rooms, no users, no addresses.
import type { BrokerStatus, Deliveries } from '../rooms/index.ts';
import type { Transports } from './health.ts';
import { type Family, prometheusText, type Sample } from './prometheus.ts';
import type { Statistics } from './statistics.ts';

/** What is so now. */
export interface Measurements {
  readonly transports: Transports;
  readonly rooms: number;
  readonly broker: BrokerStatus;
  readonly deliveries: Readonly<Deliveries>;
  readonly statistics: Statistics;
  /** Seconds. */
  readonly uptime: number;
  /** Seconds, by quantile. */
  readonly loopDelay: ReadonlyMap<string, number>;
}

const MICROSECONDS = 1e6;

/** The text. */
export function metricsText(measurements: Measurements): string {
  return prometheusText([...ofServer(measurements), ...ofProcess(measurements)]);
}

function ofServer({ transports, rooms, broker, deliveries, statistics }: Measurements): Family[] {
  const { published, gaps, slow, refusals, closes } = statistics;
  const { websocket, eventStream, poll } = deliveries;
  return [
    gauge('sluice_connections', 'Open connections.', byLabel('transport', Object.entries(transports))),
    gauge('sluice_rooms', 'Rooms that this instance listens to.', [{ value: rooms }]),
    gauge('sluice_broker_up', 'Whether the broker can be reached.', [{ value: broker === 'up' ? 1 : 0 }]),
    counter('sluice_events_published_total', 'Events that clients of this instance have published.', [
      { value: published },
    ]),
    counter(
      'sluice_events_delivered_total',
      'Events that were handed to members of rooms.',
      byLabel('transport', Object.entries({ websocket, sse: eventStream, poll })),
    ),
    counter('sluice_gaps_total', 'Members that were told that events are lost to them.', [{ value: gaps }]),
    counter(
      'sluice_slow_clients_dropped_total',
      'Clients that were sent away because they read too slowly.',
      byLabel('transport', Object.entries(slow)),
    ),
    counter('sluice_refusals_total', 'Requests and opening handshakes that were refused.', byLabel('status', refusals)),
    counter('sluice_websocket_closes_total', 'WebSockets that have closed.', byLabel('code', closes)),
  ];
}

function ofProcess({ uptime, loopDelay }: Measurements): Family[] {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  return [
    gauge('sluice_uptime_seconds', 'Since the server began.', [{ value: uptime }]),
    gauge(
      'sluice_event_loop_delay_seconds',
      'How late the event loop was since these numbers were last asked for.',
      byLabel('quantile', loopDelay),
    ),
    counter(
      'sluice_process_cpu_seconds_total',
      'CPU time of the process.',
      byLabel('mode', [
        ['user', user / MICROSECONDS],
        ['system', system / MICROSECONDS],
      ]),
    ),
    gauge(
      'sluice_process_memory_bytes',
      'Memory of the process.',
      byLabel('kind', Object.entries({ resident: rss, heap: heapUsed, external })),
    ),
  ];
}

function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, type: 'gauge', help, samples };
}

function counter(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, type: 'counter', help, samples };
}

function byLabel(label: string, values: Iterable<readonly [string, number]>): Sample[] {
  return [...values].map(([name, value]) => ({ labels: { [label]: name }, value }));
}
