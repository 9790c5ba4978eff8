// Knows what keeps a process busy: handles and timers as Node lists them, open sockets as the kernel lists them.
// The second list is not redundant: an unref'd socket is missing from the first, and still is a leak.
// It judges nothing by time: whoever waits, waits for the list to become empty.
import { readdirSync, readlinkSync } from 'node:fs';

export interface Inventory {
  /** How many there are of each kind: TCPSocketWrap, TCPServerWrap, Timeout, ProcessWrap… */
  readonly resources: ReadonlyMap<string, number>;
  /** Sockets among the descriptors, as the kernel names them; empty where there is no /proc. */
  readonly sockets: ReadonlySet<string>;
}

export function takeInventory(): Inventory {
  const resources = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) resources.set(kind, (resources.get(kind) ?? 0) + 1);
  return { resources, sockets: openSockets() };
}

/** One line for each kind of thing of which there is more in `now` than in `before`. */
export function leftovers(before: Inventory, now: Inventory): string[] {
  const lines: string[] = [];
  for (const [kind, count] of now.resources) {
    const more = count - (before.resources.get(kind) ?? 0);
    if (more > 0) lines.push(`${more} × ${kind}`);
  }
  const sockets = [...now.sockets].filter((socket) => !before.sockets.has(socket));
  if (sockets.length > 0) lines.push(`${sockets.length} × open socket descriptor`);
  return lines;
}

/**
 * Waits until nothing is left that was not there before: closing a socket takes the loop a few turns.
 *
 * @param patience milliseconds after which what is left counts as forgotten
 * @returns what is left; empty when all is well
 */
export async function settle(before: Inventory, patience: number): Promise<string[]> {
  const deadline = performance.now() + patience;
  let left = leftovers(before, takeInventory());
  while (left.length > 0 && performance.now() < deadline) {
    // Awaited, because a timer still counts as active while its own callback runs.
    await new Promise((resolve) => setTimeout(resolve, 5));
    left = leftovers(before, takeInventory());
  }
  return left;
}

function openSockets(): Set<string> {
  const sockets = new Set<string>();
  if (process.platform !== 'linux') return sockets;
  for (const descriptor of readdirSync('/proc/self/fd')) {
    try {
      const target = readlinkSync(`/proc/self/fd/${descriptor}`);
      if (target.startsWith('socket:')) sockets.add(target);
    } catch {
      // The descriptor with which the folder was read is gone by now.
    }
  }
  return sockets;
}
