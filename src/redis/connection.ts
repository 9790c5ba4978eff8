// One connection to Redis, as this folder uses it: what node-redis.ts and ioredis.ts make of the two clients. Each ends with its
// first failure, and the next one is a new one: what happens then is decided in one place (link.ts), the same for both clients.

/**
 * A client of `redis` (`createClient`, `createCluster`) or of `ioredis` (`Redis`, `Cluster`). It is not used itself, and need not
 * be connected: connections are made of it by `duplicate()`, with all its options.
 */
export interface RedisClient {
  duplicate(...args: never[]): unknown;
}

/** Who hears of what happens on a connection. */
export interface ConnectionListener {
  /** Something was said on a channel that was subscribed to. */
  onMessage(channel: string, message: string): void;
  /** It failed, and is of no use any more. May come more than once. */
  onLost(error: Error): void;
}

/** One connection, of one node or of all nodes of a Cluster. */
export interface RedisConnection {
  /** Whether it speaks to a Cluster: then channels have slots, as keys have. */
  readonly isCluster: boolean;
  /** Connects. Called once. Rejects when it cannot be done; whoever waits no longer calls {@link destroy}. */
  open(): Promise<void>;
  /** Sends a command at once, or rejects: nothing waits in here for better times. `key` says which node of a Cluster. */
  send(key: string, command: readonly string[]): Promise<unknown>;
  /** Listens to a channel. Resolves when Redis says that it does so. */
  subscribe(channel: string): Promise<void>;
  unsubscribe(channel: string): Promise<void>;
  /** Ends it without a word. Nobody is called any more; what waits rejects. Never throws. */
  destroy(): void;
}
