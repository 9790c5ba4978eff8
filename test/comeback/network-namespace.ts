// A host of its own on this machine: a network namespace of Linux (network_namespaces(7)) with one cable to ours, which can be
// pulled, or swallow all packets so that nobody is told. Made by iproute2, as root; taken away by whoever made it.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import type { Program } from '../interop/programs.ts';

/** Addresses that are nobody's: RFC 2544 has them for tests of networks. */
const NETWORK = '198.18';
/** Four of them for each process of ours: several may make such a host at once. */
const BLOCK = process.pid % 16_384;
/** This host, as the other one sees it. */
export const HOST_ADDRESS = addressOf(1);
const ADDRESS = addressOf(2);
/** Nobody's hardware: locally administered (IEEE 802, 7.2). */
const NOBODY = '02:00:00:00:00:01';

/** One such host. */
export class NetworkNamespace {
  // The name of an interface has 15 characters at most.
  readonly #name = `slc${process.pid}`;
  readonly #outside = `${this.#name}h`;
  readonly #inside = `${this.#name}g`;

  /** @throws when it cannot be made. */
  constructor() {
    ip('netns', 'add', this.#name);
    try {
      ip('link', 'add', this.#outside, 'type', 'veth', 'peer', 'name', this.#inside, 'netns', this.#name);
      ip('addr', 'add', `${HOST_ADDRESS}/30`, 'dev', this.#outside);
      ip('link', 'set', this.#outside, 'up');
      ip('-n', this.#name, 'addr', 'add', `${ADDRESS}/30`, 'dev', this.#inside);
      ip('-n', this.#name, 'link', 'set', 'lo', 'up');
      this.plug();
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  /** What goes before a command that shall run there. */
  get before(): readonly string[] {
    return ['ip', 'netns', 'exec', this.#name];
  }

  /** Writes a file that runs `program` there, for whoever wants a path. */
  wrap(program: string, file: string): string {
    writeFileSync(file, `#!/bin/sh\nexec ${this.before.join(' ')} ${program} "$@"\n`);
    chmodSync(file, 0o755);
    return file;
  }

  /** From now on all packets get lost, both ways, and nobody is told: they are sent to hardware that is not there. */
  swallow(): void {
    for (const [where, address, device] of this.#ends) {
      ip(...where, 'neigh', 'replace', address, 'lladdr', NOBODY, 'nud', 'permanent', 'dev', device);
    }
  }

  /** They get through again. */
  heal(): void {
    for (const [where, address, device] of this.#ends) ip(...where, 'neigh', 'del', address, 'dev', device);
  }

  /** Pulls the cable: whoever is there is told by the kernel that there is no network. */
  unplug(): void {
    ip('-n', this.#name, 'link', 'set', this.#inside, 'down');
  }

  plug(): void {
    ip('-n', this.#name, 'link', 'set', this.#inside, 'up');
  }

  /** Its processes have to be gone. The cable goes with it. */
  remove(): void {
    ip('netns', 'del', this.#name);
  }

  get #ends(): readonly (readonly [where: readonly string[], address: string, device: string])[] {
    return [
      [[], ADDRESS, this.#outside],
      [['-n', this.#name], HOST_ADDRESS, this.#inside],
    ];
  }
}

function addressOf(last: number): string {
  return `${NETWORK}.${BLOCK >> 6}.${(BLOCK & 63) * 4 + last}`;
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' });
}

/** Network namespaces, where they can be made. */
export const namespaces: Program = {
  name: 'a network namespace (root, and Debian: iproute2)',
  path: canBeMade() ? 'ip' : undefined,
};

function canBeMade(): boolean {
  if (spawnSync('ip', ['-V']).status !== 0) return false;
  try {
    new NetworkNamespace().remove();
    return true;
  } catch {
    return false;
  }
}
