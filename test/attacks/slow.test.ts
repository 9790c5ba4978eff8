// Attacks by not reading: rows S1 to S3 of the table.
import { expect } from 'vitest';
import { BINARY } from '../websocket/raw-peer.ts';
import { Attacker } from './attacker.ts';
import { isServed } from './honest.ts';
import { attack, KIB, MIB, suffer } from './row.ts';
import { buildVictim, Victim } from './victim.ts';

buildVictim();

/** The default of `maxBufferedAmount`, and the message that passes it. */
const MARK = 4 * MIB;
const MESSAGE = 64 * KIB;
/** What the kernel takes on both sides of a connection, and as much again. */
const MUCH = 32 * MIB;

/** Sends to everybody until the peer is gone, or has been sent so much; tells how much waited for it at the most. */
async function pushMuch(victim: Victim): Promise<number> {
  let most = 0;
  for (let sent = 0; sent < MUCH; sent += 16 * MESSAGE) {
    const { buffered, clients } = await victim.ask({ ask: 'push', size: MESSAGE, times: 16 });
    most = Math.max(most, buffered);
    if (clients === 0) break;
  }
  return most;
}

attack('S1', {
  bound: 2 * MARK + 8 * MIB,
  async run(victim) {
    const attacker = await Attacker.open(victim);
    attacker.socket.pause();
    expect(await pushMuch(victim)).toBeLessThanOrEqual(MARK + MESSAGE + KIB);
    // It is told why, should it ever read; and it is not waited for.
    expect((await victim.report()).violations).toEqual({});
    await isServed(victim);
    attacker.reset();
  },
  control: [
    'without the limit the same messages are seen to wait',
    async () => {
      const victim = await Victim.start({ server: { maxBufferedAmount: 0 } });
      const attacker = await Attacker.open(victim);
      attacker.socket.pause();
      expect(await pushMuch(victim)).toBeGreaterThan(4 * MARK);
      attacker.reset();
    },
  ],
});

attack('S2', {
  victim: { server: { writeTimeout: 1_000, closeTimeout: 1_000, maxBufferedAmount: 4 * MARK } },
  bound: 2 * MARK + 8 * MIB,
  async run(victim) {
    const attacker = await Attacker.open(victim);
    attacker.socket.pause();
    // Much less than the limit of bytes waits, and the peer does read: a byte at a time.
    await victim.ask({ ask: 'push', size: MESSAGE, times: (8 * MIB) / MESSAGE });
    const sips = setInterval(() => attacker.socket.read(1), 50);
    try {
      const { clients } = await victim.until((report) => report.clients === 0);
      expect(clients).toBe(0);
    } finally {
      clearInterval(sips);
    }
    attacker.reset();
  },
  control: [
    'who reads all of it, however late it starts, stays',
    async () => {
      const victim = await Victim.start({ server: { writeTimeout: 60_000, maxBufferedAmount: 4 * MARK } });
      const attacker = await Attacker.open(victim);
      attacker.socket.pause();
      const { buffered } = await victim.ask({ ask: 'push', size: MESSAGE, times: (8 * MIB) / MESSAGE });
      expect(buffered).toBeGreaterThan(0);
      await isServed(victim);
      attacker.socket.resume();
      for (let count = 0; count < (8 * MIB) / MESSAGE; count++) await attacker.expect(BINARY);
      await victim.until((report) => report.buffered === 0);
      await attacker.leave();
    },
  ],
});

/** The kernel takes some MiB for each of them, before anything waits in the process. */
const SLOW = 250;
const TIMES = 64;

/** Hundreds who do not read, and one who does: what it got of so many messages of 64 KiB. */
async function fastAmongSlow(victim: Victim): Promise<number> {
  const slow = await Attacker.crowd(victim, SLOW);
  for (const { socket } of slow) socket.pause();
  const fast = await Attacker.open(victim);
  await victim.ask({ ask: 'push', size: MESSAGE, times: TIMES });
  let got = 0;
  while (got < TIMES && (await fast.next())?.payload.length === MESSAGE) got++;
  await isServed(victim);
  for (const attacker of slow) attacker.reset();
  await fast.leave();
  return got;
}

attack('S3', {
  // Four MiB in all, which wait for hundreds and are there once; and what connections take for themselves.
  bound: TIMES * MESSAGE * 4 + SLOW * 32 * KIB,
  async run(victim) {
    expect(await fastAmongSlow(victim)).toBe(TIMES);
  },
  control: [
    'a server that copies for each is seen to pass the bound',
    async () => {
      const victim = await Victim.start({ behaviour: 'copy' });
      const { growth } = await suffer(victim, async () => {
        expect(await fastAmongSlow(victim)).toBe(TIMES);
      });
      expect(growth).toBeGreaterThan(TIMES * MESSAGE * 4 + SLOW * 32 * KIB);
    },
  ],
});
