// `ws` itself, and `sluice/ws`, play the contract.
import { describe, expect, test } from 'vitest';
import * as ws from 'ws';
import * as sluiceWs from '../../src/ws.ts';
import { CONTRACT, playContract } from './contract.ts';
import type { Subject } from './stage.ts';

describe('a declared difference', () => {
  const rows = Object.values(CONTRACT).flat();

  test('stands in a row that no other has the name of', () => {
    for (const [topic, ofTopic] of Object.entries(CONTRACT)) {
      const names = ofTopic.map(({ name }) => name);
      expect(new Set(names).size, topic).toBe(names.length);
    }
  });

  test.each(rows.filter(({ differences }) => differences.length > 0).map((row) => [row.name, row] as const))(
    '%s: is one, and has a reason',
    (_, { expected, differences }) => {
      for (const difference of differences) {
        expect(difference.expected).not.toEqual(expected);
        expect(difference.because.length).toBeGreaterThan(20);
        expect(difference.of).not.toContain('ws');
      }
    },
  );
});

describe('ws', () => {
  playContract({ name: 'ws', ...ws } as unknown as Subject);
});

describe('sluice/ws', () => {
  playContract({ name: 'sluice/ws', ...sluiceWs } as unknown as Subject);
});
