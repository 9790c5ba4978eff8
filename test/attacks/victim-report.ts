// What passes between a test and the process it attacks: what the server shall be, what it is asked, and what it tells.

/** What a victim that authenticates wants to hear; and what was right once. */
export const TOKEN = 'the right token, which nobody can guess';
export const EXPIRED_TOKEN = 'a token that was right once';

/** A room that nobody may read, and what is said there. */
export const SECRET_ROOM = 'board';
export const SECRET = 'what nobody shall hear';

/** What a client may want of a victim with rooms: `'rooms'` are counted in its reports, too. */
export interface RoomOrder {
  readonly join?: unknown;
  readonly leave?: string;
  readonly since?: string;
  readonly history?: number;
  /** To be said there. */
  readonly publish?: string;
}

/** What kind of server the victim is. Everything in it goes through JSON. */
export interface VictimOptions {
  /** Whose server: ours, that of `ws`, or a plain one of `node:http`; the other two are controls. Default `'sluice'`. */
  readonly library?: 'sluice' | 'ws' | 'node:http';
  /** The options of that server; `port` is chosen by the system. */
  readonly server?: Readonly<Record<string, unknown>>;
  /**
   * What it does with a message: `'echo'` sends it back, `'room'` to everybody, `'swallow'` to nobody; `'authenticate'`
   * wants `TOKEN` first, within `authenticationTimeout` milliseconds, and then echoes; `'rooms'` has rooms of
   * which `SECRET_ROOM` is for nobody, and obeys a text that is a `RoomOrder`; `'open rooms'` is the control in which nobody
   * is asked, `'endless rooms'` that without limits. `'copy'` echoes, and makes a copy for each when it is asked to push. `'careless'`
   * is a control for `node:http`: it answers an upgrade with 400, hears of no error and never ends. Default `'echo'`.
   */
  readonly behaviour?:
    | 'echo'
    | 'room'
    | 'swallow'
    | 'copy'
    | 'authenticate'
    | 'rooms'
    | 'open rooms'
    | 'endless rooms'
    | 'careless';
  readonly authenticationTimeout?: number;
  /** Ours only: it answers ordinary requests too, and counts them. */
  readonly fallback?: boolean;
  /** Ours only: who asks for `/later` is let in when the question `decide` comes. */
  readonly hesitates?: boolean;
  /** With `node:http`: it also serves `/stream`, `/poll` and `/publish`, with these options. */
  readonly endpoints?: EndpointOptions;
  /** With it the process may have no more descriptors than this. */
  readonly descriptors?: number;
}

/** What a victim's event streams, polls and bodies are told. */
export interface EndpointOptions {
  readonly streams?: Readonly<Record<string, unknown>>;
  readonly polls?: Readonly<Record<string, unknown>>;
  readonly bodies?: Readonly<Record<string, unknown>>;
  /** A control: streams are bare responses of which nobody hears that they are over, and polls have no sessions. */
  readonly isCareless?: boolean;
}

/** What a test asks of the victim. */
export type Question =
  /** To let in whoever waits for it. */
  | { readonly ask: 'decide' }
  /** To connect as a client; the answer comes when that connection is over, or has never been. */
  | {
      readonly ask: 'connect';
      readonly url: string;
      readonly protocols?: readonly string[];
      readonly options?: Readonly<Record<string, unknown>>;
    }
  /** How it is. */
  | { readonly ask: 'report' }
  /** How it is, after its garbage has been collected; the peak and the loop's delay are measured anew from here. */
  | { readonly ask: 'baseline' }
  /** To start the closing handshake with everybody. */
  | { readonly ask: 'close'; readonly code: number }
  /** To send a message of so many bytes to everybody who is connected, or polls, so many times, a turn for each. */
  | { readonly ask: 'push'; readonly size: number; readonly times: number };

/** How the victim is. */
export interface VictimReport extends OwnReport {
  /** Bytes of memory that are resident, and were at the most since the last baseline, as the kernel counts them. */
  readonly rss: number;
  readonly peak: number;
  /** Open descriptors, as the kernel counts them: a victim that has none left could not count them itself. */
  readonly descriptors: number;
}

/** What it says of itself. */
export interface OwnReport {
  /** Bytes of JavaScript, and of what it holds outside of its heap. */
  readonly heap: number;
  readonly buffers: number;
  /** Timers in the clock that all connections share. */
  readonly timers: number;
  /** Open WebSockets; open event streams, and polls that are held. */
  readonly clients: number;
  /** WebSockets that have been opened, and how many were closed with which code, since the process began. */
  readonly opened: number;
  readonly closed: Readonly<Record<string, number>>;
  /** Messages that reached the application, and their bytes. */
  readonly messages: number;
  readonly messageBytes: number;
  /** `section` of every violation, and how often. */
  readonly violations: Readonly<Record<string, number>>;
  /** Requests that reached the application's `request` listener, where it has one. */
  readonly requests: number;
  /** Clients that have said who they are. */
  readonly authenticated: number;
  /** Rooms that it listens to. */
  readonly rooms: number;
  /** Upgrades that wait for `decide`. */
  readonly waiting: number;
  /** What the last connection as a client has told: `open`, messages as text, codes or texts of errors, `close` with its code. */
  readonly events: readonly string[];
  /** Streams and one-shot calls of zlib. */
  readonly zlib: number;
  /** Microseconds of CPU time, user and system, since the process began. */
  readonly cpu: number;
  /** Milliseconds that the event loop was late since the last baseline: 99 % of all times, and at the worst. */
  readonly delay: { readonly p99: number; readonly max: number };
  /** What was thrown and nobody caught. */
  readonly uncaught: readonly string[];
  /** Bytes that the server holds for peers that do not take them. */
  readonly buffered: number;
}
