// The state table of docs/resilience.md, row by row, in a world where time stands still.
import { describe, expect, test } from 'vitest';
import { ResilientWebSocket, type ResilientWebSocketOptions } from '../../src/resilient/index.ts';
import { FakeTransport, nextLink, World } from './world.ts';

async function make(more: ResilientWebSocketOptions = {}, transports = [new FakeTransport()]) {
  const world = new World();
  const told: string[] = [];
  const client = new ResilientWebSocket('ws://localhost/ws', { platform: world, transports, name: 'Ada', ...more });
  client.onopen = () => told.push('open');
  client.onclose = ({ code }) => told.push(`close ${code}`);
  client.onerror = ({ message }) => told.push(`error ${message}`);
  client.onreconnecting = ({ attempt, delay }) => told.push(`reconnecting ${attempt} ${delay}`);
  await world.pass(0);
  const [transport = new FakeTransport()] = transports;
  return { world, client, told, transport };
}

/** A client in each state. */
const STATES = {
  connecting: make,
  open: async (more?: ResilientWebSocketOptions) => {
    const made = await make(more);
    made.transport.link.open();
    return made;
  },
  waiting: async (more?: ResilientWebSocketOptions) => {
    const made = await make(more);
    made.transport.link.end();
    return made;
  },
  offline: async (more?: ResilientWebSocketOptions) => {
    const made = await make(more);
    made.world.online = false;
    made.transport.link.end();
    return made;
  },
} as const;

describe.each(Object.entries(STATES))('%s', (state, enter) => {
  test('is what it says', async () => {
    const { client } = await enter();
    expect(client.state).toBe(state);
    expect(client.readyState).toBe(state === 'open' ? client.OPEN : client.CONNECTING);
  });

  test('close() is final: nothing is left, and nothing more happens', async () => {
    const { client, world, transport, told } = await enter();
    const { length } = transport.links;
    client.close(1000, 'enough');
    client.close();
    expect(client.readyState).toBe(client.CLOSING);
    if (state === 'open') transport.link.end(1000);
    await world.pass(0);
    expect(client.readyState).toBe(client.CLOSED);
    expect(world.pending).toBe(0);
    world.tell();
    await world.pass(10_000_000);
    expect(transport.links).toHaveLength(length);
    expect(told.filter((each) => each.startsWith('close'))).toEqual([state === 'open' ? 'close 1000' : 'close 1006']);
    expect(told.at(-1)).toMatch(/^close/);
  });

  test('an AbortSignal is a close()', async () => {
    const abort = new AbortController();
    const { client, world, transport } = await enter({ signal: abort.signal });
    abort.abort();
    if (state === 'open') transport.link.end(1005);
    await world.pass(0);
    expect([client.readyState, world.pending]).toEqual([client.CLOSED, 0]);
  });
});

describe('connecting', () => {
  test('ends in time', async () => {
    const { client, world, transport, told } = await make();
    await world.pass(10_000);
    expect([client.state, transport.link.isDropped, told]).toEqual(['waiting', true, ['reconnecting 1 1000']]);
  });

  test('asks for URL and token anew, each attempt', async () => {
    let asked = 0;
    const world = new World();
    const transport = new FakeTransport();
    const url = async () => `http://host-${++asked}/ws`;
    const token = async () => `token ${asked}`;
    const client = new ResilientWebSocket(url, { platform: world, transports: [transport], token });
    await world.pass(0);
    transport.link.end();
    await world.pass(1_000);
    const requests = transport.links.map(({ request }) => [request.url, request.credentials?.token]);
    expect(requests).toEqual([
      ['ws://host-1/ws', 'token 1'],
      ['ws://host-2/ws', 'token 2'],
    ]);
    client.close();
    await world.pass(0);
  });

  test('that cannot even ask is an attempt that failed', async () => {
    const { told, client } = await make({ token: () => Promise.reject(new Error('no token today')) });
    expect(told).toEqual(['error no token today', 'reconnecting 1 1000']);
    expect(client.state).toBe('waiting');
  });

  test('that is not asked in time is heard by nobody', async () => {
    let tell: (token: string) => void = () => {};
    const token = () => new Promise<string>((resolve) => (tell = resolve));
    const { world, transport, client } = await make({ token });
    client.close();
    tell('late');
    await world.pass(0);
    expect(transport.links).toEqual([]);
  });
});

describe('waiting', () => {
  test('doubles, 10 times, and gives up', async () => {
    const { world, transport, told, client } = await make();
    transport.link.end();
    for (let attempt = 1; attempt <= 10; attempt++) {
      (await nextLink(world, transport)).end();
      expect(transport.links).toHaveLength(attempt + 1);
    }
    const delays = [1, 2, 4, 8, 16, 32, 60, 60, 60, 60].map((seconds) => seconds * 1_000);
    expect(told).toEqual([...delays.map((delay, index) => `reconnecting ${index + 1} ${delay}`), 'close 1006']);
    expect([client.state, world.pending]).toEqual(['closed', 0]);
  });

  test('goes on for ever where that is wanted', async () => {
    const { world, transport, client } = await make({ maxAttempts: Number.POSITIVE_INFINITY });
    for (let attempt = 0; attempt < 100; attempt++) {
      transport.link.end();
      await nextLink(world, transport);
    }
    expect(client.state).toBe('connecting');
  });

  test.each([
    ['online or seen again: at once', undefined, 2],
    ['but not where the server has said when', 5_000, 1],
  ])('%s', async (_, retry, links) => {
    const { world, transport } = await make();
    transport.link.end(1006, retry);
    world.tell();
    await world.pass(0);
    expect(transport.links).toHaveLength(links);
  });

  test('a network that goes takes it offline, and costs no attempt', async () => {
    const { world, transport, client, told } = await STATES.waiting();
    world.online = false;
    expect(client.state).toBe('offline');
    await world.pass(30_000);
    expect(transport.links).toHaveLength(1);
    world.online = true;
    await world.pass(0);
    transport.link.end();
    expect(told).toEqual(['reconnecting 1 1000', 'reconnecting 0 undefined', 'reconnecting 1 1000']);
  });
});

test('offline, an attempt is made now and then: a platform may be wrong', async () => {
  const { world, transport } = await STATES.offline();
  await world.pass(60_000);
  expect(transport.links).toHaveLength(2);
});

describe('open', () => {
  test('the count starts anew only when it has been stable', async () => {
    const { world, transport, told } = await make();
    transport.link.end();
    await world.pass(1_000);
    transport.link.open();
    await world.pass(4_999);
    transport.link.end();
    await world.pass(2_000);
    transport.link.open();
    await world.pass(5_000);
    transport.link.end();
    expect(told.filter((each) => each !== 'open')).toEqual([
      'reconnecting 1 1000',
      'reconnecting 2 2000',
      'reconnecting 1 1000',
    ]);
  });

  test.each([1000, 1008, 4001, 4003])('%i from the server is the end', async (code) => {
    const { client, transport, told, world } = await STATES.open();
    transport.link.end(code);
    expect([client.state, told, world.pending]).toEqual(['closed', ['open', `close ${code}`], 0]);
  });

  test('shouldReconnect has the last word', async () => {
    const shouldReconnect = ({ code }: { readonly code: number }) =>
      code === 1012 ? false : code === 1008 || undefined;
    for (const [code, state] of [
      [1012, 'closed'],
      [1008, 'waiting'],
      [1000, 'closed'],
      [1006, 'waiting'],
    ] as const) {
      const { client, transport } = await STATES.open({ shouldReconnect });
      transport.link.end(code);
      expect(client.state, String(code)).toBe(state);
    }
  });

  test('a token that ran out is asked for anew, once it had been believed', async () => {
    const { client, transport, world } = await STATES.open({ token: () => 'fresh' });
    transport.link.end(4001);
    expect(client.state).toBe('waiting');
    await world.pass(1_000);
    transport.link.end(4001);
    expect(client.state).toBe('closed');
  });

  test('a hint is never undercut, and fits a timer', async () => {
    const { transport, told } = await STATES.open();
    transport.link.end(1012, 1_000);
    expect(told.at(-1)).toBe('reconnecting 1 1150');
  });

  test('a silent server is asked, by a Ping or by a message, and left', async () => {
    const { world, transport, client } = await STATES.open();
    await world.pass(25_000);
    expect(transport.link.said.at(-1)).toEqual({ type: 'PING', ref: 'ping' });
    transport.link.listener.onAlive();
    transport.link.pings = 0;
    await world.pass(25_000);
    expect([client.state, transport.link.pings]).toEqual(['open', 1]);
    await world.pass(10_000);
    expect([client.state, transport.links[0]?.isDropped, transport.links[0]?.pings]).toEqual(['waiting', true, 1]);
  });

  test('whom nothing can be asked is believed', async () => {
    const world = new World();
    const transport = new FakeTransport();
    const client = new ResilientWebSocket('ws://localhost/', { platform: world, transports: [transport] });
    await world.pass(0);
    transport.link.open();
    await world.pass(1_000_000);
    expect(client.state).toBe('open');
  });

  test('news of the network or the page are a doubt', async () => {
    const { world, transport, client } = await STATES.open();
    world.online = false;
    expect(transport.link.said.at(-1)).toMatchObject({ type: 'PING' });
    await world.pass(10_000);
    expect(client.state).toBe('offline');
  });

  test('close() waits for the closing handshake, but not for ever', async () => {
    const { world, transport, client } = await STATES.open();
    client.close(3000, 'bye');
    expect(transport.link.closedWith).toEqual([3000, 'bye']);
    await world.pass(4_999);
    expect(client.state).toBe('closing');
    await world.pass(1);
    expect([client.state, transport.link.isDropped, world.pending]).toEqual(['closed', true, 0]);
  });
});

describe('several transports', () => {
  const three = () => [new FakeTransport('websocket'), new FakeTransport('sse'), new FakeTransport('poll')] as const;

  test('are gone through while none opens', async () => {
    const transports = three();
    const { world, client } = await make({}, [...transports]);
    const used = [];
    for (let attempt = 0; attempt < 4; attempt++) {
      used.push(client.transport);
      transports.find(({ name }) => name === client.transport)?.link.end();
      await world.pass(1_000 * 2 ** attempt);
    }
    expect(used).toEqual(['websocket', 'sse', 'poll', 'websocket']);
  });

  test('one that falls silent before it proved itself is blocked, and one that restarts is not', async () => {
    const [websocket, sse, poll] = three();
    const { world, client } = await make({}, [websocket, sse, poll]);
    websocket.link.open();
    await world.pass(4_000);
    websocket.link.end(1012, 500);
    expect(client.transport).toBe('websocket');
    await world.pass(1_000);
    websocket.link.open();
    await world.pass(15_000);
    expect([client.state, client.transport]).toEqual(['waiting', 'sse']);
  });

  test('the best takes the place of a worse one without a word', async () => {
    const [websocket, sse, poll] = three();
    const { world, client, told } = await make({ pingInterval: 0 }, [websocket, sse, poll]);
    websocket.link.end();
    await world.pass(1_000);
    sse.link.open();
    await world.pass(60_000);
    expect(websocket.links).toHaveLength(2);
    websocket.link.end();
    await world.pass(120_000);
    expect(client.transport).toBe('sse');
    websocket.link.open();
    expect([client.transport, sse.link.isDropped]).toEqual(['websocket', true]);
    expect(told).toEqual(['reconnecting 1 1000', 'open']);
    client.close();
    websocket.link.end(1000);
    await world.pass(0);
    expect(world.pending).toBe(0);
  });
});
