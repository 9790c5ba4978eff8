import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { authenticateGuest } from '../../src/app/guest.ts';
import { type App, type AppOptions, createWebSocketServer } from '../../src/app/index.ts';
import { Session } from '../../src/app/session.ts';
import { type Broker, Rooms } from '../../src/rooms/index.ts';
import type { WebSocket } from '../../src/websocket/index.ts';
import { CLOSE, closeFrame, closeOf, frame, open, type RawPeer, TEXT } from '../websocket/raw-peer.ts';
import { GuestClient } from './guest-client.ts';

const apps: App[] = [];

async function start(options: AppOptions = {}): Promise<App> {
  const app = await createWebSocketServer(0, options);
  apps.push(app);
  return app;
}

afterEach(async () => {
  for (const app of apps.splice(0)) await app.shutdown({ timeout: 0 });
});

describe('the first message', () => {
  test('says who somebody is, and is answered by that', async () => {
    const ada = await GuestClient.connect(await start());
    ada.send({ type: 'AUTH', token: ' Ada ' });
    expect(await ada.find({ type: 'AUTH_OK' })).toEqual({ type: 'AUTH_OK', payload: { userId: 'Ada' } });
  });

  test.each([
    ['not JSON', 'hello'],
    ['not an object', '[]'],
    ['of another type', '{"type":"JOIN_ROOM","roomId":"lobby"}'],
    ['of no type', '{"token":"Ada"}'],
    ['without a token', '{"type":"AUTH"}'],
    ['with a token of the wrong type', '{"type":"AUTH","token":{"toString":"Ada"}}'],
  ])('that is %s ends the connection with 4001', async (_, message) => {
    const ada = await GuestClient.connect(await start());
    ada.send(message);
    expect(await ada.closed()).toEqual([4001, 'the first message must be AUTH']);
    expect(ada.messages).toEqual([]);
  });

  test.each(['   ', 'x'.repeat(65), 'a\nb'])(
    'whose token is no name ends the connection with 4001: %j',
    async (token) => {
      const ada = await GuestClient.connect(await start());
      ada.send({ type: 'AUTH', token });
      expect(await ada.closed()).toEqual([4001, 'the token is no name']);
    },
  );

  test('in bytes ends the connection with 4001', async () => {
    const ada = await GuestClient.connect(await start());
    ada.websocket.send(Buffer.from('{"type":"AUTH","token":"Ada"}'));
    expect((await ada.closed())[0]).toBe(4001);
  });

  test('must come in time', async () => {
    const ada = await GuestClient.connect(await start({ authTimeout: 20 }));
    expect(await ada.closed()).toEqual([4001, 'no authentication in time']);
  });

  test('in time stops the time', async () => {
    const app = await start({ authTimeout: 200 });
    const ada = await GuestClient.join(app, 'Ada');
    // Somebody who came later and says nothing is sent away; by then Ada's time would long be over.
    const nobody = await GuestClient.connect(app);
    expect((await nobody.closed())[0]).toBe(4001);
    expect(ada.websocket.readyState).toBe(ada.websocket.OPEN);
  });

  test('counts once: another AUTH changes nobody into somebody else', async () => {
    const app = await start();
    const ada = await GuestClient.join(app, 'Ada', 'lobby');
    ada.send({ type: 'AUTH', token: 'Grace' });
    expect(await ada.find({ type: 'ERROR' })).toMatchObject({ code: 'ALREADY_AUTHENTICATED', message: 'you are Ada' });
    ada.send({ type: 'MESSAGE', roomId: 'lobby', content: 'me' });
    expect((await ada.find({ type: 'MESSAGE' })).from).toBe('Ada');
  });
});

test('a PING is answered by PONG, for clients that can send none of RFC 6455', async () => {
  const ada = await GuestClient.join(await start(), 'Ada');
  ada.send({ type: 'PING', ref: 'there?' });
  expect(await ada.find({ type: 'PONG' })).toEqual({ type: 'PONG', ref: 'there?' });
});

describe('rooms', () => {
  test('a message goes to every member, its author included, and to nobody else', async () => {
    const app = await start();
    const ada = await GuestClient.join(app, 'Ada', 'lobby');
    const grace = await GuestClient.join(app, 'Grace', 'lobby');
    const other = await GuestClient.join(app, 'Other', 'elsewhere');
    ada.send({ type: 'MESSAGE', roomId: 'lobby', content: 'Grüße, 世界' });
    const expected = {
      type: 'MESSAGE',
      roomId: 'lobby',
      content: 'Grüße, 世界',
      from: 'Ada',
      id: expect.stringMatching(/^[0-9a-f]{12}-1$/),
    };
    expect(await grace.find({ type: 'MESSAGE' })).toEqual(expected);
    expect(await ada.find({ type: 'MESSAGE' })).toEqual(expected);
    await other.settle();
    expect(other.told).toEqual(['AUTH_OK', 'JOINED']);
  });

  test('with a ref it is acknowledged, with the id that all were told', async () => {
    const ada = await GuestClient.join(await start(), 'Ada', 'lobby');
    ada.send({ type: 'MESSAGE', roomId: 'lobby', content: 'one', ref: 7 });
    const ack = await ada.find({ type: 'ACK' });
    expect(ack).toEqual({ type: 'ACK', ref: 7, id: (await ada.find({ type: 'MESSAGE' })).id });
  });

  test('that may not be joined or left are named by the ref of who asked', async () => {
    const ada = await GuestClient.join(await start({ authorize: () => false }), 'Ada');
    ada.send({ type: 'JOIN_ROOM', roomId: 'lobby', ref: 'join' });
    expect(await ada.find({ type: 'ERROR', ref: 'join' })).toMatchObject({ code: 'FORBIDDEN' });
    ada.send({ type: 'LEAVE_ROOM', roomId: 'lobby', ref: 'leave' });
    expect(await ada.find({ type: 'ERROR', ref: 'leave' })).toMatchObject({ code: 'NOT_IN_ROOM' });
  });

  test('from cannot be said by the client', async () => {
    const ada = await GuestClient.join(await start(), 'Ada', 'lobby');
    ada.send({ type: 'MESSAGE', roomId: 'lobby', content: 'one', from: 'Grace', id: 'x' });
    expect(await ada.find({ type: 'MESSAGE' })).toMatchObject({ from: 'Ada', id: expect.stringMatching(/-1$/) });
  });

  test('who is not in a room can say nothing in it, and stays connected', async () => {
    const ada = await GuestClient.join(await start(), 'Ada');
    ada.send({ type: 'MESSAGE', roomId: 'lobby', content: 'one', ref: 'mine' });
    expect(await ada.find({ type: 'ERROR' })).toMatchObject({ code: 'NOT_IN_ROOM', ref: 'mine' });
    await ada.settle();
  });

  test('who left hears nothing, can say nothing and cannot leave again', async () => {
    const app = await start();
    const ada = await GuestClient.join(app, 'Ada', 'lobby');
    const grace = await GuestClient.join(app, 'Grace', 'lobby');
    grace.send({ type: 'LEAVE_ROOM', roomId: 'lobby' });
    expect(await grace.find({ type: 'LEFT' })).toEqual({ type: 'LEFT', roomId: 'lobby' });
    ada.send({ type: 'MESSAGE', roomId: 'lobby', content: 'one' });
    await ada.find({ type: 'MESSAGE' });
    grace.send({ type: 'MESSAGE', roomId: 'lobby', content: 'two' });
    grace.send({ type: 'LEAVE_ROOM', roomId: 'lobby' });
    await grace.settle();
    expect(grace.told).toEqual(['AUTH_OK', 'JOINED', 'LEFT', 'ERROR', 'ERROR']);
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('a room may be called %s', async (roomId) => {
    const app = await start();
    const ada = await GuestClient.join(app, 'Ada', roomId);
    const grace = await GuestClient.join(app, 'Grace', roomId);
    ada.send({ type: 'MESSAGE', roomId, content: 'one', ref: 1 });
    expect(await grace.find({ type: 'MESSAGE' })).toMatchObject({ roomId, content: 'one' });
  });

  test('joined twice is joined once', async () => {
    const ada = await GuestClient.join(await start(), 'Ada', 'lobby', 'lobby');
    ada.send({ type: 'MESSAGE', roomId: 'lobby', content: 'one' });
    await ada.settle();
    expect(ada.told.filter((told) => told === 'one')).toHaveLength(1);
  });

  test('one connection may be in so many and no more', async () => {
    const ada = await GuestClient.join(await start({ maxRoomsPerConnection: 2 }), 'Ada', 'one', 'two');
    ada.send({ type: 'JOIN_ROOM', roomId: 'three' });
    expect(await ada.find({ type: 'ERROR' })).toMatchObject({ code: 'TOO_MANY_ROOMS' });
    // To join again where one is already is always possible, and to leave makes room.
    ada.send({ type: 'JOIN_ROOM', roomId: 'two' });
    ada.send({ type: 'LEAVE_ROOM', roomId: 'one' });
    ada.send({ type: 'JOIN_ROOM', roomId: 'three' });
    await ada.find({ type: 'JOINED', roomId: 'three' });
  });
});

describe('who comes back', () => {
  test('with the id of the last message gets what was missed', async () => {
    const app = await start();
    const ada = await GuestClient.join(app, 'Ada', 'lobby');
    const grace = await GuestClient.join(app, 'Grace', 'lobby');
    ada.send({ type: 'MESSAGE', roomId: 'lobby', content: 'one' });
    const { id } = await grace.find({ type: 'MESSAGE' });
    grace.websocket.terminate();
    for (const content of ['two', 'three']) ada.send({ type: 'MESSAGE', roomId: 'lobby', content });
    await ada.settle();

    const again = await GuestClient.join(app, 'Grace');
    again.send({ type: 'JOIN_ROOM', roomId: 'lobby', since: id });
    await again.find({ content: 'three' });
    expect(again.told).toEqual(['AUTH_OK', 'JOINED', 'two', 'three']);
  });

  test('after too much was said is told of the gap', async () => {
    const app = await start({ history: 1, rate: { perSecond: 1e6, burst: 1e6 } });
    const ada = await GuestClient.join(app, 'Ada', 'lobby');
    // More than a room with members holds for those who are a little late.
    for (let count = 1; count <= 200; count++) ada.send({ type: 'MESSAGE', roomId: 'lobby', content: `${count}` });
    const { id } = await ada.find({ content: '1' });
    await ada.find({ content: '200' });
    const grace = await GuestClient.join(app, 'Grace');
    grace.send({ type: 'JOIN_ROOM', roomId: 'lobby', since: id });
    await grace.find({ content: '200' });
    expect(grace.told).toEqual(['AUTH_OK', 'JOINED', 'GAP', '200']);
    expect(await grace.find({ type: 'GAP' })).toMatchObject({
      roomId: 'lobby',
      cursor: expect.stringMatching(/-199$/),
    });
  });
});

describe('what is wrong with a message is answered, and nothing worse', () => {
  test.each([
    ['not JSON', 'hello', 'BAD_MESSAGE'],
    ['null', 'null', 'BAD_MESSAGE'],
    ['of an unknown type', '{"type":"__proto__"}', 'UNKNOWN_TYPE'],
    ['without a room', '{"type":"JOIN_ROOM"}', 'BAD_MESSAGE'],
    ['with a room that is a list', '{"type":"JOIN_ROOM","roomId":["lobby"]}', 'BAD_MESSAGE'],
    ['with too long a room', JSON.stringify({ type: 'JOIN_ROOM', roomId: 'x'.repeat(65) }), 'BAD_MESSAGE'],
    ['with content that is an object', '{"type":"MESSAGE","roomId":"lobby","content":{}}', 'BAD_MESSAGE'],
    ['with a ref that is an object', '{"type":"MESSAGE","roomId":"lobby","content":"a","ref":{}}', 'BAD_MESSAGE'],
  ])('%s', async (_, message, code) => {
    const ada = await GuestClient.join(await start(), 'Ada', 'lobby');
    ada.send(message);
    expect(await ada.find({ type: 'ERROR' })).toMatchObject({ code });
    await ada.settle();
    expect(ada.websocket.readyState).toBe(ada.websocket.OPEN);
  });

  test('in bytes', async () => {
    const ada = await GuestClient.join(await start(), 'Ada', 'lobby');
    ada.websocket.send(Buffer.from('{"type":"LEAVE_ROOM","roomId":"lobby"}'));
    expect(await ada.find({ type: 'ERROR' })).toMatchObject({ code: 'BAD_MESSAGE', message: 'a message must be text' });
  });
});

describe('limits', () => {
  test('more messages than the rate allows end the connection with 4029', async () => {
    const app = await start({ rate: { perSecond: 1, burst: 5 } });
    const ada = await GuestClient.join(app, 'Ada', 'lobby');
    for (let count = 0; count < 4; count++) ada.send({ type: 'MESSAGE', roomId: 'lobby', content: `${count}` });
    expect(await ada.closed()).toEqual([4029, 'too many messages']);
    // Those that were allowed were said.
    expect(ada.told).toEqual(['AUTH_OK', 'JOINED', '0', '1', '2']);
  });

  test('a message of more bytes than any may have ends the connection with 1009', async () => {
    const ada = await GuestClient.join(await start(), 'Ada', 'lobby');
    ada.send(`{"type":"MESSAGE","content":"${'x'.repeat(131_072)}"}`);
    expect((await ada.closed())[0]).toBe(1009);
  });

  test('the longest content passes, however it is escaped', async () => {
    const ada = await GuestClient.join(await start(), 'Ada', 'lobby');
    const content = '\u0001'.repeat(16_384);
    ada.send({ type: 'MESSAGE', roomId: 'lobby', content });
    expect((await ada.find({ type: 'MESSAGE' })).content).toBe(content);
  });

  test('half a surrogate pair in a message hurts nobody', async () => {
    const ada = await GuestClient.join(await start(), 'Ada', 'lobby');
    ada.send('{"type":"MESSAGE","roomId":"lobby","content":"\\ud800"}');
    expect((await ada.find({ type: 'MESSAGE' })).content).toBe('\ud800');
  });
});

/** A session over a connection whose other end speaks in frames. */
async function begin(
  broker?: Broker,
): Promise<{ rooms: Rooms; peer: RawPeer; websocket: WebSocket; session: Session }> {
  const rooms = new Rooms({ broker });
  onTestFinished(() => rooms.close());
  const { websocket, peer } = await open();
  const settings = {
    rooms,
    authenticate: authenticateGuest,
    authTimeout: 1_000,
    rate: { perSecond: 1, burst: 3 },
    onPublished: () => {},
    onFault: (error: unknown) => {
      throw error;
    },
  };
  const session = new Session(websocket, {} as IncomingMessage, settings, undefined);
  return { rooms, peer, websocket, session };
}

function say(peer: RawPeer, ...messages: object[]): void {
  peer.send(...messages.map((message) => frame(TEXT, JSON.stringify(message))));
}

const AUTH = { type: 'AUTH', token: 'Ada' };
const JOIN = { type: 'JOIN_ROOM', roomId: 'lobby' };

test('who is being sent away is not listened to any more, unknown or known', async () => {
  const unknown = await begin();
  say(unknown.peer, JOIN, AUTH, JOIN);
  expect(closeOf(await unknown.peer.expect(CLOSE)).code).toBe(4001);
  say(unknown.peer, AUTH, JOIN, AUTH, JOIN);
  unknown.peer.send(closeFrame(4001));
  unknown.peer.socket.end();
  await once(unknown.websocket, 'close');
  expect([unknown.peer.frames, unknown.rooms.size]).toEqual([[], 0]);

  const known = await begin();
  const leave = { type: 'LEAVE_ROOM', roomId: 'lobby' };
  say(known.peer, AUTH, leave, leave, leave, JOIN);
  for (const _ of ['AUTH_OK', 'ERROR', 'ERROR']) await known.peer.expect(TEXT);
  expect(closeOf(await known.peer.expect(CLOSE)).code).toBe(4029);
  expect(known.rooms.size).toBe(0);
});

test('who has gone is in no room any more', async () => {
  const { rooms, peer, websocket } = await begin();
  say(peer, AUTH, JOIN);
  for (const _ of ['AUTH_OK', 'JOINED']) await peer.expect(TEXT);
  expect(rooms.members('lobby')).toHaveLength(1);
  const gone = once(websocket, 'close');
  peer.socket.resetAndDestroy();
  await gone;
  expect(rooms.members('lobby')).toHaveLength(0);
});

test('a member that does not read gets everything later, and holds up nobody meanwhile', async () => {
  const app = await start({ rate: { perSecond: 1e6, burst: 1e6 }, history: 10_000 });
  const ada = await GuestClient.join(app, 'Ada', 'lobby');
  const grace = await GuestClient.join(app, 'Grace', 'lobby');
  grace.websocket.pause();
  const content = 'x'.repeat(10_000);
  const count = 1_000;
  for (let ref = 1; ref <= count; ref++) {
    ada.send({ type: 'MESSAGE', roomId: 'lobby', content: `${ref} ${content}`, ref });
    await ada.find({ type: 'ACK', ref });
    ada.messages.length = 0;
  }
  // Ten million bytes were said; what waits for Grace is about what send() takes before it says "wait".
  const waiting = Math.max(...[...(app.clients ?? [])].map((client) => client.bufferedAmount));
  expect(waiting).toBeLessThan(200_000);
  grace.websocket.resume();
  while (grace.messages.length < count + 2) await once(grace.websocket, 'message');
  const numbers = grace.messages.slice(2).map(({ content: text }) => Number.parseInt(text, 10));
  expect(numbers).toEqual(Array.from({ length: count }, (_, index) => index + 1));
}, 60_000);
