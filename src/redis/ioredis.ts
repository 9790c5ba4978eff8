// Connections of the package `ioredis`, of one node (also behind sentinels) and of a Cluster. The shapes are those of its versions
// 5 and 6, as far as they are used here; nothing is imported. Its offline queue and its sending again are switched off.
import type { ConnectionListener, RedisConnection } from './connection.ts';

interface Client {
  readonly isCluster?: boolean;
  readonly options: { readonly redisOptions?: object };
  on(event: string, listener: (...args: never[]) => void): unknown;
  connect(): Promise<void>;
  disconnect(reconnect?: boolean): void;
  call(command: string, ...args: readonly string[]): Promise<unknown>;
  subscribe(channel: string): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  ssubscribe(channel: string): Promise<unknown>;
  sunsubscribe(channel: string): Promise<unknown>;
}

interface Single extends Client {
  duplicate(override: object): Client;
}

interface Cluster extends Client {
  readonly isCluster: true;
  duplicate(startupNodes: readonly never[], override: object): Client;
}

/** Milliseconds that a peer has to end the connection on its side, before it is cut. */
const DISCONNECT_TIMEOUT = 50;

/** What every connection is made with: it is used until its first failure. */
const ONCE = {
  lazyConnect: true,
  enableOfflineQueue: false,
  autoResubscribe: false,
  autoResendUnfulfilledCommands: false,
  keyPrefix: '',
  retryStrategy: () => null,
  disconnectTimeout: DISCONNECT_TIMEOUT,
};

/** Whether it is a client of this package. */
export function isIoredis(client: unknown): client is Single | Cluster {
  const { duplicate, call, ssubscribe } = (client ?? {}) as Record<string, unknown>;
  return [duplicate, call, ssubscribe].every((method) => typeof method === 'function');
}

/** Makes a connection with the options of `client`. */
export function ioredisConnection(client: Single | Cluster, listener: ConnectionListener): RedisConnection {
  return new IoredisConnection(client, listener);
}

class IoredisConnection implements RedisConnection {
  readonly isCluster: boolean;
  readonly #client: Client;
  #isDestroyed = false;

  constructor(template: Single | Cluster, listener: ConnectionListener) {
    this.isCluster = template.isCluster === true;
    this.#client = this.isCluster ? duplicateCluster(template as Cluster) : (template as Single).duplicate(ONCE);
    this.#client.on(this.isCluster ? 'smessage' : 'message', (channel: string, message: string) => {
      if (!this.#isDestroyed) listener.onMessage(channel, message);
    });
    const onLost = (error?: Error): void => {
      if (!this.#isDestroyed) listener.onLost(error ?? new Error('the connection to Redis was closed'));
    };
    // A Cluster reports here what it cannot mend; a node alone has told its promises.
    this.#client.on('error', this.isCluster ? ignore : onLost);
    this.#client.on('close', () => onLost());
    // Of the connections for channels, which have one to each node, the key of the node is told; those for commands fail by
    // what they were asked.
    this.#client.on('-node', (_client: unknown, node?: string) => {
      if (node !== undefined) onLost();
    });
  }

  open(): Promise<void> {
    return this.#client.connect();
  }

  send(_key: string, command: readonly string[]): Promise<unknown> {
    const [name, ...args] = command as [string, ...string[]];
    return this.#client.call(name, ...args);
  }

  async subscribe(channel: string): Promise<void> {
    await (this.isCluster ? this.#client.ssubscribe(channel) : this.#client.subscribe(channel));
  }

  async unsubscribe(channel: string): Promise<void> {
    await (this.isCluster ? this.#client.sunsubscribe(channel) : this.#client.unsubscribe(channel));
  }

  destroy(): void {
    this.#isDestroyed = true;
    this.#client.disconnect();
  }
}

function duplicateCluster(template: Cluster): Client {
  const { redisOptions } = template.options;
  return template.duplicate([], {
    lazyConnect: true,
    enableOfflineQueue: false,
    keyPrefix: '',
    shardedSubscribers: true,
    clusterRetryStrategy: () => null,
    redisOptions: {
      ...redisOptions,
      keyPrefix: '',
      autoResendUnfulfilledCommands: false,
      disconnectTimeout: DISCONNECT_TIMEOUT,
    },
  });
}

function ignore(): void {}
