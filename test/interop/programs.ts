// Programs nobody here wrote, that the interop tests talk to. A missing one skips its tests with one clear line; where
// CI=true it fails them, because there it is a hole in the proof.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe } from 'vitest';

/** A program that was found, or why it was not. */
export interface Program {
  readonly name: string;
  readonly path: string | undefined;
}

function firstOf(paths: readonly (string | undefined)[], works: (path: string) => boolean): string | undefined {
  return paths.find((path): path is string => path !== undefined && works(path));
}

/** Python with the `websockets` package. */
export const python: Program = {
  name: 'python3 with the websockets package (Debian: python3-websockets)',
  path: firstOf(
    [process.env['PYTHON'], '/usr/bin/python3', 'python3'],
    (path) => spawnSync(path, ['-c', 'import websockets']).status === 0,
  ),
};

/** Chromium. */
export const chromium: Program = {
  name: 'chromium (Debian: chromium)',
  path: firstOf([process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser'], existsSync),
};

/** OpenSSL, for certificates. */
export const openssl: Program = {
  name: 'openssl',
  path: firstOf(['openssl'], (path) => spawnSync(path, ['version']).status === 0),
};

/** Redis. */
export const redis: Program = {
  name: 'redis-server and redis-cli (Debian: redis-server)',
  path: firstOf(
    [process.env['REDIS_SERVER'], '/usr/bin/redis-server', 'redis-server'],
    (path) => spawnSync(path, ['--version']).status === 0 && spawnSync('redis-cli', ['--version']).status === 0,
  ),
};

/** Tests that need `program`. */
export function describeWith(program: Program, title: string, tests: (path: string) => void): void {
  const { path = '' } = program;
  if (path === '') {
    if (process.env['CI'] === 'true') throw new Error(`${title}: ${program.name} is missing`);
    console.warn(`skipped: ${title}: ${program.name} is missing`);
  }
  describe.runIf(path !== '')(title, () => tests(path));
}

/** Chromium without a desktop, and without talking to anybody but the test. */
export const CHROMIUM_ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
