// A connection to no Redis, which answers when a test says so, and time that passes when a test says so.
import { expect } from 'vitest';
import type { ConnectionListener, RedisConnection } from '../../src/redis/connection.ts';
import { Link, type LinkListener } from '../../src/redis/link.ts';
import { Clock } from '../../src/transport/index.ts';

/** Something that was asked of a connection and has no answer yet. */
export interface Asked {
  readonly command: readonly string[];
  answer(value?: unknown): void;
  fail(message: string): void;
}

/** Such a connection. */
export class FakeConnection implements RedisConnection {
  readonly isCluster: boolean;
  readonly listener: ConnectionListener;
  readonly asked: Asked[] = [];
  isDestroyed = false;
  readonly opening: Asked;
  readonly #opened: Promise<void>;

  constructor(listener: ConnectionListener, isCluster = false) {
    this.listener = listener;
    this.isCluster = isCluster;
    const [opening, opened] = ask(['open']);
    this.opening = opening;
    this.#opened = opened as Promise<void>;
  }

  open(): Promise<void> {
    return this.#opened;
  }

  send(_key: string, command: readonly string[]): Promise<unknown> {
    const [asked, answer] = ask(command);
    this.asked.push(asked);
    return answer;
  }

  subscribe(channel: string): Promise<void> {
    return this.send('', ['SUBSCRIBE', channel]) as Promise<void>;
  }

  unsubscribe(channel: string): Promise<void> {
    return this.send('', ['UNSUBSCRIBE', channel]) as Promise<void>;
  }

  destroy(): void {
    this.isDestroyed = true;
  }

  /** The first words of what was asked. */
  get words(): string[] {
    return this.asked.map(({ command }) => command[0] as string);
  }

  /** The last thing that was asked. */
  get last(): Asked {
    return this.asked.at(-1) as Asked;
  }
}

function ask(command: readonly string[]): [Asked, Promise<unknown>] {
  let settle: { resolve: (value: unknown) => void; reject: (error: Error) => void } | undefined;
  const answer = new Promise((resolve, reject) => {
    settle = { resolve, reject };
  });
  const asked = {
    command,
    answer: (value?: unknown) => settle?.resolve(value),
    fail: (message: string) => settle?.reject(new Error(message)),
  };
  return [asked, answer];
}

/** A clock whose time is the test's. */
export class TestTime {
  #now = 0;
  #timer: { callback: () => void; at: number } | undefined;
  readonly clock = new Clock({
    now: () => this.#now,
    start: (callback, delay) => {
      const timer = { callback, at: this.#now + delay };
      this.#timer = timer;
      return timer;
    },
    stop: (timer) => {
      if (this.#timer === timer) this.#timer = undefined;
    },
  });

  get now(): number {
    return this.#now;
  }

  /** Lets time pass, and everything happen that is due, at its time. */
  pass(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (let timer = this.#timer; timer !== undefined && timer.at <= end; timer = this.#timer) {
      this.#timer = undefined;
      this.#now = Math.max(this.#now, timer.at);
      timer.callback();
    }
    this.#now = end;
  }

  expectNothing(): void {
    expect(this.clock.size, 'timers').toBe(0);
  }
}

/** A link over such connections, and all that it has made. */
export interface FakeLink {
  readonly link: Link;
  readonly made: FakeConnection[];
  readonly events: string[];
  /** The newest. */
  current(): FakeConnection;
  /** Opens the newest. */
  up(): Promise<FakeConnection>;
}

/** @param listener what the users of the link do. */
export function fakeLink(time: TestTime, listener: Partial<LinkListener> = {}, isCluster = false): FakeLink {
  const made: FakeConnection[] = [];
  const events: string[] = [];
  const link = new Link(
    (listener) => {
      const connection = new FakeConnection(listener, isCluster);
      made.push(connection);
      return connection;
    },
    1_000,
    {
      ...listener,
      onUp: (connection) => {
        events.push('up');
        listener.onUp?.(connection);
      },
      onDown: () => {
        events.push('down');
        listener.onDown?.();
      },
      onMessage: (channel, message) => events.push(`${channel}: ${message}`),
    },
    time.clock,
  );
  const current = (): FakeConnection => made.at(-1) as FakeConnection;
  return {
    link,
    made,
    events,
    current,
    up: async () => {
      const connection = current();
      connection.opening.answer();
      await turns();
      return connection;
    },
  };
}

/** Lets every promise that is settled be heard of. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await null;
}
