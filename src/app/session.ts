// One client of the rooms: first AUTH, within its time, then whatever the messages of `sluice.v1` allow. What is wrong with
// a message is answered by ERROR and nothing worse; only who does not say who he is, or says too much, is sent away.
import { MessageRate, type RateLimit } from '../connection/index.ts';
import type { PreparedMessage } from '../message/index.ts';
import { type Authenticate, requireFirstMessage } from '../server/index.ts';
import { clock } from '../transport/index.ts';
import { WebSocket } from '../websocket/index.ts';
import type { User } from './guest.ts';
import { AppCloseCode, type ClientMessage, ErrorCode, readClientMessage, refusal } from './message.ts';
import type { Member, Membership, RoomRegistry } from './room-registry.ts';

/** What every session of a server has in common. */
export interface SessionSettings {
  readonly rooms: RoomRegistry;
  /** Says who a client is, by its first message. */
  readonly authenticate: Authenticate<User>;
  /** Milliseconds for AUTH. */
  readonly authTimeout: number;
  /** Rooms that one client may be in. */
  readonly maxRooms: number;
  readonly rate: RateLimit;
}

/** Bytes of AUTH: of the longest token, and of what is around it. */
const MAX_AUTH_PAYLOAD = 9_216;

/** One client. */
export class Session implements Member {
  readonly #websocket: WebSocket;
  readonly #settings: SessionSettings;
  /** Told to the client, so that it can have itself looked at. */
  readonly #inspectionId: string | undefined;
  readonly #memberships = new Map<string, Membership>();
  readonly #rate: MessageRate;
  #userId = '';
  #ready = true;

  constructor(websocket: WebSocket, settings: SessionSettings, inspectionId: string | undefined) {
    this.#websocket = websocket;
    this.#settings = settings;
    this.#inspectionId = inspectionId;
    this.#rate = new MessageRate(settings.rate);
    websocket.on('message', (data: Buffer, isBinary: boolean) => this.#onMessage(data, isBinary));
    websocket.on('drain', () => this.#onDrain());
    websocket.on('close', () => this.#onClose());
    const { authenticate, authTimeout } = settings;
    requireFirstMessage(websocket, { authenticate, timeout: authTimeout, maxPayload: MAX_AUTH_PAYLOAD }).then(
      (user) => this.#begin(user),
      // Who is refused has been told, and is nobody here.
      () => {},
    );
  }

  // ---- Member

  get ready(): boolean {
    return this.#ready;
  }

  send(message: object): void {
    if (!this.#websocket.send(JSON.stringify(message))) this.#ready = false;
  }

  deliver(event: PreparedMessage): void {
    if (!this.#websocket.send(event)) this.#ready = false;
  }

  // ---- what the client does

  #begin({ userId }: User): void {
    // AUTH was a message, too.
    this.#rate.refill(clock.now());
    this.#rate.take();
    this.#userId = userId;
    this.send({ type: 'AUTH_OK', payload: { userId, connection: this.#inspectionId } });
  }

  #onMessage(data: Buffer, isBinary: boolean): void {
    // Who is being sent away may have said more before hearing of it: nobody listens any more.
    if (this.#websocket.readyState !== WebSocket.OPEN) return;
    this.#rate.refill(clock.now());
    if (!this.#rate.take()) {
      this.#websocket.close(AppCloseCode.TooManyMessages, 'too many messages');
      return;
    }
    const message = isBinary
      ? refusal(ErrorCode.BadMessage, 'a message must be text')
      : readClientMessage(data.toString('utf8'));
    if (message.type === 'ERROR') this.send(message);
    else this.#obey(message, this.#userId);
  }

  #obey(message: ClientMessage, userId: string): void {
    switch (message.type) {
      case 'AUTH':
        this.send(refusal(ErrorCode.AlreadyAuthenticated, `you are ${userId}`));
        break;
      case 'JOIN_ROOM':
        this.#join(message.roomId, message.since);
        break;
      case 'LEAVE_ROOM':
        this.#leave(message.roomId);
        break;
      case 'MESSAGE':
        this.#say(message, userId);
        break;
    }
  }

  #join(roomId: string, since: string | undefined): void {
    const { rooms, maxRooms } = this.#settings;
    const before = this.#memberships.get(roomId);
    if (before === undefined && this.#memberships.size >= maxRooms) {
      this.send(refusal(ErrorCode.TooManyRooms, `you are in ${maxRooms} rooms: leave one first`));
      return;
    }
    // Joined again: the client says anew from where it wants to read.
    before?.leave();
    const membership = rooms.join(roomId, this, since);
    if (membership === undefined)
      this.send(refusal(ErrorCode.TooManyRooms, 'there are too many rooms: try again later'));
    else this.#memberships.set(roomId, membership);
  }

  #leave(roomId: string): void {
    const membership = this.#memberships.get(roomId);
    if (membership === undefined) {
      this.send(refusal(ErrorCode.NotInRoom, 'you are not in this room'));
      return;
    }
    membership.leave();
    this.#memberships.delete(roomId);
    this.send({ type: 'LEFT', roomId });
  }

  #say({ roomId, content, ref }: ClientMessage & { type: 'MESSAGE' }, from: string): void {
    if (!this.#memberships.has(roomId)) {
      this.send(refusal(ErrorCode.NotInRoom, 'join the room first', ref));
      return;
    }
    const id = this.#settings.rooms.publish(roomId, { type: 'MESSAGE', roomId, content, from });
    if (ref !== undefined) this.send({ type: 'ACK', ref, id });
  }

  #onDrain(): void {
    this.#ready = true;
    for (const membership of this.#memberships.values()) membership.catchUp();
  }

  #onClose(): void {
    for (const membership of this.#memberships.values()) membership.leave();
    this.#memberships.clear();
  }
}
