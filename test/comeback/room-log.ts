// What a room's log holds, by the word of one instance: the oracle for what everybody must have heard. Read by polls from its
// beginning, past every proxy and every client of ours.
import type { Said } from './witness.ts';

interface Answer {
  readonly messages: readonly Said[];
  readonly cursor: string | null;
  readonly gap: boolean;
}

/** Everything that the log of `room` holds. */
export async function readLog(origin: string, token: string, room: string): Promise<Said[]> {
  const ask = async (since?: string): Promise<Answer> => {
    const url = new URL('/api/poll', origin);
    url.searchParams.set('room', room);
    if (since !== undefined) url.searchParams.set('since', since);
    const headers = { Authorization: `Bearer ${token}`, Connection: 'close' };
    const response = await fetch(url, { headers });
    if (!response.ok) throw new Error(`GET ${url.pathname}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Answer;
  };
  const { cursor: end } = await ask();
  const log: Said[] = [];
  if (end === null) return log;
  for (let cursor = `${end.split('-')[0]}-0`; cursor !== end; ) {
    const answer = await ask(cursor);
    if (answer.gap) throw new Error(`the log of ${room} does not reach back to its beginning`);
    log.push(...answer.messages.map(({ id, content }) => ({ id, content })));
    cursor = answer.cursor ?? end;
  }
  return log;
}
