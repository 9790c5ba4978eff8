// Does what a newcomer does in a fresh clone: `npm start`, open the address it prints, stop it.
// Usage: node .ci/newcomer.mjs <folder of the clone>. Exit code 0 when the server answered and ended well.
// Everything it waits for is an event with a deadline; what it started it stops by its id.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Milliseconds for `npm ci`, the build and the first answer together. */
const PATIENCE = 240_000;

const clone = process.argv[2];
if (clone === undefined || existsSync(join(clone, 'node_modules'))) {
  throw new Error('expected the folder of a fresh clone, without node_modules');
}

const deadline = AbortSignal.timeout(PATIENCE);
// A process group of its own: when something goes wrong, what npm has started must not outlive npm.
const server = spawn('npm', ['start', '--', '--port', '0'], {
  cwd: clone,
  stdio: ['ignore', 'pipe', 'inherit'],
  detached: true,
});
const ended = once(server, 'exit');

try {
  const address = await Promise.race([
    printedAddress(),
    ended.then(([code]) => Promise.reject(new Error(`npm start ended with exit code ${code} before it listened`))),
  ]);
  for (const path of ['/', '/resilient/index.js', '/health']) {
    const response = await fetch(new URL(path, address), { signal: deadline, headers: { connection: 'close' } });
    const body = await response.text();
    if (response.status !== 200) throw new Error(`GET ${path} answered ${response.status}: ${body.slice(0, 200)}`);
    console.log(`GET ${path}: ${response.status}, ${body.length} characters`);
  }
  process.kill(scriptOf(server.pid), 'SIGTERM');
  const [code, signal] = await once(server, 'exit', { signal: deadline });
  if (code !== 0) throw new Error(`after SIGTERM: exit code ${code}, signal ${signal}; expected exit code 0`);
  console.log('SIGTERM: exit code 0');
} finally {
  if (server.exitCode === null && server.signalCode === null) process.kill(-server.pid, 'SIGKILL');
}

/** The id of the script that npm started in a shell: the last in the line of children that is still ours to stop. */
function scriptOf(npm) {
  const childOf = (parent) => execFileSync('ps', ['-o', 'pid=', '--ppid', String(parent)], { encoding: 'utf8' }).trim();
  const shell = childOf(npm);
  // A shell may also have replaced itself by the script.
  const command = execFileSync('ps', ['-o', 'args=', '-p', shell], { encoding: 'utf8' });
  return Number(command.startsWith('node') ? shell : childOf(shell));
}

/** The first http address the server prints. */
async function printedAddress() {
  let output = '';
  server.stdout.setEncoding('utf8');
  return new Promise((resolve, reject) => {
    deadline.addEventListener('abort', () => reject(new Error(`no address printed in ${PATIENCE} ms`)));
    server.stdout.on('data', (text) => {
      process.stdout.write(text);
      output += text;
      const found = /https?:\/\/[^\s/]+:\d+/.exec(output);
      if (found !== null) resolve(found[0]);
    });
  });
}
