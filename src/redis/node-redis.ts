// Connections of the package `redis` (node-redis), of one node and of a Cluster. The shapes are those of its versions 5 and 6, as
// far as they are used here; nothing is imported. Its offline queue is switched off: what cannot be sent is not kept by it.
import type { ConnectionListener, RedisConnection } from './connection.ts';

type OnMessage = (message: string, channel: string) => void;

interface Common {
  readonly isOpen: boolean;
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  connect(): Promise<unknown>;
  destroy(): void;
}

interface Client extends Common {
  readonly isReady: boolean;
  readonly options?: { readonly socket?: object } | undefined;
  duplicate(overrides: object): Client;
  sendCommand(command: readonly string[]): Promise<unknown>;
  subscribe(channel: string, listener: OnMessage): Promise<void>;
  unsubscribe(channel: string, listener: OnMessage): Promise<void>;
}

interface Cluster extends Common {
  readonly masters: readonly unknown[];
  duplicate(overrides: object): Cluster;
  sendCommand(key: string, isReadonly: boolean, command: readonly string[]): Promise<unknown>;
  sSubscribe(channel: string, listener: OnMessage): Promise<void>;
  sUnsubscribe(channel: string, listener: OnMessage): Promise<void>;
}

/** Replies are text, and nothing is answered from memory, whatever the application does with its own client. */
const PLAIN = { commandOptions: {}, clientSideCache: undefined };

/** Whether it is a client of this package. */
export function isNodeRedis(client: unknown): client is Client | Cluster {
  const { duplicate, sendCommand, sSubscribe } = (client ?? {}) as Record<string, unknown>;
  return [duplicate, sendCommand, sSubscribe].every((method) => typeof method === 'function');
}

/** Makes a connection with the options of `client`. */
export function nodeRedisConnection(client: Client | Cluster, listener: ConnectionListener): RedisConnection {
  return 'masters' in client ? new ClusterConnection(client, listener) : new NodeConnection(client, listener);
}

class NodeConnection implements RedisConnection {
  readonly isCluster = false;
  readonly #client: Client;
  readonly #onMessage: OnMessage;
  #isDestroyed = false;

  constructor(template: Client, listener: ConnectionListener) {
    this.#client = template.duplicate({
      ...PLAIN,
      disableOfflineQueue: true,
      // It would connect again by itself, and every connection here is used until its first failure.
      socket: { ...template.options?.socket, reconnectStrategy: false },
    });
    this.#onMessage = (message, channel) => {
      if (!this.#isDestroyed) listener.onMessage(channel, message);
    };
    this.#client.on('error', (error) => {
      if (!this.#isDestroyed) listener.onLost(error as Error);
    });
    // Until TCP is there the client does not know its own socket, and could not end it.
    this.#client.on('connect', () => {
      if (this.#isDestroyed) end(this.#client);
    });
  }

  async open(): Promise<void> {
    await this.#client.connect();
    if (!this.#client.isReady) throw new Error('the connection to Redis was ended while it opened');
  }

  send(_key: string, command: readonly string[]): Promise<unknown> {
    return this.#client.sendCommand(command);
  }

  subscribe(channel: string): Promise<void> {
    return this.#client.subscribe(channel, this.#onMessage);
  }

  unsubscribe(channel: string): Promise<void> {
    return this.#client.unsubscribe(channel, this.#onMessage);
  }

  destroy(): void {
    this.#isDestroyed = true;
    end(this.#client);
  }
}

class ClusterConnection implements RedisConnection {
  readonly isCluster = true;
  readonly #cluster: Cluster;
  readonly #onMessage: OnMessage;
  #isDestroyed = false;

  constructor(template: Cluster, listener: ConnectionListener) {
    const { defaults } = (template as { _options?: { defaults?: object } })._options ?? {};
    this.#cluster = template.duplicate({
      ...PLAIN,
      // With a connection to every node at once, one node that is down would keep all others from being used.
      minimizeConnections: true,
      defaults: { ...defaults, disableOfflineQueue: true },
    });
    this.#onMessage = (message, channel) => {
      if (!this.#isDestroyed) listener.onMessage(channel, message);
    };
    this.#cluster.on('error', ignore);
    // A node that was never reached is no loss: what is asked of it fails by itself, and others are as they were.
    const ready = new Set<string>();
    this.#cluster.on('node-ready', (node) => ready.add(addressOf(node)));
    const onNodeLost = (error: unknown, node: unknown): void => {
      if (!this.#isDestroyed && ready.has(addressOf(node))) listener.onLost(error as Error);
    };
    this.#cluster.on('node-error', onNodeLost);
    this.#cluster.on('node-disconnect', (node) => onNodeLost(new Error('a node of the Cluster disconnected'), node));
  }

  async open(): Promise<void> {
    await this.#cluster.connect();
  }

  send(key: string, command: readonly string[]): Promise<unknown> {
    return this.#cluster.sendCommand(key, false, command);
  }

  subscribe(channel: string): Promise<void> {
    return this.#cluster.sSubscribe(channel, this.#onMessage);
  }

  unsubscribe(channel: string): Promise<void> {
    return this.#cluster.sUnsubscribe(channel, this.#onMessage);
  }

  destroy(): void {
    this.#isDestroyed = true;
    end(this.#cluster);
  }
}

function end(client: Common): void {
  try {
    if (client.isOpen) client.destroy();
  } catch {
    // It has ended by itself.
  }
}

function addressOf(node: unknown): string {
  const { host, port } = (node ?? {}) as { host?: unknown; port?: unknown };
  return `${host}:${port}`;
}

function ignore(): void {}
