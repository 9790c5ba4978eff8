// Delivery to very many members: what is said is framed once for all of them, whatever they read it over.
import { expect, onTestFinished, test } from 'vitest';
import { Membership } from '../../src/rooms/membership.ts';
import { MemoryBroker } from '../../src/rooms/memory-broker.ts';
import { Room } from '../../src/rooms/room.ts';
import type { RoomEvent } from '../../src/rooms/room-event.ts';
import { Guest } from './guest.ts';

const MEMBERS = 10_000;

/** Takes from an event what its transport sends. */
class Recipient extends Guest {
  static readonly sent = new Set<Buffer>();
  static count = 0;
  readonly #take: (event: RoomEvent) => Buffer;

  constructor(take: (event: RoomEvent) => Buffer) {
    super();
    this.#take = take;
  }

  override onEvent(event: RoomEvent): void {
    super.onEvent(event);
    Recipient.sent.add(this.#take(event));
    Recipient.count++;
  }
}

test('ten thousand members over three transports are sent three pieces of memory', async () => {
  const broker = new MemoryBroker();
  const room = new Room('lobby', { broker, onLeave() {}, onGap() {} });
  onTestFinished(async () => {
    room.close();
    await broker.close();
  });
  await room.open();
  const forms: readonly ((event: RoomEvent) => Buffer)[] = [
    (event) => event.message.frame,
    (event) => event.eventStreamBytes,
    (event) => event.json,
  ];
  for (let index = 0; index < MEMBERS; index++) {
    const guest = new Recipient(forms[index % forms.length] as (event: RoomEvent) => Buffer);
    guest.membership = new Membership('', 'lobby', undefined, guest);
    room.add(guest.membership, { since: undefined, history: 0 });
  }
  await broker.append('lobby', '{"number":1}', { except: undefined, key: undefined });
  expect(Recipient.count).toBe(MEMBERS);
  expect(Recipient.sent.size).toBe(forms.length);
});
