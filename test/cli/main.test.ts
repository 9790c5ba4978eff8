// The command as a newcomer meets it: built, and started by `npm start`'s script. Every mistake is one line and exit code 1.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { build } from '../../scripts/build.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PARTS = ['src', 'scripts', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];

let clone: string;

beforeAll(() => {
  clone = mkdtempSync(join(tmpdir(), 'sluice-main-'));
  for (const part of PARTS) cpSync(join(ROOT, part), join(clone, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
  expect(build(clone)).toBe(true);
}, 120_000);
afterAll(() => rmSync(clone, { recursive: true, force: true }));

type Child = ChildProcess & { readonly stdout: NodeJS.ReadableStream; readonly stderr: NodeJS.ReadableStream };

function run(file: string, ...args: string[]): Child {
  const environment = { ...process.env, PORT: undefined, npm_lifecycle_event: undefined };
  return spawn(process.execPath, [file, ...args], {
    cwd: clone,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment,
  }) as Child;
}

async function outcome(child: Child) {
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout as never),
    text(child.stderr as never),
    once(child, 'exit'),
  ]);
  return { output, errors, code };
}

test('npm start serves the page at the address that it prints, and ends well at SIGTERM', async () => {
  const child = run('scripts/newcomer.mjs', 'start', '--port', '0');
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk;
  });
  while (!/http:\S+\n/.test(printed)) await once(child.stdout as never, 'data');
  const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(printed)?.[0] ?? '';
  for (const path of ['', 'style.css', 'main.js', 'health']) {
    const [response] = (await once(get(url + path, { agent: false }), 'response')) as [IncomingMessage];
    expect([path, response.statusCode]).toEqual([path, 200]);
    expect((await text(response)).length).toBeGreaterThan(10);
  }
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

describe('npm start says in one line what keeps it from starting, and ends with exit code 1', () => {
  async function expectOneLine(line: RegExp, ...args: string[]): Promise<void> {
    const { output, errors, code } = await outcome(run('scripts/newcomer.mjs', 'start', ...args));
    expect(errors).toMatch(/^sluice: [^\n]+\n$/);
    expect(errors).toMatch(line);
    expect([output, code]).toEqual(['', 1]);
  }

  test('a port in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expectOneLine(new RegExp(`port ${port} of 127\\.0\\.0\\.1 is in use`), '--port', String(port));
    other.close();
    await once(other, 'close');
  });

  test('a certificate that is none', async () => {
    await expectOneLine(
      /--tls-cert package\.json is no certificate/,
      '--tls-cert',
      'package.json',
      '--tls-key',
      'package.json',
    );
  });

  test('an option nobody knows', async () => {
    await expectOneLine(/Unknown option '--prot'/, '--prot', '80');
  });

  test('an option that cannot be read', async () => {
    await expectOneLine(/--port must be a whole number from 0 to 65535, got "eighty"/, '--port', 'eighty');
  });
});

describe('the command itself', () => {
  test('runs without the script', async () => {
    const { output, errors, code } = await outcome(run('dist/cli/main.js', 'inspect', '8100'));
    expect(output).toMatch(/^Text frame from the server, 2 bytes\n/);
    expect([errors, code]).toEqual(['', 0]);
  });

  test('does not mind a reader that has gone', async () => {
    const child = run('dist/cli/main.js', 'inspect', '00'.repeat(50_000));
    child.stdout.on('error', () => {});
    (child.stdout as unknown as { destroy(): void }).destroy();
    const [errors, [code]] = await Promise.all([text(child.stderr as never), once(child, 'exit')]);
    expect([errors, code]).toEqual(['', 0]);
  });

  test('ends with exit code 1 after a mistake', async () => {
    expect(await outcome(run('dist/cli/main.js'))).toEqual({
      output: '',
      errors: 'sluice: expected a command: serve or inspect (see sluice --help)\n',
      code: 1,
    });
  });
});
