// Everybody comes again at once, as after a restart: row I7 of the table. Who is too many is told when to come again, and does.
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { expect } from 'vitest';
import { WebSocket } from 'ws';
import { attack, MIB } from './row.ts';
import { buildVictim, Victim } from './victim.ts';

buildVictim();

const CLIENTS = 2_000;
/** New connections of one address: so many at once, and as many in each second. */
const RATE = { limit: 400, interval: 1_000 };
const TOO_MANY_REQUESTS = 429;

interface Storm {
  /** How often somebody was told to come again later, and not told when. */
  refused: number;
  timeless: number;
  /** Milliseconds after which each was in. */
  readonly times: number[];
}

/** Lets everybody come at once, and again when told so, each at a time of its own. Resolves when all are in. */
async function storm({ port }: Victim): Promise<{ readonly result: Storm; readonly leave: () => Promise<void> }> {
  const result: Storm = { refused: 0, timeless: 0, times: [] };
  const began = performance.now();
  const sockets = await Promise.all(Array.from({ length: CLIENTS }, () => come(port, result, began)));
  const leave = async (): Promise<void> => {
    await Promise.all(
      sockets.map((socket) => {
        socket.terminate();
        return once(socket, 'close');
      }),
    );
  };
  return { result, leave };
}

function come(port: number, result: Storm, began: number): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const attempt = (): void => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
      socket.on('open', () => {
        result.times.push(performance.now() - began);
        resolve(socket);
      });
      socket.on('unexpected-response', (request, response: IncomingMessage) => {
        response.resume();
        request.destroy();
        if (response.statusCode !== TOO_MANY_REQUESTS) reject(new Error(`status ${response.statusCode}`));
        result.refused++;
        const seconds = Number(response.headers['retry-after'] ?? Number.NaN);
        if (!(seconds > 0)) result.timeless++;
        // Spread over as long again: those who come together once would come together again.
        setTimeout(attempt, (seconds || 1) * 1_000 * (1 + Math.random()));
      });
      // Of a request that was broken off here; anything else leaves somebody outside, and the test waits for it.
      socket.on('error', () => {});
    };
    attempt();
  });
}

attack('I7', {
  victim: { server: { maxHandshakesPerIp: RATE } },
  bound: 128 * MIB,
  async run(victim) {
    const { result, leave } = await storm(victim);
    const sorted = result.times.toSorted((a, b) => a - b);
    console.log(
      `I7: 99 % of ${CLIENTS} are in after ${Math.round(sorted[Math.floor(CLIENTS * 0.99)] ?? 0)} ms, ` +
        `${result.refused} were told to come later`,
    );
    expect(result.times).toHaveLength(CLIENTS);
    // The first are in at once, the others were told, and each of them when.
    expect(result.refused).toBeGreaterThan(0);
    expect(result.timeless).toBe(0);
    await leave();
    await victim.until(({ clients }) => clients === 0);
  },
  control: [
    'without a limit nobody is told to come later',
    async () => {
      const victim = await Victim.start();
      const { result, leave } = await storm(victim);
      expect([result.refused, result.times.length]).toEqual([0, CLIENTS]);
      await leave();
    },
  ],
});
