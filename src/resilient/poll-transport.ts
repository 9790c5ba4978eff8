// The last resort: a room is asked for what is new, and the server holds the question until there is something (RFC 6202 §2). It
// comes through everything that lets requests and whole answers through.
import type { RoomReading } from './http-link.ts';
import { HttpLink } from './http-link.ts';
import type { Transport } from './transport.ts';
import { chooseTransport } from './transport-choice.ts';

/** Over long polling and POST. */
export const poll: Transport = {
  name: 'poll',
  open: (request, listener) => new HttpLink(request, listener, readPolls),
  choose: chooseTransport,
};

interface Answer {
  readonly messages: readonly object[];
  readonly cursor: string | null;
  readonly gap: boolean;
}

async function readPolls(reading: RoomReading): Promise<void> {
  const { roomId, signal } = reading;
  // Who has no place yet is answered at once: this shows that the way is free, and is not held for half a minute.
  const first = await ask(reading, undefined);
  let cursor = reading.since ?? first.cursor ?? undefined;
  reading.onJoined(cursor);
  while (!signal.aborted) {
    const answer = await ask(reading, cursor);
    reading.onAlive();
    cursor = answer.cursor ?? undefined;
    if (answer.gap) {
      // Where messages stand behind it, the place of the gap is not told.
      const place = answer.messages.length === 0 ? cursor : undefined;
      reading.onMessage(JSON.stringify({ type: 'GAP', roomId, cursor: place }));
    }
    for (const message of answer.messages) reading.onMessage(JSON.stringify(message));
  }
}

async function ask(reading: RoomReading, since: string | undefined): Promise<Answer> {
  const response = await reading.get('poll', since);
  return (await response.json()) as Answer;
}
