// Attacks by frames: rows F1 to F19 of the table.
import { expect } from 'vitest';
import { BINARY } from '../websocket/raw-peer.ts';
import { Attacker } from './attacker.ts';
import { attack, KIB, MIB, suffer } from './row.ts';
import { buildVictim, Victim } from './victim.ts';

buildVictim();

attack('F6', {
  bound: 8 * MIB,
  async run(victim) {
    const lengths: [bigint, number][] = [
      [1n << 63n, 1002],
      [(1n << 64n) - 1n, 1002],
      [1n << 53n, 1009],
      [(1n << 53n) - 1n, 1009],
      [1n << 31n, 1009],
      [1n << 20n, 1009],
    ];
    for (const [length, code] of lengths) {
      const attacker = await Attacker.open(victim);
      // The header alone: the verdict must not wait for a byte of payload.
      attacker.send(Attacker.header(BINARY, length + (length === 1n << 20n ? 1n : 0n)));
      expect([length, await attacker.closeCode()]).toEqual([length, code]);
    }
  },
  control: [
    'a payload of the longest length that is allowed is taken',
    async () => {
      const victim = await Victim.start();
      await suffer(victim, async () => {
        const attacker = await Attacker.open(victim);
        attacker.send(Attacker.header(BINARY, 1n << 20n), Buffer.alloc(MIB));
        const echo = await attacker.next();
        expect(echo?.payload.length).toBe(MIB);
        await attacker.leave();
      });
      const { messageBytes } = await victim.report();
      expect(messageBytes).toBeGreaterThanOrEqual(MIB + 3 * 32);
      expect(KIB).toBe(1_024);
    },
  ],
});
