// The table of docs/resilience.md beside four other clients, as far as it is about what is said and heard, and about shapes.
import { describe } from 'vitest';
import { connect, connected, last, row, SECOND } from './comparison.ts';
import { type Client, FakeSocket, pass, SUBJECTS, type SubjectName } from './others.ts';

describe('saying something', () => {
  row('bounded queue while away', async (name) => {
    const client = connect(name, { maxQueueLength: 2, maxEnqueuedMessages: 2 });
    await pass(0);
    for (const text of ['one', 'two', 'three']) Promise.resolve(client.say(text)).catch(() => {});
    await pass(SECOND);
    FakeSocket.onMade = SUBJECTS[name].welcome;
    SUBJECTS[name].welcome(last());
    await pass(SECOND);
    return last().sent.filter((text) => /one|two|three/.test(text)).length === 2;
  });

  row('`send()` tells whether to go on', async (name) => {
    const client = await connected(name);
    const answer = client.say('something');
    Promise.resolve(answer).catch(() => {});
    return answer === true;
  });

  interface Speaker {
    publish(room: string, content: string): Promise<unknown>;
    emitWithAck(event: string, content: string): Promise<unknown>;
  }

  /** Says something in the way that is acknowledged, if there is one. */
  function publish(client: Client): Promise<unknown> | undefined {
    const { emitWithAck, publish } = client.native as Partial<Speaker>;
    if (emitWithAck !== undefined) return emitWithAck.call(client.native, 'say', 'remember me');
    return publish?.call(client.native, 'room', 'remember me');
  }

  const said = ({ sent }: FakeSocket): string | undefined => sent.find((text) => text.includes('remember me'));

  row('what is said is acknowledged', async (name) => {
    const client = await connected(name);
    const answer = publish(client);
    await pass(0);
    const text = said(last());
    if (answer === undefined || text === undefined) return false;
    let isAnswered = false;
    answer.then(() => (isAnswered = true)).catch(() => {});
    await pass(0);
    const wasAnswered = isAnswered;
    if (name === 'socket.io-client') last().tell(`43${/^42(\d+)/.exec(text)?.[1]}["ok"]`);
    else if (name === 'centrifuge') last().tell(JSON.stringify({ id: JSON.parse(text).id, publish: {} }));
    else last().tell(JSON.stringify({ type: 'ACK', ref: JSON.parse(text).ref, id: 'e-1' }));
    await pass(0);
    return !wasAnswered && isAnswered;
  });

  /** What is said over a connection that breaks before it is acknowledged, and over the next. */
  async function repeated(name: SubjectName): Promise<(string | undefined)[]> {
    const client = await connected(name, { retries: 3, ackTimeout: 100 * SECOND });
    Promise.resolve(publish(client) ?? client.say('remember me')).catch(() => {});
    await pass(0);
    last().end();
    await pass(30 * SECOND);
    return [FakeSocket.made[0] as FakeSocket, last()].map(said);
  }

  row('and repeated over the next connection', async (name) => {
    const [first, second] = await repeated(name);
    return first !== undefined && second !== undefined;
  });

  row('so that the server knows it again', async (name) => {
    const [first, second] = await repeated(name);
    return first !== undefined && first === second;
  });
});

describe('catching up', () => {
  interface Reader {
    join(room: string): unknown;
    newSubscription(room: string): { subscribe(): void };
  }

  row('goes on from a cursor', async (name) => {
    const client = await connected(name);
    const native = client.native as Reader;
    if (name === 'sluice') {
      native.join('room');
      await pass(0);
      last().tell('{"type":"JOINED","roomId":"room","cursor":"e-6"}');
      last().tell('{"type":"MESSAGE","roomId":"room","id":"e-7","content":"x"}');
    } else if (name === 'centrifuge') {
      native.newSubscription('room').subscribe();
      await pass(0);
      const { id } = JSON.parse(last().sent.at(-1) as string);
      last().tell(JSON.stringify({ id, subscribe: { recoverable: true, epoch: 'e', offset: 6 } }));
      await pass(0);
      last().tell('{"push":{"channel":"room","pub":{"data":"x","offset":7}}}');
    } else {
      last().tell(name === 'socket.io-client' ? '42["say","x","e-7"]' : 'x');
    }
    await pass(0);
    last().end();
    await pass(30 * SECOND);
    return /"e-7"|"offset":7/.test(last().sent.join());
  });

  row('rooms or channels over one connection', async (name) => {
    const { native } = await connected(name);
    const { io = {} } = native as { io?: object };
    return 'join' in native || 'newSubscription' in native || 'socket' in io;
  });
});

describe('shapes', () => {
  row('stands where a `WebSocket` stood', async (name) => {
    const { native } = connect(name);
    const members = 'send close readyState bufferedAmount binaryType protocol extensions url addEventListener';
    const handlers = 'onopen onmessage onclose onerror';
    return `${members} ${handlers}`.split(' ').every((member) => member in native);
  });

  row('an `EventTarget`', async (name) => connect(name).native instanceof EventTarget);

  row('`for await`', async (name) => Symbol.asyncIterator in connect(name).native);

  row('`AbortSignal`', async (name) => {
    const abort = new AbortController();
    await connected(name, { signal: abort.signal });
    abort.abort();
    await pass(SECOND);
    return last().closedAt !== undefined;
  });

  row('any WebSocket server', async (name) => {
    FakeSocket.onMade = (socket) => socket.open();
    const client = connect(name, { token: undefined });
    await pass(SECOND);
    return client.isOpen();
  });

  interface Again {
    reconnect(): void;
    connect(): void;
  }

  row('can be opened again after `close()`', async (name) => {
    const client = await connected(name);
    client.close();
    await pass(SECOND);
    const { length } = FakeSocket.made;
    const { reconnect, connect } = client.native as Partial<Again>;
    (reconnect ?? connect)?.call(client.native);
    await pass(10 * SECOND);
    return FakeSocket.made.length > length && client.isOpen();
  });

  row('can be made without connecting', async (name) => {
    if (name === 'centrifuge') return 'connect' in connect(name).native;
    connect(name, { startClosed: true, autoConnect: false });
    await pass(10 * SECOND);
    return FakeSocket.made.length === 0;
  });

  row('gives back what it has not sent', async (name) => 'drainQueuedMessages' in connect(name).native);

  row('requests with answers', async (name) => {
    const { native } = connect(name);
    return 'rpc' in native || 'emitWithAck' in native;
  });

  row('presence and history on request', async (name) => {
    const { native } = connect(name);
    return 'presence' in native && 'history' in native;
  });
});
