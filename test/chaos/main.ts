// npm run chaos: see `--help`. Exit code 0: what was promised was kept.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeMachine } from '../../bench/machine.mjs';
import { check } from './checker.ts';
import { measure } from './measures.ts';
import { HELP, readOptions } from './options.ts';
import { figures, type Report, verdictText } from './report.ts';
import { run, stop } from './run.ts';

/** Behind this line of docs/chaos.md stand the figures of the last run that was published. */
const PUBLISHED = '## What was seen\n';

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(HELP);
    return;
  }
  const { minutes, seed, rooms, plant } = options;
  console.log(`${rooms} rooms for ${minutes} minutes, seed ${seed}${plant ? `, with a bug: ${plant}` : ''}`);
  const entries = await run(options, (line) => console.log(line));
  const report: Report = {
    options,
    verdict: check(entries),
    measures: measure(entries),
    machine: describeMachine([`Node ${process.version}`]),
  };
  mkdirSync(options.out, { recursive: true });
  const write = (name: string, content: string): void => writeFileSync(join(options.out, name), content);
  write('report.json', JSON.stringify(report));
  write('history.ndjson', entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  write('figures.md', figures(report));
  if (options.publish) publish(report);
  console.log(verdictText(report));
  console.log(`written to ${options.out}`);
  process.exitCode = Object.keys(report.verdict.breaches).length === 0 ? 0 : 1;
}

/** The figures of the documentation. Run in the folder of the repository, as npm does. */
function publish(report: Report): void {
  const page = readFileSync('docs/chaos.md', 'utf8');
  const end = page.indexOf(PUBLISHED);
  if (end === -1) throw new Error(`docs/chaos.md has no line "${PUBLISHED.trim()}"`);
  writeFileSync('docs/chaos.md', `${page.slice(0, end + PUBLISHED.length)}\n${figures(report)}`);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, async () => {
    await stop();
    process.exit(1);
  });
}

try {
  await main();
} catch (error) {
  const isStopped = error instanceof Error && error.name === 'AbortError';
  console.error(`npm run chaos: ${isStopped ? 'stopped' : error instanceof Error ? error.stack : error}`);
  process.exitCode = 2;
}
