// "Vérification d'origine" and "Rate limiting par IP": by hand with verifyClient, and by the options that do it.
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { WebSocketServer } from '../../src/index.ts';
import * as sluiceWs from '../../src/ws.ts';
import { statusOf } from '../drop-in/stage.ts';
import { ask, join, type Options, serve } from './connection.ts';

const ALLOWED_ORIGINS = new Set(['https://app.mondomaine.fr', 'https://staging.mondomaine.fr']);
const ORIGIN = 'Origin: https://app.mondomaine.fr';
const MAX_CONNECTIONS_PER_IP = 3;

/** The program: counts connections by address, and gives each back when its socket closes, whatever became of it. */
class Gate {
  readonly counts = new Map<string, number>();

  readonly verifyClient = (
    { origin, req }: { origin: string; req: IncomingMessage },
    callback: (verified: boolean, status?: number, message?: string) => void,
  ): void => {
    if (!ALLOWED_ORIGINS.has(origin)) {
      callback(false, 403, 'Origine non autorisée');
      return;
    }
    const address = req.socket.remoteAddress ?? 'unknown';
    const count = this.counts.get(address) ?? 0;
    if (count >= MAX_CONNECTIONS_PER_IP) {
      callback(false, 429, 'Trop de connexions depuis cette IP');
      return;
    }
    this.counts.set(address, count + 1);
    req.socket.once('close', () => {
      const left = (this.counts.get(address) as number) - 1;
      if (left === 0) this.counts.delete(address);
      else this.counts.set(address, left);
    });
    callback(true);
  };
}

/** The statuses of so many connections that stay open. */
async function statuses(server: WebSocketServer, count: number, lines: string[]): Promise<number[]> {
  const seen: number[] = [];
  for (let i = 0; i < count; i++) seen.push(statusOf((await ask(server, lines)).head));
  return seen;
}

const WAYS: [name: string, options: () => Options][] = [
  // With sluice's own defaults a page of another host does not get as far as verifyClient.
  ['by hand', () => ({ allowedOrigins: '*', verifyClient: new Gate().verifyClient })],
  ['by options', () => ({ allowedOrigins: [...ALLOWED_ORIGINS], maxConnectionsPerIp: MAX_CONNECTIONS_PER_IP })],
];

describe.each(WAYS)('a server that verifies its clients %s', (_, options) => {
  it('sends pages of other origins away by 403', async () => {
    const server = await serve(options());
    expect(await statuses(server, 1, ['Origin: https://evil.example'])).toEqual([403]);
    // A suffix is not the origin, and neither is another scheme.
    expect(await statuses(server, 1, ['Origin: https://app.mondomaine.fr.evil.example'])).toEqual([403]);
    expect(await statuses(server, 1, ['Origin: http://app.mondomaine.fr'])).toEqual([403]);
    expect(await statuses(server, 1, [ORIGIN])).toEqual([101]);
  });

  it('lets an address have so many connections, and no more', async () => {
    const server = await serve(options());
    expect(await statuses(server, 5, [ORIGIN])).toEqual([101, 101, 101, 429, 429]);
  });

  it('gives a place back when a connection ends, however it ends', async () => {
    const server = await serve(options());
    for (const end of ['close', 'destroy', 'resetAndDestroy'] as const) {
      for (let i = 0; i < MAX_CONNECTIONS_PER_IP; i++) {
        const connection = once(server, 'connection');
        const { wire, head } = await ask(server, [ORIGIN]);
        expect(statusOf(head)).toBe(101);
        const [socket] = await connection;
        const closed = once(socket, 'close');
        if (end === 'close') {
          wire.frame(8, Buffer.from([0x03, 0xe8]));
          await wire.closeStatus();
          wire.socket.end();
        } else wire.socket[end]();
        await closed;
      }
    }
    expect(await statuses(server, 1, [ORIGIN])).toEqual([101]);
  });
});

it('the gate keeps no entry of an address that has gone', async () => {
  const gate = new Gate();
  const server = await serve({ allowedOrigins: '*', verifyClient: gate.verifyClient });
  const connection = once(server, 'connection');
  const client = await join(server, [], { origin: 'https://app.mondomaine.fr' });
  const [socket] = await connection;
  expect([...gate.counts.values()]).toEqual([1]);
  const closed = once(socket, 'close');
  client.close();
  await closed;
  expect(gate.counts.size).toBe(0);
});

it('the program runs unchanged on sluice/ws, where every origin reaches verifyClient', async () => {
  const server = new sluiceWs.WebSocketServer({ port: 0, host: '127.0.0.1', verifyClient: new Gate().verifyClient });
  await once(server, 'listening');
  expect(statusOf((await ask(server, [ORIGIN])).head)).toBe(101);
  expect(statusOf((await ask(server, ['Origin: https://evil.example'])).head)).toBe(403);
  await server.shutdown({ timeout: 0 });
});
