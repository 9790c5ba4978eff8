// The broker of many machines: logs in Redis Streams, announcements by Pub/Sub, presence with a time to live. Keys, scripts and
// promises are explained in docs/redis.md. Never asks a client to keep anything for better times.
import { createHash, randomBytes } from 'node:crypto';
import {
  type AppendOptions,
  type Broker,
  BrokerError,
  BrokerFault,
  type BrokerListener,
  type BrokerStatus,
  type LogPage,
  type Position,
  type Presence,
} from '../rooms/broker.ts';
import { readAnnouncement, writeBody } from './announcement.ts';
import { Channels } from './channels.ts';
import { connectionMaker } from './client.ts';
import { Commands, load } from './commands.ts';
import { keysOf } from './keys.ts';
import { Link } from './link.ts';
import { Members } from './members.ts';
import { type RedisBrokerOptions, readOptions, type Settings } from './options.ts';
import { readPage } from './page.ts';
import { UNKNOWN } from './room.ts';
import { Rooms } from './rooms.ts';
import { APPEND, READ } from './scripts.ts';
import { Watch } from './watch.ts';

/** As many random bytes name an instance, or an epoch: nobody draws the same twice. */
const NAME_BYTES = 8;
/** Characters of a key that Redis keeps as it is. */
const LONGEST_KEY = 64;
/** How much longer than its last event a log remembers how far it was: who comes back a day later has missed nothing. */
const META_TTL = 86_400_000;

/** Keeps the logs of all rooms in Redis, with the clients of `redis` or `ioredis`. */
export class RedisBroker implements Broker {
  onStatus: ((status: BrokerStatus) => void) | undefined = undefined;
  readonly #settings: Settings;
  readonly #instance = draw();
  /** One connection asks, the other listens: a connection that listens may not ask. */
  readonly #asking: Link;
  readonly #listening: Link;
  readonly #commands: Commands;
  readonly #channels: Channels;
  readonly #members: Members;
  readonly #rooms: Rooms;
  readonly #watch: Watch;
  #status: BrokerStatus = 'down';
  #appends = 0;
  #ignored = 0;
  #closing: Promise<void> | undefined;

  /**
   * Connects at once, and for as long as it is not closed.
   *
   * @throws TypeError or RangeError naming the option that is not what it must be.
   */
  constructor(options: RedisBrokerOptions) {
    const settings = readOptions(options);
    this.#settings = settings;
    const { client, subscriber = client } = options;
    const { prefix, presenceTtl, connectTimeout } = settings;
    this.#asking = new Link(connectionMaker('client', client), connectTimeout, {
      prepare: (connection) => load(connection, APPEND),
      onUp: () => this.#onAsking(),
      onDown: () => this.#setStatus(),
      onMessage: () => {},
    });
    this.#listening = new Link(connectionMaker('subscriber', subscriber), connectTimeout, {
      onUp: () => this.#onListening(),
      onDown: () => this.#onDeaf(),
      onMessage: (channel, message) => this.#onMessage(channel, message),
    });
    this.#commands = new Commands(this.#asking, settings);
    this.#members = new Members(this.#commands, prefix, presenceTtl, this.#instance);
    this.#rooms = new Rooms(this.#commands, prefix, () => this.#opening());
    this.#channels = new Channels(this.#listening, settings, `${prefix}:ping`, (channel) =>
      this.#rooms.onSubscribed(channel),
    );
    this.#watch = new Watch(settings.checkInterval, (elapsed) => this.#look(elapsed));
    this.#asking.open();
    this.#listening.open();
    this.#watch.start();
  }

  /** `'up'` while there is a connection to ask over and one to listen on. */
  get status(): BrokerStatus {
    return this.#status;
  }

  /** Messages on our channels that were no announcements: somebody else uses them. */
  get ignoredMessages(): number {
    return this.#ignored;
  }

  /** Commands that Redis has not answered. */
  get pendingCommands(): number {
    return this.#commands.size;
  }

  async append(room: string, data: string, { except, key }: AppendOptions): Promise<Position> {
    const body = writeBody(data, except);
    const keys = keysOf(this.#settings.prefix, room);
    // Without a key of the caller's it gets one of ours, so that it can be tried again when its answer was lost.
    const name = key === undefined ? `${this.#instance}.${this.#appends++}` : nameOfKey(key);
    const { history, ttl, maxKeys } = this.#settings;
    const args = (): string[] => [
      ...this.#opening(),
      ...(this.#rooms.get(room)?.known ?? UNKNOWN),
      name,
      body,
      String(history),
      String(ttl),
      String(maxKeys),
      this.#asking.connection?.isCluster === true ? 'SPUBLISH' : 'PUBLISH',
      keys.channel,
    ];
    const size = Buffer.byteLength(body) + Buffer.byteLength(name);
    const [epoch, offset, time] = await this.#commands.ask({
      script: APPEND,
      keys: [keys.log, keys.meta, keys.seen],
      args,
      isChange: true,
      size,
    });
    const position = { epoch: epoch as string, offset: Number(offset) };
    // A time of 0 is that of an event that was there already.
    if (time !== '0') this.#rooms.get(room)?.appended(position.epoch, position.offset, Number(time), this.#watch.now);
    return position;
  }

  async subscribe(room: string, listener: BrokerListener): Promise<Position> {
    this.#requireOpen();
    const { keys } = this.#rooms.join(room, listener);
    try {
      // First listen, then ask: nothing falls between.
      await this.#channels.listen(keys.channel);
      return await this.#rooms.end(room);
    } catch (error) {
      this.unsubscribe(room, listener);
      throw error;
    }
  }

  unsubscribe(room: string, listener: BrokerListener): void {
    const abandoned = this.#rooms.leave(room, listener);
    if (abandoned !== undefined) this.#channels.leave(abandoned.keys.channel);
  }

  async read(room: string, since: Position | undefined, limit: number): Promise<LogPage> {
    const { log, meta, seen } = keysOf(this.#settings.prefix, room);
    const reply = await this.#commands.ask({
      script: READ,
      keys: [log, meta, seen],
      args: () => [
        ...this.#opening(),
        ...(this.#rooms.get(room)?.known ?? UNKNOWN),
        since?.epoch ?? '',
        String(since?.offset ?? 0),
        String(limit),
        String(this.#settings.ttl),
      ],
      isChange: false,
      size: 0,
    });
    return readPage(reply);
  }

  enter(room: string, presence: Presence): Promise<boolean> {
    return this.#members.enter(room, presence);
  }

  leave(room: string, member: string): Promise<boolean> {
    return this.#members.leave(room, member);
  }

  present(room: string, limit: number): Promise<readonly Presence[]> {
    return this.#members.present(room, limit);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#watch.stop();
    const error = new BrokerError(BrokerFault.Closed, 'the broker is closed');
    this.#commands.close();
    this.#channels.close(error);
    this.#rooms.close();
    this.#listening.close();
    await this.#members.close();
    this.#asking.close();
    this.#setStatus();
    this.onStatus = undefined;
  }

  /** What every script of a log begins with: an epoch, should it need one, and how long the log remembers how far it is. */
  #opening(): [string, string] {
    return [draw(), String(this.#settings.ttl + META_TTL)];
  }

  #requireOpen(): void {
    if (this.#closing !== undefined) throw new BrokerError(BrokerFault.Closed, 'the broker is closed');
  }

  #onAsking(): void {
    this.#commands.onUp();
    this.#rooms.checkSuspects();
    this.#setStatus();
  }

  #onListening(): void {
    this.#channels.onUp();
    this.#setStatus();
  }

  #onDeaf(): void {
    this.#rooms.suspect();
    this.#setStatus();
  }

  #setStatus(): void {
    const isUp = this.#asking.connection !== undefined && this.#listening.connection !== undefined;
    const status = isUp ? 'up' : 'down';
    if (status === this.#status) return;
    this.#status = status;
    this.onStatus?.(status);
  }

  #onMessage(channel: string, message: string): void {
    const announcement = readAnnouncement(message);
    if (announcement === undefined) this.#ignored++;
    else this.#rooms.onAnnouncement(channel, announcement, this.#watch.now);
  }

  #look(elapsed: number): void {
    this.#members.refresh(elapsed);
    const { commandTimeout, checkInterval } = this.#settings;
    this.#rooms.check(elapsed, checkInterval, this.#watch.now);
    const { connection } = this.#listening;
    if (this.#rooms.findDeaf(commandTimeout, this.#watch.now) && connection !== undefined) {
      this.#listening.complain(connection);
    }
    if (this.#watch.isRound) {
      this.#commands.ping();
      this.#channels.ping();
    }
  }
}

/** A caller's key never is one of ours, and takes no more memory than this allows, however long it is. */
function nameOfKey(key: string): string {
  return key.length > LONGEST_KEY ? `#${createHash('sha256').update(key).digest('base64url')}` : `=${key}`;
}

function draw(): string {
  return randomBytes(NAME_BYTES).toString('hex');
}
