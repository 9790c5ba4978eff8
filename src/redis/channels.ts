// The channels of this instance on its one connection for them: what is wanted, and what Redis has been told. Redis is told of one
// channel at a time and asked whether it has understood; with a new connection it is told of all of them again.
import { BrokerError, BrokerFault } from '../rooms/broker.ts';
import { type Clock, clock } from '../transport/index.ts';
import { within } from './commands.ts';
import type { RedisConnection } from './connection.ts';
import type { Link } from './link.ts';

/** Who waits until a channel is on. */
interface Waiter {
  resolve: () => void;
  reject: (error: Error) => void;
}

/** One channel. */
class Channel {
  readonly name: string;
  isWanted = true;
  /** The connection that is known to listen to it. */
  on: RedisConnection | undefined = undefined;
  /** The connection that has been told something it has not answered yet. */
  asked: RedisConnection | undefined = undefined;
  /** Who waits until it is on. */
  readonly waiting = new Set<Waiter>();

  constructor(name: string) {
    this.name = name;
  }
}

/** All of them. */
export class Channels {
  readonly #link: Link;
  readonly #commandTimeout: number;
  readonly #waitTimeout: number;
  readonly #pingChannel: string;
  /** A channel is on from now on: what was said before was perhaps not heard. */
  readonly #onSubscribed: (channel: string) => void;
  readonly #clock: Clock;
  readonly #channels = new Map<string, Channel>();
  #isPinging = false;

  constructor(
    link: Link,
    limits: { readonly commandTimeout: number; readonly waitTimeout: number },
    pingChannel: string,
    onSubscribed: (channel: string) => void,
    time = clock,
  ) {
    this.#link = link;
    this.#commandTimeout = limits.commandTimeout;
    this.#waitTimeout = limits.waitTimeout;
    this.#pingChannel = pingChannel;
    this.#onSubscribed = onSubscribed;
    this.#clock = time;
  }

  /** Listens to a channel, from now on and over every connection. Resolves when it is on; rejects when that takes too long. */
  listen(name: string): Promise<void> {
    let channel = this.#channels.get(name);
    if (channel === undefined) {
      channel = new Channel(name);
      this.#channels.set(name, channel);
    }
    channel.isWanted = true;
    // Unless it is just being left: then it is listened to once more behind that.
    if (channel.on !== undefined && channel.on === this.#link.connection && channel.asked !== channel.on) {
      return Promise.resolve();
    }
    const waiter: Waiter = { resolve: () => {}, reject: () => {} };
    const isOn = new Promise<void>((resolve, reject) => {
      waiter.resolve = resolve;
      waiter.reject = reject;
    });
    channel.waiting.add(waiter);
    this.#settle(channel);
    return within(this.#clock, this.#waitTimeout, isOn).catch((cause) => {
      channel.waiting.delete(waiter);
      if (cause instanceof BrokerError) throw cause;
      throw new BrokerError(BrokerFault.Down, 'Redis could not be told to what to listen', { cause });
    });
  }

  /** Listens no more. */
  leave(name: string): void {
    const channel = this.#channels.get(name);
    if (channel === undefined) return;
    channel.isWanted = false;
    this.#settle(channel);
  }

  /** There is a connection: it knows of nothing. */
  onUp(): void {
    for (const channel of this.#channels.values()) this.#settle(channel);
  }

  /** Whether the connection still answers: it is asked to listen to a channel, and to stop. */
  async ping(): Promise<void> {
    const { connection } = this.#link;
    if (connection === undefined || this.#isPinging) return;
    this.#isPinging = true;
    try {
      await within(this.#clock, this.#commandTimeout, connection.subscribe(this.#pingChannel));
      await within(this.#clock, this.#commandTimeout, connection.unsubscribe(this.#pingChannel));
      this.#link.praise();
    } catch {
      this.#link.complain(connection);
    } finally {
      this.#isPinging = false;
    }
  }

  /** Whoever waits is told so. */
  close(error: Error): void {
    for (const { waiting } of this.#channels.values()) for (const { reject } of waiting) reject(error);
    this.#channels.clear();
  }

  #settle(channel: Channel): void {
    const { connection } = this.#link;
    if (connection === undefined) {
      if (!channel.isWanted) this.#channels.delete(channel.name);
      return;
    }
    const isOn = channel.on === connection;
    // One thing at a time: what comes of it is looked at when Redis has answered.
    if (channel.asked === connection) return;
    if (isOn === channel.isWanted) {
      if (!isOn) this.#channels.delete(channel.name);
      return;
    }
    channel.asked = connection;
    const answer = isOn ? connection.unsubscribe(channel.name) : connection.subscribe(channel.name);
    within(this.#clock, this.#commandTimeout, answer).then(
      () => this.#answered(channel, connection, !isOn),
      () => {
        if (channel.asked === connection) channel.asked = undefined;
        this.#link.complain(connection);
      },
    );
  }

  #answered(channel: Channel, connection: RedisConnection, isOn: boolean): void {
    // The answer of a connection that has gone since: the next one is told everything again.
    if (channel.asked !== connection || connection !== this.#link.connection) return;
    channel.asked = undefined;
    channel.on = isOn ? connection : undefined;
    this.#link.praise();
    if (isOn && channel.isWanted) {
      for (const { resolve } of channel.waiting) resolve();
      channel.waiting.clear();
      this.#onSubscribed(channel.name);
    }
    this.#settle(channel);
  }
}
