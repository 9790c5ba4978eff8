// close() at whatever moment leaves nothing that keeps a process of Node alive: each is spawned, closes its client at that moment, and
// has to end by itself. Its timers are set to an hour, so whatever is forgotten makes its test run out of time.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Endings } from '../chaos/endings.ts';
import { Running } from '../examples/running.ts';
import { TcpWay } from '../redis/tcp-way.ts';
import { Built } from './built.ts';
import type { Addresses, Moment } from './closing-process.ts';

const MOMENTS: readonly Moment[] = [
  'at once',
  'while the token is asked for',
  'while it connects',
  'while it waits to come back',
  'while there is no network',
  'when it opens',
  'while it is open',
  'while what it has said is under way',
  'while it reads event streams',
  'while its poll is held',
  'while it is over a worse transport',
  'and nobody answers its Close',
  'by its signal',
  'by itself, after its attempts',
];

describe('a process ends by itself when its client is closed', () => {
  const endings = new Endings();
  let program: string;
  let addresses: Addresses;

  beforeAll(async () => {
    const built = new Built();
    endings.add(() => built.remove());
    program = built.program('closing-process');
    const surroundings = { folder: built.folder, environment: () => process.env };
    const server = await Running.start(surroundings, `${process.execPath} ${built.server} serve --port 0`);
    endings.add(() => server.kill());
    const [nobody, silence, handshake] = (await Promise.all(
      Array.from({ length: 3 }, async () => {
        const way = await new TcpWay(server.port, undefined).open();
        endings.add(() => way.close());
        return way;
      }),
    )) as [TcpWay, TcpWay, TcpWay];
    nobody.cut();
    silence.swallow();
    handshake.passHeadsOnly();
    const addressOf = ({ port }: { readonly port: number }): string => `http://127.0.0.1:${port}/`;
    addresses = {
      server: addressOf(server),
      nobody: addressOf(nobody),
      silence: addressOf(silence),
      handshake: addressOf(handshake),
    };
  }, 60_000);
  afterAll(() => endings.run());

  it.each(MOMENTS)('%s', async (moment) => {
    const child = spawn(process.execPath, [program, moment, JSON.stringify(addresses)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [printed, [code, signal]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    expect([printed, code, signal]).toEqual(['closed', 0, null]);
  });
});
