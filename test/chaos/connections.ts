// One connection of a subscriber, over each of the three transports, by clients that nobody here wrote where there are any: `ws`
// and undici. What they are told is passed on as it is; where somebody stands is not decided here.
import { request } from 'undici';
import { WebSocket } from 'ws';
import { EventStreamParser } from '../../src/eventstream/index.ts';
import type { Transport } from './history.ts';
import type { Target } from './target.ts';

/** What a connection is told. Nothing follows onOver(), and nothing close(). */
export interface Ears {
  /** It has everything up to here. */
  onCursor(id: string): void;
  onEvent(id: string, content: unknown): void;
  /** Something is lost. `id`: behind which it goes on, where that is said. */
  onGap(id: string | undefined): void;
  /** @param wait milliseconds after which it may come again, where that is said. */
  onOver(reason: string, wait?: number): void;
  /** An answer that no server should give. */
  onNonsense(text: string): void;
}

export interface Connection {
  close(): void;
}

/** Where to, and from where on. */
export interface Destination {
  readonly target: Target;
  readonly room: string;
  readonly name: string;
  /** The last id that is known. */
  readonly since: string | undefined;
}

/** What can be read over. */
export type Reading = Exclude<Transport, 'post'>;

const SECOND = 1_000;

/** Opens one. */
export function connect(transport: Reading, destination: Destination, ears: Ears): Connection {
  if (transport === 'websocket') return openWebSocket(destination, ears);
  const abort = new AbortController();
  const read = transport === 'sse' ? readStream : poll;
  read(destination, ears, abort.signal).then(
    ({ reason, wait }) => abort.signal.aborted || ears.onOver(reason, wait),
    (error: Error) => abort.signal.aborted || ears.onOver(error.message),
  );
  return { close: () => abort.abort() };
}

/** Why reading has ended. */
interface Over {
  readonly reason: string;
  readonly wait?: number | undefined;
}

// ---- WebSocket

function openWebSocket({ target, room, name, since }: Destination, ears: Ears): Connection {
  const { ca } = target;
  const socket = new WebSocket(target.websocketUrl, 'sluice.v1', { family: 4, ...(ca === undefined ? {} : { ca }) });
  let isClosed = false;
  let wait: number | undefined;
  socket.on('open', () => {
    socket.send(JSON.stringify({ type: 'AUTH', token: name }));
    socket.send(JSON.stringify({ type: 'JOIN_ROOM', roomId: room, since }));
  });
  socket.on('message', (data) => {
    if (isClosed) return;
    const message = JSON.parse(String(data)) as Readonly<Record<string, unknown>>;
    const { type, roomId } = message;
    if (type === 'AUTH_OK') return;
    if (type === 'ERROR') {
      // It could not be let in: it comes again, as after any other failure.
      socket.close();
      return;
    }
    if (roomId !== room) ears.onNonsense(`${name} in ${room} is told of ${String(roomId)}: ${String(data)}`);
    if (type === 'JOINED') ears.onCursor(String(message['cursor']));
    else if (type === 'GAP') ears.onGap(String(message['cursor']));
    else if (type === 'MESSAGE') ears.onEvent(String(message['id']), message['content']);
    else ears.onNonsense(`${name} is told ${String(data)}`);
  });
  socket.on('error', () => {});
  socket.on('close', (code, reason) => {
    if (isClosed) return;
    const [, retry] = /retry=(\d+)/.exec(reason.toString()) ?? [];
    if (retry !== undefined) wait = Number(retry);
    ears.onOver(`closed with ${code}`, wait);
  });
  return {
    close: () => {
      isClosed = true;
      socket.terminate();
    },
  };
}

// ---- event streams

async function readStream({ target, room, name, since }: Destination, ears: Ears, signal: AbortSignal): Promise<Over> {
  const { statusCode, headers, body } = await request(target.url('/api/stream', { room, name }), {
    dispatcher: target.agent,
    headers: since === undefined ? {} : { 'Last-Event-ID': since },
    signal,
  });
  // An abort also ends the body, which is nobody's mistake.
  body.on('error', () => {});
  if (statusCode !== 200) {
    await body.dump();
    return { reason: `status ${statusCode}`, wait: retryAfterOf(headers) };
  }
  let wait: number | undefined;
  let last = since ?? '';
  const parser = new EventStreamParser(
    {
      onEvent(type, data, lastEventId) {
        last = lastEventId;
        if (type === 'GAP') ears.onGap(lastEventId);
        else readMessage(data, room, ears, lastEventId);
      },
      onRetry(milliseconds) {
        wait = milliseconds;
      },
      onViolation(violation) {
        ears.onNonsense(`${name} was sent an event stream that breaks a rule: ${String(violation)}`);
      },
    },
    { lastEventId: since },
  );
  for await (const chunk of body) {
    if (signal.aborted) break;
    for (const piece of blocksOf(chunk as Buffer)) {
      parser.push(piece);
      // Where it begins is told by an id without data, of which a parser says nothing.
      if (parser.lastEventId === last) continue;
      last = parser.lastEventId;
      ears.onCursor(last);
    }
  }
  return { reason: 'the stream has ended', wait };
}

/** Cuts behind each empty line: an id without data and the event behind it may come together. */
function* blocksOf(chunk: Buffer): Generator<Buffer> {
  let start = 0;
  for (let end = chunk.indexOf('\n\n'); end !== -1; end = chunk.indexOf('\n\n', start)) {
    yield chunk.subarray(start, end + 2);
    start = end + 2;
  }
  yield chunk.subarray(start);
}

function readMessage(data: string, room: string, ears: Ears, lastEventId: string): void {
  const { type, roomId, id, content } = JSON.parse(data) as Readonly<Record<string, unknown>>;
  if (type !== 'MESSAGE' || roomId !== room || id !== lastEventId) ears.onNonsense(`as ${lastEventId}: ${data}`);
  ears.onEvent(lastEventId, content);
}

// ---- polls

interface Answer {
  readonly messages: readonly { readonly id: string; readonly content: unknown }[];
  readonly cursor: string;
  readonly gap: boolean;
}

async function poll({ target, room, name, since }: Destination, ears: Ears, signal: AbortSignal): Promise<Over> {
  let cursor = since;
  for (;;) {
    const query = { room, name, session: name, ...(cursor === undefined ? {} : { since: cursor }) };
    const { statusCode, headers, body } = await request(target.url('/api/poll', query), {
      dispatcher: target.agent,
      signal,
    });
    body.on('error', () => {});
    if (statusCode !== 200) {
      await body.dump();
      return { reason: `status ${statusCode}`, wait: retryAfterOf(headers) };
    }
    const answer = (await body.json()) as Answer;
    if (signal.aborted) return { reason: 'aborted' };
    const { messages, gap } = answer;
    if (gap) ears.onGap(messages.length > 0 ? undefined : answer.cursor);
    for (const { id, content } of messages) ears.onEvent(id, content);
    ears.onCursor(answer.cursor);
    cursor = answer.cursor;
  }
}

function retryAfterOf(headers: Readonly<Record<string, string | string[] | undefined>>): number | undefined {
  const seconds = Number(headers['retry-after']);
  return Number.isFinite(seconds) ? seconds * SECOND : undefined;
}

/** Where a room ends, by the word of whoever answers: of somebody who has no place yet. */
export async function endOf(target: Target, room: string): Promise<string> {
  const { statusCode, body } = await request(target.url('/api/poll', { room, name: 'judge' }), {
    dispatcher: target.agent,
    signal: AbortSignal.timeout(10 * SECOND),
  });
  if (statusCode !== 200) throw new Error(`status ${statusCode}`);
  return ((await body.json()) as Answer).cursor;
}
