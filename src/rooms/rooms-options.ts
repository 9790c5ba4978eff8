// What rooms can be told, with the defaults: limits that are safe when names of rooms, events and identities are the clients'
// choice.
import type { Broker } from './broker.ts';
import { positive } from './options.ts';

/** What somebody wants to do: hear what is said, be told what was said, say something. */
export type RoomAction = 'join' | 'history' | 'publish';

/** What {@link Authorize} is asked. */
export interface AuthorizationQuestion {
  readonly room: string;
  readonly action: RoomAction;
  /** Who asks; `undefined` when nobody has said. */
  readonly identity: string | undefined;
  /** The request of an event stream or a poll; otherwise what the caller has given as `request`. */
  readonly request: unknown;
}

/** Decides. Only `true` is a yes: whatever else it answers, throws or rejects with is a no. */
export type Authorize = (question: AuthorizationQuestion) => boolean | Promise<boolean>;

/** The defaults of {@link RoomsOptions}. */
export const RoomsDefaults = {
  maxRoomsPerMember: 100,
  maxRoomNameLength: 255,
  maxMembers: 100_000,
  maxRooms: 10_000,
  maxEventSize: 65_536,
  maxInformationSize: 1_024,
} as const;

/** The options of `Rooms`. */
export interface RoomsOptions {
  /** Where the logs are. Default: a `MemoryBroker` of its own, which is closed together with the rooms. */
  readonly broker?: Broker | undefined;
  /** Asked before anybody joins (also `'history'` for who wants the past), and before who has an identity publishes. */
  readonly authorize?: Authorize | undefined;
  /** Whether it is known, and told in the rooms, who is in them. Default `false`. */
  readonly presence?: boolean | undefined;
  /** Rooms that one WebSocket may be in. Default 100. */
  readonly maxRoomsPerMember?: number | undefined;
  /** Bytes of UTF-8 in the name of a room. Default 255. */
  readonly maxRoomNameLength?: number | undefined;
  /** Members of one room on this instance. Default 100,000. */
  readonly maxMembers?: number | undefined;
  /** Rooms that have members on this instance. Default 10,000. */
  readonly maxRooms?: number | undefined;
  /** Bytes of an event as JSON. Default 64 KiB. */
  readonly maxEventSize?: number | undefined;
  /** Bytes of a member's presence information as JSON. Default 1 KiB. */
  readonly maxInformationSize?: number | undefined;
}

/** {@link RoomsOptions} as they are used. */
export interface RoomsSettings {
  readonly authorize: Authorize | undefined;
  readonly maxRoomsPerMember: number;
  readonly maxRoomNameLength: number;
  readonly maxMembers: number;
  readonly maxRooms: number;
  readonly maxEventSize: number;
  readonly maxInformationSize: number;
}

/**
 * Reads the options of an application.
 *
 * @throws TypeError or RangeError naming the option that is not what it must be.
 */
export function readRoomsOptions(options: RoomsOptions): RoomsSettings {
  const { authorize } = options;
  if (authorize !== undefined && typeof authorize !== 'function') throw new TypeError('authorize must be a function');
  const limit = (name: keyof typeof RoomsDefaults): number => positive(name, options[name], RoomsDefaults[name]);
  return {
    authorize,
    maxRoomsPerMember: limit('maxRoomsPerMember'),
    maxRoomNameLength: limit('maxRoomNameLength'),
    maxMembers: limit('maxMembers'),
    maxRooms: limit('maxRooms'),
    maxEventSize: limit('maxEventSize'),
    maxInformationSize: limit('maxInformationSize'),
  };
}
