// The conformance suite against ourselves in both roles, and against `ws` as the control: a tester that finds nothing in an
// implementation with known deviations finds nothing anywhere.
import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { allCases, selectCases } from './cases/index.ts';
import { echoClient, echoServer, type Library } from './echo.ts';
import { count, line, page } from './report.ts';
import { type Result, testClients, testServer } from './run.ts';

/** Sections 12 and 13 send so many messages for each case here; `npm run conformance` sends 1,000. */
const MESSAGES = 20;
const MINUTES = 60_000;
const cases = allCases(MESSAGES);

/** Autobahn's cases by section, counted in its own registry (version of 2025-11-15). */
const IN_AUTOBAHN = { 1: 16, 2: 11, 3: 7, 4: 10, 5: 20, 6: 145, 7: 37, 9: 54, 10: 1, 12: 90, 13: 126 };

describe('the suite', () => {
  it('has every case of Autobahn, section by section', () => {
    const sections: Record<string, number> = {};
    for (const { id } of cases) {
      const section = id.slice(0, id.indexOf('.'));
      sections[section] = (sections[section] ?? 0) + 1;
    }
    expect(sections).toEqual(IN_AUTOBAHN);
    expect(cases).toHaveLength(517);
  });

  it('numbers each case once', () => {
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
  });

  it('selects by section, not by the beginning of a number', () => {
    expect(selectCases(cases, ['1.1']).map(({ id }) => id)).toEqual(
      Array.from({ length: 8 }, (_, index) => `1.1.${index + 1}`),
    );
  });
});

async function asServer(
  library: Library,
  prefixes: readonly string[] = [],
  ...compression: [true?]
): Promise<Result[]> {
  const server = await echoServer(library, ...compression);
  const results = await testServer(server.url, selectCases(cases, prefixes)).finally(() => server.close());
  if (compression.length === 0) keep(`${library}-server`, results);
  return results;
}

async function asClient(library: Library, prefixes: readonly string[] = []): Promise<Result[]> {
  const tester = await testClients(0, selectCases(cases, prefixes));
  try {
    await echoClient(library, `ws://127.0.0.1:${tester.port}`);
  } finally {
    tester.close();
  }
  const results = await tester.finished;
  keep(`${library}-client`, results);
  return results;
}

/** The reports of a full run are artefacts of CI. */
function keep(name: string, results: readonly Result[]): void {
  mkdirSync('artefacts/conformance', { recursive: true });
  writeFileSync(`artefacts/conformance/${name}.json`, JSON.stringify({ counts: count(results), results }, null, 2));
  writeFileSync(`artefacts/conformance/${name}.html`, page(name, results));
}

const deviations = (results: readonly Result[]): string[] =>
  results.filter(({ verdict }) => verdict !== 'OK').map(line);

describe('sluice', () => {
  it('is strict in every case as a server', { timeout: 10 * MINUTES }, async () => {
    const results = await asServer('sluice');
    expect(deviations(results)).toEqual([]);
    expect(results).toHaveLength(517);
  });

  it('keeps the order where only some messages are long enough to be compressed', async () => {
    expect(deviations(await asServer('sluice', ['12.1.4', '12.3.4'], true))).toEqual([]);
  });

  it('is strict in every case as a client', { timeout: 10 * MINUTES }, async () => {
    const results = await asClient('sluice');
    expect(deviations(results)).toEqual([]);
    expect(results).toHaveLength(517);
  });
});

describe('ws, the control', () => {
  /** `ws` looks at text only when the message is whole. */
  const LATE = ['6.4.1', '6.4.2', '6.4.3', '6.4.4'];

  it('is found to fail late on text that is not UTF-8, as a server', { timeout: 5 * MINUTES }, async () => {
    const results = await asServer('ws', ['1', '2', '3', '4', '5', '6', '7', '10']);
    const late = results.filter(({ verdict }) => verdict === 'NON-STRICT').map(({ id }) => id);
    expect(late).toEqual(LATE);
  });

  it('is found to fail late on text that is not UTF-8, as a client', { timeout: 5 * MINUTES }, async () => {
    const results = await asClient('ws', ['6.2', '6.3', '6.4']);
    const late = results.filter(({ verdict }) => verdict === 'NON-STRICT').map(({ id }) => id);
    expect(late).toEqual(LATE);
  });
});
