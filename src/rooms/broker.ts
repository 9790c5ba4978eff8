// Where the logs of the rooms are kept, and how one instance hears of what another appended. rooms/ needs no more than this
// of any broker; one contract suite holds for all of them. Knows nothing of members, transports or what an event says.

/** A place in the log of one room. Offsets rise by one; the epoch says whose offsets they are. */
export interface Position {
  /** Drawn anew whenever a log begins: an offset of another epoch means nothing. */
  readonly epoch: string;
  /** The offset of the last event that is known: 0 before the first. */
  readonly offset: number;
}

/** One event of a log. */
export interface LogEvent {
  readonly offset: number;
  /** What was published: the text of a JSON object. */
  readonly data: string;
  /** When it was appended, in milliseconds since 1970, by the broker's clock. */
  readonly time: number;
  /** The member that it is not for, as its room names it; `undefined` when it is for everybody. */
  readonly except: string | undefined;
}

/** What a broker answers who reads a log. */
export interface LogPage {
  readonly epoch: string;
  /** The events that follow, oldest first, without a hole; empty at the end of the log. With a gap: from the oldest on. */
  readonly events: readonly LogEvent[];
  /** The offset of the newest event of the log; 0 before the first. */
  readonly last: number;
  /** Whether what followed the position cannot be had any more, or the position is of another epoch or of the future. */
  readonly isGap: boolean;
}

/** Who listens to a room, once for each instance. Called in order; may call the broker again. */
export interface BrokerListener {
  /**
   * Events were appended. They come in order, but some may be missing before `events[0]`, and some may have been seen:
   * whoever listens compares offsets and epoch with its own position, and reads what it lacks.
   */
  onEvents(epoch: string, events: readonly LogEvent[]): void;
  /** Something may have been missed without a sign: the connection was lost and is back. Read on from where you stand. */
  onDoubt(): void;
}

/** Whether a broker reaches its store. */
export type BrokerStatus = 'up' | 'down';

/** The presence of one member in one room, however many memberships and instances it has there. */
export interface Presence {
  /** The member, as its room names it: the same name is the same member on all instances. */
  readonly member: string;
  /** What is told of it: the text of a JSON value. */
  readonly information: string;
}

/** What an event is appended with. */
export interface AppendOptions {
  /** See {@link LogEvent.except}. */
  readonly except: string | undefined;
  /**
   * What the publisher calls this event by. Who appends with a key that the room has seen within the broker's memory of
   * keys appends nothing, and is told the place of the first: what nobody can say anything of may be tried again.
   */
  readonly key: string | undefined;
}

/** Keeps the logs of all rooms. */
export interface Broker {
  /** Whether appending and reading can be hoped for. */
  readonly status: BrokerStatus;
  /** Called at each change of {@link status}. One function; `undefined` for none: `Rooms` puts its own here. */
  onStatus: ((status: BrokerStatus) => void) | undefined;

  /**
   * Appends one event and lets every listener of the room hear of it, on every instance, this one included.
   *
   * @returns its place. It rejects with a {@link BrokerError} when the event was refused, or when nobody can say whether it
   *   was appended.
   */
  append(room: string, data: string, options: AppendOptions): Promise<Position>;

  /**
   * Listens to a room.
   *
   * @returns the end of the log at a moment from which on `listener` hears of everything.
   */
  subscribe(room: string, listener: BrokerListener): Promise<Position>;

  /** Listens no more. Nothing is called from then on. Never rejects. */
  unsubscribe(room: string, listener: BrokerListener): void;

  /**
   * Reads at most `limit` events behind `since`; from the oldest that is kept when it is `undefined`, which is no gap. A room
   * that nobody has named before has a log too, of an epoch of its own.
   */
  read(room: string, since: Position | undefined, limit: number): Promise<LogPage>;

  /**
   * Says that a member is in a room; kept alive by the broker until {@link leave}, or until this instance is gone. Said
   * again by the same instance it only changes the information.
   *
   * @returns whether the member is new: no instance that is alive had said so before.
   */
  enter(room: string, presence: Presence): Promise<boolean>;
  /**
   * The end of {@link enter} of this instance.
   *
   * @returns whether the member is gone: this instance had it, and no other that is alive has.
   */
  leave(room: string, member: string): Promise<boolean>;
  /** Who is in a room, over all instances that are alive, each once. At most `limit`. */
  present(room: string, limit: number): Promise<readonly Presence[]>;

  /** Gives everything back. What waits, and whatever is asked from now on, rejects. Nobody is called any more. */
  close(): Promise<void>;
}

/** Why a broker could not do what it was asked for. */
export const BrokerFault = {
  /** The store cannot be reached, and what may wait for it is full or waited too long. Nothing was appended. */
  Down: 'WS_ERR_BROKER_DOWN',
  /** The store was lost, or did not answer in time, while it was asked: nobody can say whether the event was appended. */
  Unknown: 'WS_ERR_BROKER_UNKNOWN',
  /** The broker was closed. */
  Closed: 'WS_ERR_BROKER_CLOSED',
  /** No more rooms, or bytes. */
  Full: 'WS_ERR_BROKER_FULL',
} as const;
/** One of them. */
export type BrokerFault = (typeof BrokerFault)[keyof typeof BrokerFault];

/** What a broker rejects with. */
export class BrokerError extends Error {
  override readonly name = 'BrokerError';
  readonly code: BrokerFault;

  constructor(code: BrokerFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
