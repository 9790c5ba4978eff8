// A place with everything real: redis-server, instances of `sluice serve` in processes of their own, nginx before them with the
// configuration of examples/nginx, TLS, tokens; and clients in Node and in Chromium. Afterwards it says what must have happened:
// what each client heard is the log itself, in order, once.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { type Browser, chromium as playwright } from 'playwright-core';
import { expect, vi } from 'vitest';
import type { Transport } from '../../src/resilient/index.ts';
import { Endings } from '../chaos/endings.ts';
import { NginxProcess, nginx } from '../examples/nginx-process.ts';
import { Running } from '../examples/running.ts';
import { localCertificate } from '../interop/certificates.ts';
import { CHROMIUM_ARGUMENTS, chromium, describeWith, openssl, redis } from '../interop/programs.ts';
import { RedisServer } from '../redis/redis-server.ts';
import { Built } from './built.ts';
import { type Guest, NodePlace, PagePlace, type Place } from './places.ts';
import { readLog } from './room-log.ts';
import type { Account, Said } from './witness.ts';
import type { WitnessSettings } from './witnesses.ts';

/** The programs, where they are. */
export interface Paths {
  readonly openssl: string;
  readonly redis: string;
  readonly nginx: string;
  readonly chromium: string;
}

/** What is different from the shipped configuration of nginx. */
export type Change = (configuration: string) => string;

/** By room. */
export type Logs = ReadonlyMap<string, readonly Said[]>;

/** Milliseconds: short, so that what happens happens soon. The way to come back is that of everybody. */
export const QUICK = {
  minDelay: 100,
  maxDelay: 800,
  connectTimeout: 2_000,
  stableAfter: 200,
  pingInterval: 1_000,
  pingTimeout: 1_000,
  publishRate: 3,
} as const;

const SECRET = 'a secret of the tests, of more than 32 bytes';
/** So much is kept that nobody is told of a gap for having been away. */
const SERVE = 'serve --trust-proxy 127.0.0.1 --max-connections-per-ip 0 --history 100000 --port';
const INSTANCES = 2;

/** Milliseconds for the programs to start, on a machine that does much else. */
export const START_TIMEOUT = 60_000;
// Many processes and a browser: whoever runs this beside much else shall not be told that it is wrong.
vi.setConfig({ testTimeout: 60_000, hookTimeout: START_TIMEOUT });

/** Tests that need all the programs. */
export function describeScene(title: string, tests: (paths: Paths) => void): void {
  describeWith(openssl, `${title}, with a certificate`, (opensslPath) => {
    describeWith(redis, 'with Redis', (redisPath) => {
      describeWith(nginx, 'with nginx', (nginxPath) => {
        describeWith(chromium, 'in Node and in Chromium', (chromiumPath) => {
          tests({ openssl: opensslPath, redis: redisPath, nginx: nginxPath, chromium: chromiumPath });
        });
      });
    });
  });
}

/** All of it. */
export class Scene {
  readonly redis: RedisServer;
  readonly instances: Running[] = [];
  readonly certificate: { readonly cert: Buffer; readonly key: Buffer };
  readonly built: Built;
  readonly #paths: Paths;
  readonly #endings: Endings;
  #browser: Browser | undefined;
  #names = 0;

  private constructor(parts: Pick<Scene, 'redis' | 'certificate' | 'built'>, paths: Paths, endings: Endings) {
    this.redis = parts.redis;
    this.certificate = parts.certificate;
    this.built = parts.built;
    this.#paths = paths;
    this.#endings = endings;
  }

  /**
   * Starts Redis and the instances. What was started before something failed is ended.
   *
   * @param addresses for which the certificate is, besides `localhost`.
   */
  static async open(paths: Paths, ...addresses: readonly string[]): Promise<Scene> {
    const endings = new Endings();
    try {
      const built = new Built();
      endings.add(() => built.remove());
      const certificate = localCertificate(paths.openssl, ...addresses);
      writeFileSync(join(built.folder, 'certificate.pem'), certificate.cert);
      const server = await RedisServer.start(paths.redis);
      endings.add(() => server.stop());
      const scene = new Scene({ redis: server, certificate, built }, paths, endings);
      await Promise.all(Array.from({ length: INSTANCES }, (_, index) => scene.start(index)));
      return scene;
    } catch (error) {
      await endings.run();
      throw error;
    }
  }

  /** Starts an instance, or starts it again on the port that it had. */
  async start(index: number): Promise<void> {
    const { built, redis: store, instances } = this;
    const before = instances[index];
    const environment = () => ({
      ...process.env,
      SLUICE_JWT_SECRET: SECRET,
      SLUICE_REDIS: `redis://127.0.0.1:${store.port}`,
    });
    const running = await Running.start(
      { folder: built.folder, environment },
      `${process.execPath} ${built.server} ${SERVE} ${before?.port ?? 0}`,
    );
    instances[index] = running;
    this.#endings.add(() => running.kill());
  }

  /** Starts an nginx before the instances. */
  async nginx(change?: Change): Promise<NginxProcess> {
    const { certificate, instances } = this;
    const [first, second] = instances.map(({ port }) => port) as [number, number];
    // The configuration has three, of which two are the same here.
    const ports = [first, second, second] as const;
    const proxy = await NginxProcess.start({ path: this.#paths.nginx, certificate, instances: ports, change });
    this.#endings.add(() => proxy.stop());
    return proxy;
  }

  /** A process of Node. @param before what goes before its command. */
  node(...before: readonly string[]): NodePlace {
    const place = new NodePlace(this.built.program('node-process'), this.#certificateFile, before);
    this.#endings.add(() => place.close());
    return place;
  }

  /** A page of Chromium. */
  async page(origin: string): Promise<PagePlace> {
    if (this.#browser === undefined) {
      this.#browser = await this.launch(this.#paths.chromium);
    }
    const place = await PagePlace.open(this.#browser, origin);
    this.#endings.add(() => place.close());
    return place;
  }

  /** A browser of its own. */
  async launch(executablePath = this.#paths.chromium): Promise<Browser> {
    const browser = await playwright.launch({ executablePath, args: CHROMIUM_ARGUMENTS });
    this.#endings.add(() => browser.close());
    return browser;
  }

  /** What has to be done at the end. */
  atTheEnd(end: () => unknown): void {
    this.#endings.add(end);
  }

  /** Opens a client at a place, which joins the rooms. */
  async enter(
    place: Place,
    origin: string,
    rooms: readonly string[],
    transports: readonly Transport['name'][],
    options: WitnessSettings['options'] = {},
  ): Promise<Guest> {
    const name = `${place.name} ${transports[0]} ${++this.#names}`;
    const url = `${origin.replace('http', 'ws')}/ws`;
    const token = await tokenOf(name);
    const guest = await place.open({ name, url, transports, options: { ...QUICK, token, ...options } });
    await guest.ask('joins', rooms);
    return guest;
  }

  /** A client at each place over each transport. */
  async everybody(places: readonly Place[], origin: string, rooms: readonly string[]): Promise<Guest[]> {
    const ways = places.flatMap((place) =>
      (['websocket', 'sse', 'poll'] as const).map((transport) => [place, transport] as const),
    );
    return Promise.all(ways.map(([place, transport]) => this.enter(place, origin, rooms, [transport])));
  }

  /**
   * Lets everybody finish, and expects that each has heard the log of each room, in order, once, and nothing else; that each
   * thing that was said is in it once, in the order of who said it, under the id that was acknowledged; and that nobody was told
   * of a gap.
   *
   * @param lost what the logs held that were there before, where they were lost: then everybody was told so, once for each room.
   * @returns what has happened to each.
   */
  async judge(guests: readonly Guest[], rooms: readonly string[], lost?: Logs): Promise<Account[]> {
    const logs = await this.logs(guests, rooms);
    const accounts: Account[] = [];
    for (const guest of guests) {
      for (const [room, log] of logs) await guest.ask('hears', room, log.at(-1)?.id ?? '');
      const account = await guest.ask('account');
      accounts.push(account);
      for (const [room, log] of logs) {
        const all = [...(lost?.get(room) ?? []), ...log];
        expect(account.heard[room], `what ${guest.name} has heard`).toEqual(all);
        expect(account.cursors[room], `where ${guest.name} stands`).toBe(log.at(-1)?.id);
        const own = all.filter(({ content }) => content.startsWith(`${guest.name} `));
        expect(own, `what ${guest.name} has said`).toEqual(account.said[room]);
      }
      expect(account.gaps.toSorted(), `gaps of ${guest.name}`).toEqual(lost === undefined ? [] : rooms.toSorted());
    }
    return accounts;
  }

  /** Lets everybody finish. @returns what the log of each room holds then. */
  async logs(guests: readonly Guest[], rooms: readonly string[]): Promise<Logs> {
    await Promise.all(guests.map((guest) => guest.ask('hushes')));
    const { origin } = this.instances[0] as Running;
    const token = await tokenOf('the judge');
    return new Map(await Promise.all(rooms.map(async (room) => [room, await readLog(origin, token, room)] as const)));
  }

  /** Where everybody stands, for somebody who has to find out why a test waits in vain. */
  async describe(guests: readonly Guest[]): Promise<string> {
    const lines = guests.map(async (guest) => {
      const { state, transport, opens, losses, heard } = await guest.ask('account');
      const counts = Object.values(heard).map(({ length }) => length);
      const last = losses
        .slice(-3)
        .map(({ code, reason, delay }) => `${code} ${reason} (${Math.round(delay ?? 0)} ms)`);
      return `${guest.name}: ${state} over ${transport}, open ${opens.length} times, heard ${counts}; ${losses.length} losses, last: ${last}`;
    });
    return (await Promise.all(lines)).join('\n');
  }

  get #certificateFile(): string {
    return join(this.built.folder, 'certificate.pem');
  }

  close(): Promise<void> {
    return this.#endings.run();
  }
}

/** A token for somebody. */
export function tokenOf(name: string): Promise<string> {
  const claims = new SignJWT({ sub: name }).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('1h');
  return claims.sign(new TextEncoder().encode(SECRET));
}
