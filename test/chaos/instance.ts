// One instance, in a process of its own: the server of `sluice serve`, with its rooms in Redis. Ends as `sluice serve` does, with
// exit code 0 and nothing left open, when it is told to by SIGTERM; at once when whoever started it is gone.
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { createWebSocketServer } from '../../src/app/index.ts';
import { RedisBroker } from '../../src/redis/index.ts';
import { type Plant, plant } from './plants.ts';

/** What an instance is told, as JSON in its arguments. */
export interface InstanceSettings {
  readonly port: number;
  readonly redisPort: number;
  /** Whose client it has. */
  readonly client: 'redis' | 'ioredis';
  readonly history: number;
  readonly bug: Plant | undefined;
}

/** What it tells. */
export type InstanceNews = { readonly news: 'listening' } | { readonly news: 'fault'; readonly text: string };

/** Milliseconds that clients have for the closing handshake: as `sluice serve`. */
const PATIENCE = 5_000;

const { port, redisPort, client, history, bug } = JSON.parse(process.argv[2] as string) as InstanceSettings;
const tell = (news: InstanceNews): void => void process.send?.(news);

const broker = new RedisBroker({
  client:
    client === 'redis'
      ? createClient({ socket: { host: '127.0.0.1', port: redisPort } })
      : new Redis({ host: '127.0.0.1', port: redisPort, lazyConnect: true }),
  history,
});
const shown = bug === undefined ? broker : plant(bug, broker).broker;

// All guests come from one address, and behind nginx that is one client.
const app = await createWebSocketServer(port, { broker: shown, rate: { perSecond: 1_000, burst: 2_000 } });
app.on('fault', (error: Error) => tell({ news: 'fault', text: error.stack ?? String(error) }));

const onDisconnect = (): void => process.exit();
process.on('disconnect', onDisconnect);
process.once('SIGTERM', async () => {
  await app.shutdown({ timeout: PATIENCE });
  await broker.close();
  // Whatever is still open keeps it alive, which is noticed.
  process.off('disconnect', onDisconnect);
  process.disconnect();
});
tell({ news: 'listening' });
