// The names that a room has in Redis. All of them hold the room in braces, and Redis Cluster takes the slot from what stands
// between the first `{` and the first `}` behind it ("hash tag"), so that one script may touch all of them.

/** The keys and the channel of one room. */
export interface RoomKeys {
  /** A stream: the events. */
  readonly log: string;
  /** A hash: whose offsets they are, and how far they go. */
  readonly meta: string;
  /** A sorted set: what publishers called their events by, with the offset that each got. */
  readonly seen: string;
  /** Sorted set: which instance has which member, with the time until when. */
  readonly alive: string;
  /** Hash: what each instance told of its members. */
  readonly told: string;
  /** Hash: on how many instances a member is. */
  readonly members: string;
  /** The channel of its announcements. */
  readonly channel: string;
}

/** A room without a name still needs something between the braces: an empty hash tag is none. Nothing else is written so. */
const NO_NAME = '%';
/** What is not written as it is: braces, the sign that stands for them, and what UTF-8 cannot carry. */
const UNSAFE = /[%{}]|\p{Surrogate}/gu;

/** The text between the braces: another one for every other room. */
export function tagOf(room: string): string {
  if (room === '') return NO_NAME;
  return room.replace(UNSAFE, (unit) => {
    const code = unit.charCodeAt(0);
    return code < 0x80 ? `%${code.toString(16)}` : `%u${code.toString(16)}`;
  });
}

/** The names of `room`; `prefix` must be free of braces. */
export function keysOf(prefix: string, room: string): RoomKeys {
  const start = `${prefix}:{${tagOf(room)}}:`;
  return {
    log: `${start}log`,
    meta: `${start}meta`,
    seen: `${start}seen`,
    alive: `${start}alive`,
    told: `${start}told`,
    members: `${start}members`,
    channel: `${start}events`,
  };
}
