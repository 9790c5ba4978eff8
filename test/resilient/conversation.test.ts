import { describe, expect, test } from 'vitest';
import { RefusedError, ResilientWebSocket, type ResilientWebSocketOptions } from '../../src/resilient/index.ts';
import { type FakeLink, FakeTransport, nextLink, World } from './world.ts';

async function talk(more: ResilientWebSocketOptions = {}) {
  const world = new World();
  const transport = new FakeTransport();
  const client = new ResilientWebSocket('ws://localhost/ws', {
    platform: world,
    transports: [transport],
    name: 'Ada',
    pingInterval: 0,
    ...more,
  });
  const heard: unknown[] = [];
  client.onmessage = ({ data }) => heard.push(JSON.parse(String(data)));
  client.ongap = ({ roomId, cursor }) => heard.push(['gap', roomId, cursor]);
  client.ondropped = ({ data }) => heard.push(['dropped', data]);
  await world.pass(0);
  const next = async (): Promise<FakeLink> => {
    if (client.state === 'open') {
      transport.link.end();
      await nextLink(world, transport);
    }
    transport.link.open();
    return transport.link;
  };
  return { world, client, heard, transport, next };
}

const event = (id: string, content = id) => ({ type: 'MESSAGE', roomId: 'lobby', content, from: 'Bob', id });
const refOf = (link: FakeLink, type: string) => link.said.find((said) => said['type'] === type)?.['ref'];

describe('a room', () => {
  test('is joined again where it was left, over each link', async () => {
    const { client, next } = await talk();
    void client.join('lobby', { since: 'abc-7' });
    const first = await next();
    first.tell({ type: 'JOINED', roomId: 'lobby', cursor: 'abc-7' });
    first.tell(event('abc-8'));
    first.tell(event('abc-9'));
    const second = await next();
    const joins = [first, second].map(({ said }) => said[0]);
    expect(joins).toEqual([
      { type: 'JOIN_ROOM', roomId: 'lobby', since: 'abc-7', ref: 1 },
      { type: 'JOIN_ROOM', roomId: 'lobby', since: 'abc-9', ref: 1 },
    ]);
    expect(client.cursorOf('lobby')).toBe('abc-9');
  });

  test('hears each event once', async () => {
    const { client, heard, next } = await talk();
    void client.join('lobby');
    const link = await next();
    link.tell({ type: 'JOINED', roomId: 'lobby', cursor: 'abc-3' });
    for (const id of ['abc-4', 'abc-4', 'abc-3', 'abc-5', 'abc-4']) link.tell(event(id));
    expect(heard).toEqual([event('abc-4'), event('abc-5')]);
  });

  test('tells of a gap, and goes on from there, also in another epoch', async () => {
    const { client, heard, next } = await talk();
    void client.join('lobby', { since: 'abc-9' });
    const link = await next();
    link.tell({ type: 'GAP', roomId: 'lobby', cursor: 'new-1' });
    link.tell(event('new-2'));
    link.tell({ type: 'GAP', roomId: 'lobby' });
    link.tell(event('new-1'));
    expect(heard).toEqual([['gap', 'lobby', 'new-1'], event('new-2'), ['gap', 'lobby', undefined], event('new-1')]);
  });

  test('that was left is not joined again, and not heard', async () => {
    const { client, heard, next } = await talk();
    const joined = client.join('lobby');
    const link = await next();
    client.leave('lobby');
    client.leave('lobby');
    link.tell(event('abc-1'));
    expect(link.said.map(({ type }) => type)).toEqual(['JOIN_ROOM', 'LEAVE_ROOM']);
    await expect(joined).rejects.toThrow(RefusedError);
    expect([heard, (await next()).said]).toEqual([[], []]);
  });

  test('that refuses is told of, and not asked again', async () => {
    const { client, next } = await talk();
    const errors: unknown[] = [];
    client.onerror = ({ error }) => errors.push(error);
    const joined = client.join('lobby');
    const link = await next();
    link.tell({ type: 'ERROR', code: 'FORBIDDEN', message: 'no', ref: refOf(link, 'JOIN_ROOM') });
    await expect(joined).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(errors).toMatchObject([{ code: 'FORBIDDEN' }]);
    expect((await next()).said).toEqual([]);
  });

  test('from which one is removed is one that refuses', async () => {
    const { client, next } = await talk();
    void client.join('lobby');
    const link = await next();
    link.tell({ type: 'LEFT', roomId: 'lobby' });
    expect((await next()).said).toEqual([]);
  });

  test('that cannot be reached is asked again', async () => {
    const { client, next, world } = await talk();
    void client.join('lobby');
    const link = await next();
    link.tell({ type: 'ERROR', code: 'UNAVAILABLE', message: 'later', ref: refOf(link, 'JOIN_ROOM') });
    await world.pass(1_499);
    expect(link.said).toHaveLength(1);
    await world.pass(1);
    expect(link.said).toHaveLength(2);
  });
});

describe('a publication', () => {
  test('is repeated over each link with the same key and ref, until it is acknowledged', async () => {
    const { client, next } = await talk();
    const said = client.publish('lobby', 'hello');
    const first = await next();
    const second = await next();
    expect(first.said).toEqual([
      { type: 'MESSAGE', roomId: 'lobby', content: 'hello', ref: 1, key: expect.any(String) },
    ]);
    expect(second.said).toEqual(first.said);
    second.tell({ type: 'ACK', ref: 1, id: 'abc-1' });
    expect(await said).toBe('abc-1');
    expect((await next()).said).toEqual([]);
    expect(client.bufferedAmount).toBe(0);
  });

  test('that is refused is not repeated; one that could not be taken is', async () => {
    const { client, next, world } = await talk();
    const refused = client.publish('lobby', 'one');
    void client.publish('lobby', 'two');
    const link = await next();
    link.tell({ type: 'ERROR', code: 'NOT_IN_ROOM', message: 'join first', ref: 1 });
    link.tell({ type: 'ERROR', code: 'UNAVAILABLE', message: 'later', ref: 2 });
    await expect(refused).rejects.toMatchObject({ code: 'NOT_IN_ROOM' });
    await world.pass(1_500);
    expect(link.said.map(({ content }) => content)).toEqual(['one', 'two', 'two']);
  });

  test('goes at the pace of the server, and at most 32 are under way', async () => {
    const { client, next, world } = await talk({ publishRate: 5 });
    for (let count = 0; count < 60; count++) void client.publish('lobby', String(count));
    const link = await next();
    expect(link.said).toHaveLength(20);
    await world.pass(1_000);
    expect(link.said).toHaveLength(25);
    await world.pass(100_000);
    expect(link.said).toHaveLength(32);
    link.tell({ type: 'ACK', ref: 1, id: 'abc-1' });
    expect(link.said).toHaveLength(33);
  });

  test('waits within bounds, and is dropped aloud', async () => {
    const { client, heard } = await talk({ maxQueueLength: 1 });
    void client.publish('lobby', 'one');
    await expect(client.publish('lobby', 'two')).rejects.toMatchObject({ code: 'DROPPED' });
    expect(heard).toEqual([['dropped', 'two']]);
  });

  test('of a client that is closed is never made', async () => {
    const { client, world, heard } = await talk();
    const said = client.publish('lobby', 'one');
    client.close();
    await expect(said).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(client.publish('lobby', 'two')).rejects.toMatchObject({ code: 'CLOSED' });
    await world.pass(0);
    expect([heard, world.pending]).toEqual([[['dropped', 'one']], 0]);
  });
});

test('what is no answer to this client is for the application', async () => {
  const { heard, next } = await talk();
  const link = await next();
  const others = [
    { type: 'ERROR', code: 'BAD_MESSAGE', message: 'what?' },
    { type: 'ACK', ref: 'mine', id: 'abc-1' },
    { type: 'NEWS' },
    null,
  ];
  for (const other of others) link.tell(other as object);
  for (const own of [
    { type: 'PONG', ref: 'ping' },
    { type: 'ERROR', code: 'UNKNOWN_TYPE', ref: 'ping' },
  ])
    link.tell(own);
  expect(heard).toEqual(others);
});

test('rooms need somebody', () => {
  const client = new ResilientWebSocket('ws://localhost/', {
    platform: new World(),
    transports: [new FakeTransport()],
  });
  for (const act of [() => client.join('a'), () => client.leave('a'), () => client.publish('a', 'b')]) {
    expect(act).toThrow(TypeError);
  }
  client.close();
});
