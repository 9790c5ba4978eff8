// A WebSocket as a member of any number of rooms: messages are JSON objects. When it reads too slowly it is sent no more than
// its own mark allows, and goes on from where it stands when there is room.
import type { WebSocket } from '../websocket/index.ts';
import type { Deliveries, Member, MembershipEnd, RoomMembership } from './member.ts';
import type { Membership } from './membership.ts';
import type { RoomEvent } from './room-event.ts';

/** One WebSocket. */
export class WebSocketMember implements Member {
  /** By the name of the room, those that have not begun yet too. */
  readonly memberships = new Map<string, Membership>();
  readonly #websocket: WebSocket;
  readonly #onEmpty: () => void;
  readonly #deliveries: Deliveries;
  #isReady = true;
  readonly #onDrain = (): void => this.#resume();
  readonly #onClose = (): void => this.#end();

  /**
   * @param onEmpty called when it is in no room any more, and wants to be in none: then it listens no more.
   * @param deliveries where what it is handed is counted.
   */
  constructor(websocket: WebSocket, onEmpty: () => void, deliveries: Deliveries) {
    this.#websocket = websocket;
    this.#onEmpty = onEmpty;
    this.#deliveries = deliveries;
    websocket.on('drain', this.#onDrain);
    websocket.on('close', this.#onClose);
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  onJoined(roomId: string, cursor: string): void {
    this.#send({ type: 'JOINED', roomId, cursor });
  }

  onEvent(event: RoomEvent): void {
    this.#deliveries.websocket++;
    this.#isReady = this.#websocket.send(event.message);
  }

  onGap(roomId: string, cursor: string): void {
    this.#send({ type: 'GAP', roomId, cursor });
  }

  onOver(membership: RoomMembership, end: MembershipEnd): void {
    const { room } = membership;
    // One that was replaced is not there any more.
    if (this.memberships.get(room) === membership) this.memberships.delete(room);
    if (end !== 'left') this.#send({ type: 'LEFT', roomId: room });
    if (this.memberships.size > 0) return;
    this.#websocket.removeListener('drain', this.#onDrain);
    this.#websocket.removeListener('close', this.#onClose);
    this.#onEmpty();
  }

  #send(message: object): void {
    this.#isReady = this.#websocket.send(JSON.stringify(message));
  }

  #resume(): void {
    this.#isReady = true;
    for (const [room, membership] of [...this.memberships]) {
      membership.resume();
      if (this.isReady) continue;
      // Whoever has taken all the room there was comes last the next time.
      this.memberships.delete(room);
      this.memberships.set(room, membership);
      return;
    }
  }

  #end(): void {
    for (const membership of [...this.memberships.values()]) membership.end('left');
  }
}
