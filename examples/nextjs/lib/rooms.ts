// The rooms of this process, for all route handlers. Next.js may load this file once for each of them, and anew whenever it is
// edited under `next dev`: the rooms are kept where all of these find them.
import { Rooms } from 'sluice';

export const ROOM = 'lobby';

const kept = globalThis as typeof globalThis & { sluiceRooms?: Rooms };

/** In memory, for one process. For many, and for serverless functions, give it the `RedisBroker` of `sluice/redis`. */
export const rooms = kept.sluiceRooms ?? openRooms();

function openRooms(): Rooms {
  const opened = new Rooms();
  kept.sluiceRooms = opened;
  // Next.js stops when the last request has been answered, and an event stream never is: its client comes back elsewhere.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => opened.close());
  return opened;
}
