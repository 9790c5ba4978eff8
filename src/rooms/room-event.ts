// One event of a room as it leaves: made once for each transport, when the first member there needs it, and shared by all.
import { writeEvent } from '../eventstream/index.ts';
import { PreparedMessage } from '../message/index.ts';
import type { LogEvent } from './broker.ts';
import { formatId } from './event-id.ts';

/** An event, ready for any number of members. */
export class RoomEvent {
  readonly epoch: string;
  readonly offset: number;
  /** See {@link LogEvent.except}. */
  readonly except: string | undefined;
  readonly #data: string;
  /** The name of the room as JSON. */
  readonly #room: string;
  #message: PreparedMessage | undefined = undefined;
  #bytes: Buffer | undefined = undefined;
  #json: Buffer | undefined = undefined;

  /** @param room the name of its room as JSON. */
  constructor(room: string, epoch: string, { offset, data, except }: LogEvent) {
    this.#room = room;
    this.#data = data;
    this.epoch = epoch;
    this.offset = offset;
    this.except = except;
  }

  /** See `event-id.ts`. */
  get id(): string {
    return formatId(this.epoch, this.offset);
  }

  /** How much of a window it takes, in characters. */
  get size(): number {
    return this.#data.length;
  }

  /**
   * What was published, with `roomId` and `id`: a JSON object. They stand last, so that they count, whatever the object has
   * (ECMA-262 §25.5.1, note 2: of values with the same name the last one is taken).
   */
  get text(): string {
    const data = this.#data;
    const comma = data === '{}' ? '' : ',';
    return `${data.slice(0, -1)}${comma}"roomId":${this.#room},"id":"${this.id}"}`;
  }

  /** {@link text} as bytes, for polls. */
  get json(): Buffer {
    this.#json ??= Buffer.from(this.text);
    return this.#json;
  }

  /** For WebSockets. */
  get message(): PreparedMessage {
    this.#message ??= new PreparedMessage(this.json, false);
    return this.#message;
  }

  /** For event streams: an event named by the object's `type`, where that is one line of text. */
  get eventStreamBytes(): Buffer {
    this.#bytes ??= Buffer.from(writeEvent({ id: this.id, event: this.#type(), data: this.text }));
    return this.#bytes;
  }

  #type(): string | undefined {
    try {
      const { type } = JSON.parse(this.#data) as { type?: unknown };
      return typeof type === 'string' && type !== '' && !/[\r\n]/.test(type) ? type : undefined;
    } catch {
      // Somebody else has written to the log: the text is passed on as it is.
      return undefined;
    }
  }
}
