// Everything that is asked of Redis and has no answer yet. A script whose answer was lost is asked for again when Redis is back,
// because each is true twice; but only for so long, and only so many. Never keeps anything in a client's own queue.
import { BrokerError, BrokerFault } from '../rooms/broker.ts';
import { type Clock, clock, type Timed } from '../transport/index.ts';
import type { RedisConnection } from './connection.ts';
import type { Link } from './link.ts';
import { faultOf, isUnknownScript, verdictOf } from './reply.ts';
import type { Script } from './scripts.ts';

/** What is asked for. */
export interface Command {
  readonly script: Script;
  readonly keys: readonly string[];
  /** Made anew for each try: what this instance knows of the room may have changed. */
  readonly args: () => readonly string[];
  /** Whether something is different afterwards: then it matters whether it was carried out. */
  readonly isChange: boolean;
  /** Bytes, for what may wait in all. */
  readonly size: number;
}

/** How long and how many. */
export interface CommandLimits {
  readonly commandTimeout: number;
  readonly waitTimeout: number;
  readonly maxPendingCommands: number;
  readonly maxPendingBytes: number;
}

/** Milliseconds before what Redis cannot do right now is asked for again. */
const RETRY_DELAY = 100;

/** Calls a script by its digest; by its text where it is not known yet. */
export async function call(
  connection: RedisConnection,
  { digest, text }: Script,
  keys: readonly string[],
  args: readonly string[],
): Promise<readonly string[]> {
  const key = keys[0] as string;
  const rest = [String(keys.length), ...keys, ...args];
  try {
    return (await connection.send(key, ['EVALSHA', digest, ...rest])) as string[];
  } catch (error) {
    if (!isUnknownScript(error)) throw error;
    return (await connection.send(key, ['EVAL', text, ...rest])) as string[];
  }
}

/**
 * Lets Redis know a script, so that it need not be sent twice and be overtaken meanwhile. Each node of a Cluster learns it when it
 * is called there.
 */
export async function load(connection: RedisConnection, { digest, text }: Script): Promise<void> {
  if (connection.isCluster) return;
  try {
    const known = (await connection.send('', ['SCRIPT', 'EXISTS', digest])) as unknown[];
    if (Number(known[0]) === 0) await connection.send('', ['SCRIPT', 'LOAD', text]);
  } catch (error) {
    // A user who may not do that can call it all the same.
    if (verdictOf(error) === 'lost') throw error;
  }
}

/** One that waits for its answer. */
class Pending implements Timed {
  clockIndex = -1;
  clockDeadline = 0;
  readonly command: Command;
  readonly deadline: number;
  readonly resolve: (reply: readonly string[]) => void;
  readonly reject: (error: Error) => void;
  /** The connection that it was sent over, while an answer can come. */
  connection: RedisConnection | undefined = undefined;
  /** Whether it may have been carried out without anybody saying so. */
  isDoubtful = false;
  /** Why it did not go well the last time. */
  cause: unknown = undefined;
  readonly #commands: Commands;

  constructor(
    commands: Commands,
    command: Command,
    deadline: number,
    resolve: (reply: readonly string[]) => void,
    reject: (error: Error) => void,
  ) {
    this.#commands = commands;
    this.command = command;
    this.deadline = deadline;
    this.resolve = resolve;
    this.reject = reject;
  }

  onTime(now: number): void {
    this.#commands.onTime(this, now);
  }
}

/** All of them. */
export class Commands {
  readonly #link: Link;
  readonly #limits: CommandLimits;
  readonly #clock: Clock;
  /** In the order in which they were asked for, and in which they are asked for again. */
  readonly #pending = new Set<Pending>();
  #bytes = 0;
  #isClosed = false;

  constructor(link: Link, limits: CommandLimits, time = clock) {
    this.#link = link;
    this.#limits = limits;
    this.#clock = time;
  }

  /** How many have no answer. */
  get size(): number {
    return this.#pending.size;
  }

  /** Bytes of these. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Asks, and asks again until there is an answer or too much time has passed. Rejects with a {@link BrokerError}. */
  ask(command: Command): Promise<readonly string[]> {
    if (this.#isClosed) return Promise.reject(closed());
    const { maxPendingCommands, maxPendingBytes, waitTimeout } = this.#limits;
    if (this.#pending.size >= maxPendingCommands || this.#bytes + command.size > maxPendingBytes) {
      const fault = this.#link.connection === undefined ? BrokerFault.Down : BrokerFault.Full;
      const { size } = this.#pending;
      return Promise.reject(
        new BrokerError(fault, `${size} commands with ${this.#bytes} bytes wait for Redis already`),
      );
    }
    return new Promise((resolve, reject) => {
      const pending = new Pending(this, command, this.#clock.now() + waitTimeout, resolve, reject);
      this.#pending.add(pending);
      this.#bytes += command.size;
      this.#try(pending);
    });
  }

  /** Asks once, if there is a connection; rejects with whatever goes wrong. For what is done again anyway. */
  async askOnce(script: Script, keys: readonly string[], args: readonly string[]): Promise<readonly string[]> {
    const { connection } = this.#link;
    if (connection === undefined) throw new BrokerError(BrokerFault.Down, 'there is no connection to Redis');
    try {
      return await this.#inTime(connection, call(connection, script, keys, args));
    } catch (error) {
      this.#judge(connection, error);
      throw error;
    }
  }

  /** Whether Redis says anything. What it finds out is told to the link. */
  async ping(): Promise<void> {
    const { connection } = this.#link;
    if (connection === undefined) return;
    await this.#inTime(connection, connection.send('', ['PING'])).catch((error) => this.#judge(connection, error));
  }

  /** There is a connection: everything that has no answer is asked for again. */
  onUp(): void {
    for (const pending of this.#pending) if (pending.connection !== this.#link.connection) this.#try(pending);
  }

  onTime(pending: Pending, now: number): void {
    const { connection } = pending;
    if (now >= pending.deadline) {
      if (connection !== undefined) pending.isDoubtful = true;
      this.#reject(pending);
      if (connection !== undefined) this.#judge(connection, new Error('Redis did not answer in time'));
      return;
    }
    if (connection === undefined) this.#try(pending);
    else this.#fail(pending, connection, new Error('Redis did not answer in time'));
  }

  /** Whatever waits rejects, and whatever is asked for from now on. */
  close(): void {
    this.#isClosed = true;
    for (const pending of this.#pending) {
      this.#remove(pending);
      pending.reject(closed());
    }
  }

  #try(pending: Pending): void {
    const { connection } = this.#link;
    pending.connection = connection;
    if (connection === undefined) {
      this.#clock.schedule(pending, pending.deadline);
      return;
    }
    this.#clock.schedule(pending, Math.min(pending.deadline, this.#clock.now() + this.#limits.commandTimeout));
    const { script, keys, args } = pending.command;
    call(connection, script, keys, args()).then(
      // Also when it is the answer to an earlier try: it is one.
      (reply) => {
        this.#link.praise();
        if (this.#remove(pending)) pending.resolve(reply);
      },
      (error: unknown) => {
        if (pending.connection === connection) this.#fail(pending, connection, error);
      },
    );
  }

  #fail(pending: Pending, connection: RedisConnection, error: unknown): void {
    if (!this.#pending.has(pending)) return;
    pending.cause = error;
    pending.connection = undefined;
    const verdict = this.#judge(connection, error);
    if (verdict === 'refused') {
      if (!this.#remove(pending)) return;
      pending.reject(new BrokerError(faultOf(error), `Redis refused: ${(error as Error).message}`, { cause: error }));
      return;
    }
    if (verdict === 'lost') pending.isDoubtful = true;
    // It is tried when the next connection is there; or when this one may do it by then.
    const again = verdict === 'later' ? this.#clock.now() + RETRY_DELAY : pending.deadline;
    this.#clock.schedule(pending, Math.min(pending.deadline, again));
  }

  #judge(connection: RedisConnection, error: unknown): ReturnType<typeof verdictOf> {
    const verdict = verdictOf(error);
    if (verdict === 'lost' || verdict === 'elsewhere') this.#link.complain(connection);
    return verdict;
  }

  #reject(pending: Pending): void {
    if (!this.#remove(pending)) return;
    const isUnknown = pending.isDoubtful && pending.command.isChange;
    const fault = isUnknown ? BrokerFault.Unknown : BrokerFault.Down;
    const text = isUnknown ? 'Redis was asked, and has not answered in time' : 'Redis could not be reached in time';
    pending.reject(new BrokerError(fault, text, { cause: pending.cause }));
  }

  #remove(pending: Pending): boolean {
    if (!this.#pending.delete(pending)) return false;
    this.#bytes -= pending.command.size;
    this.#clock.cancel(pending);
    return true;
  }

  /** What came over `connection`, unless it takes too long. */
  #inTime<Value>(connection: RedisConnection, answer: Promise<Value>): Promise<Value> {
    return within(this.#clock, this.#limits.commandTimeout, answer).then((value) => {
      if (connection === this.#link.connection) this.#link.praise();
      return value;
    });
  }
}

/** Rejects when `promise` takes longer than `delay` milliseconds. */
export function within<Value>(time: Clock, delay: number, promise: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const limit: Timed = {
      clockIndex: -1,
      clockDeadline: 0,
      onTime: () => reject(new Error(`there was no answer within ${delay} ms`)),
    };
    time.schedule(limit, time.now() + delay);
    promise.then(resolve, reject).finally(() => time.cancel(limit));
  });
}

function closed(): BrokerError {
  return new BrokerError(BrokerFault.Closed, 'the broker is closed');
}
