// `npm run bench:codec`: the codec alone, without a socket, beside that of `ws` and beside the plainest way to do the same.
// What a contestant makes is checked before it is timed, and counted afterwards. Asserts nothing about time.
// @ts-check
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import Benchmark from 'benchmark';
import { choiceContests } from './codec/choices.mjs';
import { expectEqual } from './codec/contest.mjs';
import { maskingContests } from './codec/masking.mjs';
import { parsingContests } from './codec/parsing.mjs';
import { textContests } from './codec/text.mjs';
import { writingContests } from './codec/writing.mjs';
import { describeMachine } from './machine.mjs';
import { Kind } from './record.mjs';

const HELP = `npm run bench:codec -- [options]

  --only TEXT         the contests whose title begins so: parse, mask, UTF-8, write, choice
  --seconds S         for each contestant (0.5)
  --json FILE         the figures, for bench/publish.mjs
  --dist FOLDER       the build of sluice to measure (dist)
`;

/**
 * @typedef {object} CodecFinding
 * @property {string} name of the contestant
 * @property {number} mean nanoseconds for each message
 * @property {number} fastest the same, in the fastest sample
 * @property {number} margin of error of the mean, in per cent (95 %)
 * @property {number} checked messages that were held against what they must be
 * @property {number} timed messages
 */

/**
 * @typedef {object} CodecRecord
 * @property {'codec'} kind
 * @property {import('./machine.mjs').Machine} machine
 * @property {{ title: string, findings: CodecFinding[] }[]} contests
 */

/** Samples at least, of several milliseconds each. */
const FEWEST_SAMPLES = 10;

/**
 * @param {string} dist
 * @returns {Promise<import('./codec/contest.mjs').Sluice>}
 */
async function load(dist) {
  const from = (/** @type {string} */ folder) => {
    const path = join(dist, folder, 'index.js');
    if (!existsSync(path)) throw new Error(`there is no build of sluice in ${dist}: npm run build makes one in dist/`);
    return import(pathToFileURL(path).href);
  };
  return {
    frame: await from('frame'),
    message: await from('message'),
    bytes: await from('bytes'),
    deflate: await from('deflate'),
    http: await from('http'),
  };
}

/**
 * Checks a contestant, and times it.
 *
 * @param {import('./codec/contest.mjs').Contestant} contestant
 * @param {number} seconds
 * @returns {CodecFinding}
 * @throws Error when its results are wrong, or not as many as they must be
 */
function timed({ name, messages, run, check, counted }, seconds) {
  const checked = check();
  const before = counted?.() ?? 0;
  let calls = 0;
  const benchmark = new Benchmark(
    () => {
      calls++;
      run();
    },
    { maxTime: seconds, minSamples: FEWEST_SAMPLES },
  );
  benchmark.run();
  if (benchmark.error !== undefined) throw benchmark.error;
  const done = calls * messages;
  if (counted !== undefined) expectEqual(counted() - before, done, 'the number of messages');
  const { mean, rme, sample } = benchmark.stats;
  const nanoseconds = (/** @type {number} */ time) => (time * 1e9) / messages;
  return {
    name,
    mean: nanoseconds(mean),
    fastest: nanoseconds(Math.min(...sample)),
    margin: rme,
    checked,
    timed: done,
  };
}

/** @param {CodecFinding} finding */
function lineOf({ name, mean, fastest, margin, checked, timed }) {
  const nanoseconds = (/** @type {number} */ time) => `${time.toFixed(1).padStart(10)} ns`;
  return [
    `  ${name.padEnd(36)}${nanoseconds(mean)}`,
    nanoseconds(fastest),
    `± ${margin.toFixed(1)} %`.padStart(8),
    `${checked} checked, ${timed.toLocaleString('en-GB')} timed`,
  ].join('  ');
}

/**
 * @param {string[]} args
 */
async function main(args) {
  const { values: options } = parseArgs({
    args,
    options: {
      only: { type: 'string', default: '' },
      seconds: { type: 'string', default: '0.5' },
      json: { type: 'string' },
      dist: { type: 'string', default: fileURLToPath(new URL('../dist', import.meta.url)) },
      help: { type: 'boolean', default: false },
    },
  });
  if (options.help) {
    console.log(HELP);
    return;
  }
  const seconds = Number(options.seconds);
  if (!(seconds > 0)) throw new RangeError(`--seconds must be more than 0, got "${options.seconds}"`);
  const sluice = await load(resolve(options.dist));
  const contests = [
    ...parsingContests(sluice),
    ...maskingContests(sluice),
    ...textContests(sluice),
    ...writingContests(sluice),
    ...choiceContests(sluice),
  ].filter(({ title }) => title.startsWith(options.only));
  console.log(`for each message: mean, fastest sample, margin of error of the mean (95 %)`);
  /** @type {CodecRecord['contests']} */
  const found = [];
  for (const { title, contestants } of contests) {
    console.log(`\n${title}`);
    const findings = [];
    for (const contestant of contestants()) {
      const finding = timed(contestant, seconds);
      console.log(lineOf(finding));
      findings.push(finding);
    }
    found.push({ title, findings });
  }
  const machine = describeMachine([`Node ${process.version}`]);
  if (options.json !== undefined) {
    /** @type {CodecRecord} */
    const record = { kind: Kind.Codec, machine, contests: found };
    writeFileSync(options.json, `${JSON.stringify(record, null, 1)}\n`);
  }
  const { cpu, cores, runtimes, date, load: average } = machine;
  console.log(`\n${cpu}, ${cores} cores; ${runtimes.join()}; ${date}; load average ${average.toFixed(1)}`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(`bench: ${/** @type {Error} */ (error).message}`);
  process.exitCode = 1;
}
