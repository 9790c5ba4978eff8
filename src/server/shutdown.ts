// The end of a server in good order: RFC 6455 §7.4.1 has 1012 for a restart. In batches, because clients that are sent
// away together come back together.
import { CloseCode, closeBody } from '../frame/index.ts';
import { clock, type Timed } from '../transport/index.ts';
import { amount, WebSocket } from '../websocket/index.ts';

/** How to end. Times in milliseconds. */
export interface ShutdownOptions {
  /** For the whole of it; then what is left is cut off. Default 10,000. */
  timeout?: number | undefined;
  /** The close code that clients see. Default 1012: the service restarts. */
  code?: number | undefined;
  reason?: string | undefined;
  /** How many connections are closed at a time. Default 1,000. */
  batch?: number | undefined;
  /** Between two batches. Default 100. */
  batchInterval?: number | undefined;
}

const DEFAULT_TIMEOUT = 10_000;
const DEFAULT_BATCH = 1_000;
const DEFAULT_BATCH_INTERVAL = 100;

/** {@link ShutdownOptions} with nothing left open. */
export type ShutdownPlan = Readonly<Record<'timeout' | 'code' | 'batch' | 'batchInterval', number>> & {
  readonly reason: string | undefined;
};

/**
 * Reads the options of a shutdown.
 *
 * @throws TypeError when the code may not be sent, TypeError or RangeError when a number makes no sense.
 */
export function readShutdownOptions(options: ShutdownOptions): ShutdownPlan {
  const { code = CloseCode.ServiceRestart, reason } = options;
  closeBody(code, reason);
  const batch = amount('batch', options.batch, DEFAULT_BATCH);
  if (batch < 1) throw new RangeError(`batch must be at least 1, got ${batch}`);
  return {
    code,
    reason,
    batch,
    timeout: amount('timeout', options.timeout, DEFAULT_TIMEOUT),
    batchInterval: amount('batchInterval', options.batchInterval, DEFAULT_BATCH_INTERVAL),
  };
}

/** Begins the end of one client. */
export type Dismiss = (client: WebSocket, code: number, reason: string | undefined) => void;

/**
 * Closes all `clients` in batches.
 *
 * @param dismiss called once for each.
 * @param closed resolves when the server and its clients are gone.
 * @param cutOff ends whatever else is left when the time is over.
 */
export function shutDown(
  clients: ReadonlySet<WebSocket>,
  dismiss: Dismiss,
  closed: Promise<void>,
  { timeout, code, reason, batch, batchInterval }: ShutdownPlan,
  cutOff: () => void,
): Promise<void> {
  const now = clock.now();
  const waiting = [...clients].filter((client) => client.readyState === WebSocket.OPEN);
  const batches = new Alarm((time) => {
    for (const client of waiting.splice(0, batch)) dismiss(client, code, reason);
    if (waiting.length > 0) clock.schedule(batches, time + batchInterval);
  });
  const end = new Alarm(() => {
    clock.cancel(batches);
    for (const client of clients) client.terminate();
    cutOff();
  });
  batches.onTime(now);
  clock.schedule(end, now + timeout);
  // The clock alone would let the process end before the last batch; open sockets keep it alive until they are closed.
  return closed.finally(() => {
    clock.cancel(batches);
    clock.cancel(end);
  });
}

class Alarm implements Timed {
  clockIndex = -1;
  clockDeadline = 0;
  readonly onTime: (now: number) => void;

  constructor(onTime: (now: number) => void) {
    this.onTime = onTime;
  }
}
