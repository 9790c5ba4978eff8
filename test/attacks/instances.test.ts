// Instances are killed, ended and restarted, behind a real nginx and over a real Redis: rows I1 to I3 of the table. I6: the time
// of day jumps, and nothing that waits for a time notices.
import { afterAll, beforeAll, expect, onTestFinished, vi } from 'vitest';
import { createWebSocketServer } from '../../src/app/index.ts';
import { MemoryBroker } from '../../src/rooms/index.ts';
import { Cast } from '../chaos/cast.ts';
import { check } from '../chaos/checker.ts';
import { History } from '../chaos/history.ts';
import { type Outcome, ShortRuns } from '../chaos/short-run.ts';
import { Target } from '../chaos/target.ts';
import { nginx } from '../examples/nginx-process.ts';
import { describeWith, openssl, redis } from '../interop/programs.ts';
import { fault } from './instance-row.ts';

const HOUR = 3_600_000;
/** Minutes and rooms: a few faults. */
const SHORT = ['--minutes', '0.15', '--rooms', '1'];

describeWith(redis, 'with Redis', () => {
  describeWith(openssl, 'with a certificate', () => {
    describeWith(nginx, 'instances behind nginx', () => {
      let runs: ShortRuns;

      beforeAll(() => {
        runs = new ShortRuns();
      }, 60_000);
      afterAll(() => runs.end(), 60_000);

      const suffer = (...options: readonly string[]): Promise<Outcome> => runs.run(...SHORT, ...options);

      /** Everything was kept, and the fault was there. */
      function expectKept({ code, report }: Outcome, name: string): void {
        expect(report?.verdict.findings).toEqual([]);
        expect(code).toBe(0);
        expect(report?.verdict.counts.faults[name]).toBeGreaterThan(0);
        expect(report?.verdict.counts.gapsAnnounced).toBe(0);
        expect(report?.measures.recovery[name]?.count).toBeGreaterThan(0);
      }

      fault('I1', {
        run: async () => expectKept(await suffer('--faults', 'instance-kill'), 'instance-kill'),
        control: [
          'who is not given what it has missed has lost it, and that is found',
          async () => {
            const { code, report } = await suffer('--faults', 'instance-kill', '--plant', 'skip-catch-up');
            expect(report?.verdict.counts.lostSilently).toBeGreaterThan(0);
            expect(code).toBe(1);
          },
        ],
      });

      fault('I2', {
        // That the process ends with 0, in time, is noted by whoever has told it to.
        run: async () => expectKept(await suffer('--faults', 'instance-end'), 'instance-end'),
        control: [
          'what is answered and not appended is found',
          async () => {
            const { code, report } = await suffer('--faults', 'instance-end', '--plant', 'forget-acknowledged');
            expect(report?.verdict.breaches['another content']).toBeGreaterThan(0);
            expect(code).toBe(1);
          },
        ],
      });

      fault('I3', {
        run: async () => expectKept(await suffer('--faults', 'rolling-restart'), 'rolling-restart'),
        control: [
          'what is given twice is found',
          async () => {
            const { code, report } = await suffer('--faults', 'rolling-restart', '--plant', 'deliver-twice');
            expect(report?.verdict.counts.duplicates).toBeGreaterThan(0);
            expect(code).toBe(1);
          },
        ],
      });
    });
  });
});

/** Sets the time of day of this process, server and guests alike. Timers go on as they went. */
function jump(milliseconds: number): void {
  vi.setSystemTime(Date.now() + milliseconds);
}

fault('I6', {
  async run() {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const broker = new MemoryBroker({ ttl: 24 * HOUR });
    const app = await createWebSocketServer(0, { broker, rate: { perSecond: 1_000, burst: 1_000 } });
    const target = new Target(app.url.slice(0, -1));
    const history = new History();
    const cast = new Cast({ target, history, seed: 1, rooms: 1, interval: 10 });
    onTestFinished(async () => {
      cast.stop();
      await target.close();
      await app.shutdown({ timeout: 0 });
      await broker.close();
    });
    cast.start();
    for (const leap of [0, HOUR, -2 * HOUR, HOUR]) {
      jump(leap);
      const { length } = history.entries;
      await vi.waitUntil(() => history.entries.length > length + 300, { timeout: 60_000 });
    }
    await cast.conclude([target]);
    const { findings, counts } = check(history.entries);
    expect(findings).toEqual([]);
    expect(counts.gapsAnnounced).toBe(0);
    // Nobody was sent away who would have stayed: no heartbeat, hold or time limit has taken the leap for its own.
    const left = history.entries.filter((entry) => entry.kind === 'leave' && entry.who.startsWith('steady'));
    expect(left).toEqual([]);
  },
  control: [
    'a token that is valid for half an hour is not believed an hour later, and is again when the clock is set back',
    async () => {
      vi.useFakeTimers({ toFake: ['Date'] });
      onTestFinished(() => void vi.useRealTimers());
      const expires = Date.now() + HOUR / 2;
      const app = await createWebSocketServer(0, { authenticate: () => ({ userId: 'ada', expires }) });
      onTestFinished(() => app.shutdown({ timeout: 0 }));
      const ask = async (): Promise<number> => {
        const url = `${app.url}api/poll?room=lobby`;
        const response = await fetch(url, { headers: { Authorization: 'Bearer token', Connection: 'close' } });
        await response.text();
        return response.status;
      };
      expect(await ask()).toBe(200);
      jump(HOUR);
      expect(await ask()).toBe(401);
      jump(-HOUR);
      expect(await ask()).toBe(200);
    },
  ],
});
