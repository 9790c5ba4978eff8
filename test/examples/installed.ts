// An example as a stranger has it: its files in a folder of their own, with the real framework and sluice as it is packed. Nothing
// of this repository is near enough to be found by mistake.
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../house/source-files.ts';
import type { Program } from '../interop/programs.ts';

const run = promisify(execFile);

/** Milliseconds for what comes from the network and for builders: generous, for machines that do much else. */
export const INSTALL_TIMEOUT = 300_000;

/** What is packed, and what it is built with. */
const PARTS = ['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE', 'src', 'scripts', 'tsconfig.json'];

/** A registry, for frameworks. */
export const registry: Program = {
  name: 'the registry of npm (this machine is offline)',
  path:
    spawnSync('npm', ['ping', '--fetch-retries=0', '--fetch-timeout=10000'], { stdio: 'ignore' }).status === 0
      ? 'npm'
      : undefined,
};

/** An example, installed. */
export class Installed {
  /** Where its files are. */
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** @param name its folder below examples/. */
  static async of(name: string): Promise<Installed> {
    const installed = new Installed(mkdtempSync(join(tmpdir(), `sluice-${name}-`)));
    const { folder } = installed;
    try {
      const isOurs = (path: string): boolean =>
        !/[\\/](?:node_modules|\.next)(?:[\\/]|$)/.test(path.slice(ROOT.length));
      cpSync(join(ROOT, 'examples', name), folder, { recursive: true, filter: isOurs });
      const manifest = installed.manifest();
      if (manifest.dependencies['sluice'] !== 'file:../..') throw new Error(`${name} does not depend on sluice`);
      manifest.dependencies['sluice'] = `file:${pack(folder)}`;
      writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
      await installed.run('npm', 'install', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error');
    } catch (error) {
      await installed.remove();
      throw error;
    }
    return installed;
  }

  manifest(): { dependencies: Record<string, string>; readonly scripts: Readonly<Record<string, string>> } {
    return JSON.parse(readFileSync(join(this.folder, 'package.json'), 'utf8'));
  }

  /** The environment of its programs: this Node first, then its own programs, and nothing that calls home. */
  environment(): NodeJS.ProcessEnv {
    const path = [join(process.execPath, '..'), join(this.folder, 'node_modules', '.bin'), process.env['PATH']].join(
      ':',
    );
    return { ...process.env, PATH: path, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production', PORT: '0' };
  }

  /** Runs a program to its end. It rejects with all that was printed when that was no good one. */
  async run(program: string, ...args: readonly string[]): Promise<void> {
    // Installing leaves out what is only needed for developing, where NODE_ENV says so.
    const env = { ...this.environment(), NODE_ENV: undefined };
    try {
      await run(program, args, { cwd: this.folder, env, maxBuffer: 16_777_216, timeout: INSTALL_TIMEOUT });
    } catch (error) {
      const { stdout, stderr } = error as { stdout?: string; stderr?: string };
      throw new Error(`${program} ${args.join(' ')} has failed:\n${stdout}\n${stderr}`, { cause: error });
    }
  }

  /** A framework is some hundred megabytes in ten thousand files: that takes its time, too. */
  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Builds and packs sluice, beside whatever dist/ there is. @returns the tarball, in `folder`. */
function pack(folder: string): string {
  const place = mkdtempSync(join(tmpdir(), 'sluice-pack-'));
  try {
    for (const part of [...PARTS, 'tsconfig.build.json'])
      cpSync(join(ROOT, part), join(place, part), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(place, 'node_modules'));
    execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: place, stdio: ['ignore', 'pipe', 'pipe'] });
    const options = ['--ignore-scripts', '--silent', '--pack-destination', folder];
    return join(folder, execFileSync('npm', ['pack', ...options], { cwd: place, encoding: 'utf8' }).trim());
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}
