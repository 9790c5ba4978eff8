// A WebSocket as a member of any number of rooms: messages are JSON objects. When it reads too slowly it is sent no more than
// its own mark allows, and goes on from where it stands when there is room.
import { WebSocket } from '../websocket/index.ts';
import type { Member } from './member.ts';
import type { Membership } from './membership.ts';
import type { RoomEvent } from './room-event.ts';

/** One WebSocket. */
export class WebSocketMember implements Member {
  /** By the name of the room, those that have not begun yet too. */
  readonly memberships = new Map<string, Membership>();
  readonly #websocket: WebSocket;
  #isReady = true;
  readonly #onDrain = (): void => this.#resume();
  readonly #onClose = (): void => this.#end();

  constructor(websocket: WebSocket) {
    this.#websocket = websocket;
    websocket.on('drain', this.#onDrain);
    websocket.on('close', this.#onClose);
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** Whether anything can still be sent. */
  get isOpen(): boolean {
    return this.#websocket.readyState === WebSocket.OPEN;
  }

  onJoined(roomId: string, cursor: string): void {
    this.#send({ type: 'JOINED', roomId, cursor });
  }

  onEvent(event: RoomEvent): void {
    this.#isReady = this.#websocket.send(event.message);
  }

  onGap(roomId: string, cursor: string): void {
    this.#send({ type: 'GAP', roomId, cursor });
  }

  onRemoved(roomId: string): void {
    this.#send({ type: 'LEFT', roomId });
  }

  /** Listens to the WebSocket no more. */
  dispose(): void {
    this.#websocket.removeListener('drain', this.#onDrain);
    this.#websocket.removeListener('close', this.#onClose);
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
    for (const membership of [...this.memberships.values()]) membership.end(false);
  }
}
