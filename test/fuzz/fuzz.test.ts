// The bounded form of `npm run fuzz`: the same inputs every time, counted and not timed. What once broke is read again
// first. See CONTRIBUTING.md.
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { fuzz, read } from './fuzz.ts';
import { kept } from './regressions.ts';
import { TARGETS } from './targets/index.ts';

const REGRESSIONS = fileURLToPath(new URL('regressions', import.meta.url));
const SEED = 6455;
/** Inputs for each target. */
const INPUTS = 2000;

describe.each(TARGETS)('$name', (target) => {
  test('what once broke does not break again', async () => {
    for (const { file, input } of kept(REGRESSIONS, target.name))
      expect([file, await read(target, input)]).toEqual([file, expect.any(String)]);
  });

  test(`no oracle objects to any of ${INPUTS} inputs`, async () => {
    const report = await fuzz(target, { seed: SEED, goOn: (inputs) => inputs < INPUTS });
    expect(report.finding && `${report.finding.input.toString('hex')}: ${report.finding.error.stack}`).toBeUndefined();
    expect(report.inputs).toBe(INPUTS);
    // The changes lead somewhere: more inputs did something new than there were in the beginning.
    expect(report.corpus).toBeGreaterThan(target.seeds.length);
  });
});
