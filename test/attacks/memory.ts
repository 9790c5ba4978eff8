// How many bytes of JavaScript and its buffers somebody holds on to.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Makes a holder, gives it `count` single bytes, and tells how much more is alive then. */
export function bytesHeldBy<Holder>(
  count: number,
  make: () => Holder,
  give: (holder: Holder, byte: Buffer) => unknown,
): number {
  const before = alive();
  const holder = make();
  for (let index = 0; index < count; index++) give(holder, Buffer.from([index & 0xff]));
  const held = alive() - before;
  // Alive until here.
  give(holder, Buffer.from([0]));
  return held;
}

function alive(): number {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
