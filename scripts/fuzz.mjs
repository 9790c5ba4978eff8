// npm run fuzz: makes JavaScript of the fuzzer and of what it fuzzes, and runs it, on any Node that is supported.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const run = (...command) => spawnSync(process.execPath, command, { stdio: 'inherit' }).status ?? 1;

const built = at('node_modules/.cache/sluice-fuzz');
const status = run(at('node_modules/typescript/bin/tsc'), '-p', at('test/fuzz/tsconfig.json'));
if (status === 0) writeFileSync(`${built}/package.json`, '{"type":"module"}\n');
process.exitCode = status === 0 ? run(`${built}/test/fuzz/main.js`, ...process.argv.slice(2)) : status;
