// npm run soak: see `--help`. Exit code 0: flat, and nothing was lost.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeMachine, type Machine, openFilesLimit } from '../../bench/machine.mjs';
import { endAll } from '../../bench/processes.mjs';
import { HELP, type Options, readOptions } from './options.ts';
import { picture } from './picture.ts';
import { figures, progressLine, verdictText } from './report.ts';
import { type SoakRecord, soak } from './run.ts';
import { type Check, judge } from './verdict.ts';

/** Descriptors of a process that are no connections. */
const OTHER_DESCRIPTORS = 100;
/** Behind this line of docs/soak.md stand the figures of the last soak that was published. */
const PUBLISHED = '## What was seen\n';
/** Samples between two lines of progress. */
const LINE_EVERY = 10;

interface Report {
  readonly machine: Machine;
  readonly record: SoakRecord;
}

async function run(options: Options): Promise<Report> {
  const most = openFilesLimit() - OTHER_DESCRIPTORS;
  const connections = Math.min(options.connections, most);
  if (connections < options.connections) {
    console.log(`a process may open ${most + OTHER_DESCRIPTORS} files here: ${connections} guests instead`);
  }
  const { minutes, life, seed, fault } = options;
  console.log(`${connections} guests for ${minutes} minutes, seed ${seed}${fault ? `, with a fault: ${fault}` : ''}`);
  let lines = 0;
  const told = new Set<string>();
  const record = await soak({ connections, minutes, life, seed, fault }, (phase, sample, guests) => {
    if (lines++ % LINE_EVERY === 0) console.log(progressLine(phase, sample, guests));
    for (const complaint of guests.complaints) if (!told.has(complaint)) console.log(`          ${complaint}`);
    for (const complaint of guests.complaints) told.add(complaint);
  });
  return { machine: describeMachine([`Node ${process.version}`]), record };
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(HELP);
    return;
  }
  const report: Report =
    options.report === undefined ? await run(options) : JSON.parse(readFileSync(options.report, 'utf8'));
  const checks = judge(report.record);
  mkdirSync(options.out, { recursive: true });
  const write = (name: string, content: string): void => writeFileSync(join(options.out, name), content);
  write('report.json', JSON.stringify({ ...report, checks }));
  write('figures.md', figures(report.record, checks, report.machine));
  write('soak.svg', picture(report.record, 'light'));
  write('soak-dark.svg', picture(report.record, 'dark'));
  if (options.publish) publish(report, checks);
  console.log(verdictText(checks));
  console.log(`written to ${options.out}`);
  process.exitCode = checks.every(({ passed }) => passed) ? 0 : 1;
}

/** The picture and the figures of the documentation. Run in the folder of the repository, as npm does. */
function publish({ record, machine }: Report, checks: readonly Check[]): void {
  writeFileSync('docs/soak.svg', picture(record, 'light'));
  writeFileSync('docs/soak-dark.svg', picture(record, 'dark'));
  const page = readFileSync('docs/soak.md', 'utf8');
  const end = page.indexOf(PUBLISHED);
  if (end === -1) throw new Error(`docs/soak.md has no line "${PUBLISHED.trim()}"`);
  const before = page.slice(0, end + PUBLISHED.length);
  writeFileSync('docs/soak.md', `${before}\n${figures(record, checks, machine)}`);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    endAll();
    process.exit(1);
  });
}

try {
  await main();
} catch (error) {
  console.error(`npm run soak: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 2;
}
