// npm run fuzz -- --minutes N [--target NAME] [--seed S]
import { parseArgs } from 'node:util';
import { fuzz, minimise } from './fuzz.ts';
import { keep } from './regressions.ts';
import { TARGETS } from './targets/index.ts';
import { Watchdog } from './watchdog.ts';

const HELP = `Reads changed inputs until an oracle objects, or the time is over.

  npm run fuzz -- --minutes N [options]

  --minutes N      for each target (1)
  --target NAME    one of ${TARGETS.map(({ name }) => name).join(', ')}; by default all, one after the other
  --seed S         an integer; by default another one each time
  --keep DIR       where an input that broke something is kept, made as small as it gets (test/fuzz/regressions)
`;

const MILLISECONDS_PER_MINUTE = 60_000;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    target: { type: 'string' },
    seed: { type: 'string' },
    keep: { type: 'string', default: 'test/fuzz/regressions' },
    help: { type: 'boolean', default: false },
  },
});

const minutes = Number(values.minutes);
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
const targets = TARGETS.filter(({ name }) => values.target === undefined || name === values.target);
if (values.help || !(minutes > 0) || !Number.isInteger(seed) || targets.length === 0) {
  process.stdout.write(HELP);
  process.exit(values.help ? 0 : 1);
}

let findings = 0;
for (const target of targets) {
  const watchdog = new Watchdog(values.keep, target.name);
  const begin = performance.now();
  const end = begin + minutes * MILLISECONDS_PER_MINUTE;
  const report = await fuzz(target, {
    seed,
    goOn: () => performance.now() < end,
    onInput: (input) => watchdog.begin(input),
  });
  const { inputs, corpus, finding } = report;
  const rate = Math.round((inputs * 1000) / (performance.now() - begin));
  const name = target.name.padEnd(14);
  console.log(`${name} seed ${seed}  ${inputs} inputs, ${rate} a second; ${corpus} of them did something new`);
  if (finding !== undefined) {
    findings++;
    const smallest = await minimise(target, finding);
    const file = keep(values.keep, target.name, smallest, `${finding.error.message}\n(seed ${seed})`);
    console.log(`${name} ${finding.error.stack}\n${name} kept as ${values.keep}/${target.name}/${file}`);
  }
  await watchdog.end();
}
process.exitCode = findings > 0 ? 1 : 0;
