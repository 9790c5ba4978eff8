// One client of the rooms: first AUTH, within its time, then whatever the messages of `sluice.v1` allow. What is wrong with
// a message is answered by ERROR and nothing worse; only who does not say who he is, or says too much, is sent away.
import type { IncomingMessage } from 'node:http';
import { MessageRate, type RateLimit } from '../connection/index.ts';
import type { RoomMembership, Rooms } from '../rooms/index.ts';
import { type Authenticate, requireFirstMessage } from '../server/index.ts';
import { clock } from '../transport/index.ts';
import { WebSocket } from '../websocket/index.ts';
import {
  AppCloseCode,
  type ClientMessage,
  ErrorCode,
  keyOf,
  type Reference,
  readClientMessage,
  refusal,
} from './message.ts';
import { refusedBy, WENT_WRONG } from './refused.ts';
import { Turns } from './turns.ts';
import type { User } from './user.ts';

/** What every session of a server has in common. */
export interface SessionSettings {
  readonly rooms: Rooms;
  /** Says who a client is, by its first message. */
  readonly authenticate: Authenticate<User>;
  /** Milliseconds for AUTH. */
  readonly authTimeout: number;
  readonly rate: RateLimit;
  /** An event has been published. */
  readonly onPublished: () => void;
  /** A mistake of the program has kept somebody from something. */
  readonly onFault: (error: unknown) => void;
}

/** Bytes of AUTH: of the longest token, and of what is around it. */
const MAX_AUTH_PAYLOAD = 9_216;
/** Messages of one client that wait for a broker. With more, nothing is read from it, and TCP slows it down. */
export const MAX_WAITING = 64;

/** One client. */
export class Session {
  readonly #websocket: WebSocket;
  readonly #request: IncomingMessage;
  readonly #settings: SessionSettings;
  /** Told to the client, so that it can have itself looked at. */
  readonly #inspectionId: string | undefined;
  readonly #memberships = new Map<string, RoomMembership>();
  readonly #turns = new Turns(() => this.#onTurn());
  readonly #rate: MessageRate;
  #userId = '';
  #isEnding = false;

  /** @param request its opening handshake: the authorisation hook is told. */
  constructor(
    websocket: WebSocket,
    request: IncomingMessage,
    settings: SessionSettings,
    inspectionId: string | undefined,
  ) {
    this.#websocket = websocket;
    this.#request = request;
    this.#settings = settings;
    this.#inspectionId = inspectionId;
    this.#rate = new MessageRate(settings.rate);
    websocket.on('message', (data: Buffer, isBinary: boolean) => this.#onMessage(data, isBinary));
    const { authenticate, authTimeout } = settings;
    requireFirstMessage(websocket, { authenticate, timeout: authTimeout, maxPayload: MAX_AUTH_PAYLOAD }).then(
      (user) => this.#begin(user),
      // Who is refused has been told, and is nobody here.
      () => {},
    );
  }

  /** Sends the client away when all it has said has been dealt with, and answered. What it says from now on is not heard. */
  end(code: number, reason?: string): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#websocket.resume();
    this.#turns.afterAll(() => this.#websocket.close(code, reason));
  }

  // ---- what the client does

  #begin({ userId }: User): void {
    // AUTH was a message, too.
    this.#rate.refill(clock.now());
    this.#rate.take();
    this.#userId = userId;
    this.#send({ type: 'AUTH_OK', payload: { userId, connection: this.#inspectionId } });
  }

  #onMessage(data: Buffer, isBinary: boolean): void {
    // Who is being sent away may have said more before hearing of it: nobody listens any more.
    if (this.#isEnding || this.#websocket.readyState !== WebSocket.OPEN) return;
    this.#rate.refill(clock.now());
    if (!this.#rate.take()) {
      this.end(AppCloseCode.TooManyMessages, 'too many messages');
      return;
    }
    const message = isBinary
      ? refusal(ErrorCode.BadMessage, 'a message must be text')
      : readClientMessage(data.toString('utf8'));
    // An answer never overtakes another one.
    if (message.type === 'ERROR') this.#turns.afterAll(() => this.#send(message));
    else this.#obey(message);
  }

  #obey(message: ClientMessage): void {
    switch (message.type) {
      case 'AUTH':
        this.#turns.afterAll(() => this.#refuse(ErrorCode.AlreadyAuthenticated, `you are ${this.#userId}`));
        break;
      case 'JOIN_ROOM':
        this.#turns.take(message.roomId, () => this.#join(message));
        break;
      case 'LEAVE_ROOM':
        this.#turns.take(message.roomId, () => this.#leave(message));
        break;
      case 'MESSAGE':
        this.#turns.take(message.roomId, () => this.#say(message));
        break;
      case 'PING':
        // It says that this server is there, and waits for nobody.
        this.#send({ type: 'PONG', ref: message.ref });
        break;
    }
  }

  async #join({ roomId, since, ref }: ClientMessage & { type: 'JOIN_ROOM' }): Promise<void> {
    const { rooms } = this.#settings;
    try {
      // It is told JOINED, and whatever follows, by the room.
      const options = { since, identity: this.#userId, request: this.#request };
      this.#memberships.set(roomId, await rooms.join(this.#websocket, roomId, options));
    } catch (error) {
      this.#explain(error, ref);
    }
  }

  #leave({ roomId, ref }: ClientMessage & { type: 'LEAVE_ROOM' }): undefined {
    this.#memberships.delete(roomId);
    if (this.#settings.rooms.leave(this.#websocket, roomId)) this.#send({ type: 'LEFT', roomId });
    else this.#refuse(ErrorCode.NotInRoom, 'you are not in this room', ref);
  }

  #say(message: ClientMessage & { type: 'MESSAGE' }): Promise<void> | undefined {
    const membership = this.#memberships.get(message.roomId);
    // Who has gone in the meantime had said it before.
    const isOver = membership?.isOver === true && this.#websocket.readyState === WebSocket.OPEN;
    if (membership !== undefined && !isOver) return this.#publish(message);
    this.#refuse(ErrorCode.NotInRoom, 'join the room first', message.ref);
    return undefined;
  }

  async #publish(message: ClientMessage & { type: 'MESSAGE' }): Promise<void> {
    const { rooms, onPublished } = this.#settings;
    const { roomId, content, ref } = message;
    const from = this.#userId;
    try {
      const event = { type: 'MESSAGE', content, from };
      const options = { key: keyOf(from, message), identity: from, request: this.#request };
      const id = await rooms.publish(roomId, event, options);
      onPublished();
      if (ref !== undefined) this.#send({ type: 'ACK', ref, id });
    } catch (error) {
      this.#explain(error, ref);
    }
  }

  // ---- what it is told

  #explain(error: unknown, ref: Reference | undefined): void {
    const refused = refusedBy(error);
    if (refused === undefined) this.#settings.onFault(error);
    const { code, message } = refused ?? WENT_WRONG;
    this.#refuse(code, message, ref);
  }

  #refuse(code: ErrorCode, text: string, ref?: Reference): void {
    this.#send(refusal(code, text, ref));
  }

  #send(message: object): void {
    if (this.#websocket.readyState === WebSocket.OPEN) this.#websocket.send(JSON.stringify(message));
  }

  #onTurn(): void {
    if (this.#isEnding) return;
    const { count } = this.#turns;
    if (count >= MAX_WAITING) this.#websocket.pause();
    else if (count < MAX_WAITING / 2 && this.#websocket.isPaused) this.#websocket.resume();
  }
}
