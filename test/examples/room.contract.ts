// What every example promises of its room: one event, one id, whichever way it is read; and nothing lost to who was away.
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import type { ClientOptions } from 'ws';
import { TcpProxy } from '../redis/tcp-proxy.ts';
import { type Ear, EventSourceEar, PollEar, WebSocketEar } from './ears.ts';
import type { Running } from './running.ts';

/** The paths of an example. */
export interface Routes {
  readonly stream: string;
  readonly poll: string;
  readonly publish: string;
  /** Missing where the framework has no WebSockets. */
  readonly websocket?: string;
}

/** Tells the room. @returns the answer. */
export function post(origin: string, { publish }: Routes, body: string, type = 'application/json'): Promise<Response> {
  return fetch(origin + publish, { method: 'POST', headers: { 'Content-Type': type }, body });
}

function withSince(url: string, since: string): string {
  return since === '' ? url : `${url}?since=${encodeURIComponent(since)}`;
}

async function say(origin: string, routes: Routes, content: string): Promise<string> {
  const response = await post(origin, routes, JSON.stringify({ content }));
  expect(response.status).toBe(201);
  return ((await response.json()) as { id: string }).id;
}

/** @param running the example, started. It is stopped by the last of these tests. */
export function keepsTheRoom(running: () => Running, routes: Routes): void {
  async function eventSource(port = running().port): Promise<EventSourceEar> {
    const ear = await EventSourceEar.open(`http://127.0.0.1:${port}${routes.stream}`);
    onTestFinished(() => ear.close());
    return ear;
  }
  async function poll(): Promise<PollEar> {
    const ear = await PollEar.open((since, signal) =>
      fetch(withSince(running().origin + routes.poll, since), { signal }),
    );
    onTestFinished(() => ear.close());
    return ear;
  }
  async function websocket(path: string, since = '', options: ClientOptions = {}): Promise<WebSocketEar> {
    const url = withSince(`ws://127.0.0.1:${running().port}${path}`, since);
    const ear = await WebSocketEar.open(() => ({ url, options }));
    onTestFinished(() => ear.close());
    return ear;
  }

  it('tells everybody what was published, by one id', async () => {
    const ears: Ear[] = [await eventSource(), await poll()];
    if (routes.websocket !== undefined) ears.push(await websocket(routes.websocket));
    const said = [];
    for (const content of ['one', 'two', 'three'])
      said.push({ id: await say(running().origin, routes, content), content });
    for (const ear of ears) {
      await ear.hears('three');
      expect(ear.said).toEqual(said);
    }
  });

  it('tells an EventSource that lost its connection what it missed, behind its Last-Event-ID', async () => {
    const proxy = await TcpProxy.to(running().port);
    const ear = await eventSource(proxy.port);
    const before = await say(running().origin, routes, 'before');
    await ear.hears('before');
    const lost = ear.loses();
    proxy.cut();
    await lost;
    await say(running().origin, routes, 'missed');
    await say(running().origin, routes, 'missed as well');
    proxy.heal();
    await ear.opens();
    await say(running().origin, routes, 'after');
    await ear.hears('after');
    expect(ear.contents).toEqual(['before', 'missed', 'missed as well', 'after']);
    expect([ear.lastEventIds.at(0), ear.lastEventIds.at(-1)]).toEqual([undefined, before]);
  });

  it('lets a poll go on behind any id', async () => {
    const ids = [await say(running().origin, routes, 'known'), await say(running().origin, routes, 'missed')];
    const response = await fetch(`${running().origin}${routes.poll}?since=${ids[0]}`);
    expect(await response.json()).toMatchObject({ messages: [{ id: ids[1], content: 'missed' }], cursor: ids[1] });
  });

  it.each([
    ['no JSON', '{', 'application/json', [400]],
    ['no content', '{}', 'application/json', [400]],
    ['content that is no text', '{"content":{}}', 'application/json', [400]],
    ['too much', JSON.stringify({ content: 'a'.repeat(10_001) }), 'application/json', [400]],
    ['far too much', JSON.stringify({ content: 'a'.repeat(100_000) }), 'application/json', [413]],
    ['what a form of any site can send', '{"content":"forged"}', 'text/plain', [400, 415]],
  ])('refuses %s', async (_, body, type, statuses) => {
    const ear = await eventSource();
    const response = await post(running().origin, routes, body, type);
    expect(statuses).toContain(response.status);
    await response.body?.cancel();
    await say(running().origin, routes, 'allowed');
    await ear.hears('allowed');
    expect(ear.contents).toEqual(['allowed']);
  });

  const { websocket: path } = routes;
  if (path !== undefined) {
    it('hears what is said over WebSocket, and refuses what is no message', async () => {
      const [speaker, listener] = [await websocket(path), await eventSource()];
      speaker.websocket.send('spoken');
      await Promise.all([speaker.hears('spoken'), listener.hears('spoken')]);
      expect(speaker.said).toEqual(listener.said);
      const closed = once(speaker.websocket, 'close');
      speaker.websocket.send(Buffer.from('binary'));
      expect((await closed)[0]).toBe(1008);
    });

    it('lets a client of another transport go on over WebSocket', async () => {
      const source = await eventSource();
      await say(running().origin, routes, 'read by EventSource');
      await source.hears('read by EventSource');
      source.close();
      await say(running().origin, routes, 'missed');
      const ear = await websocket(path, source.last);
      await say(running().origin, routes, 'live');
      await ear.hears('live');
      expect(ear.contents).toEqual(['missed', 'live']);
    });

    it('refuses WebSockets of pages of another site', async () => {
      await expect(websocket(path, '', { origin: 'https://elsewhere.example' })).rejects.toThrow('403');
    });
  }

  it('ends its streams, polls and WebSockets when it is told to stop', async () => {
    const stream = await fetch(running().origin + routes.stream);
    const { cursor } = (await (await fetch(running().origin + routes.poll)).json()) as { cursor: string };
    const held = fetch(`${running().origin}${routes.poll}?since=${cursor}`);
    const closed = path === undefined ? undefined : once((await websocket(path)).websocket, 'close');
    // Whoever is sent this is in the room, and so is the poll that was asked before.
    await say(running().origin, routes, 'before the end');
    expect((await held).status).toBe(200);
    const stopped = running().stop();
    const text = await stream.text();
    expect(text).toContain('before the end');
    if (closed !== undefined) expect((await closed)[0]).toBe(1012);
    // Next.js says by 143 that it was SIGTERM which ended it.
    expect([0, 143]).toContain(await stopped);
  });
}
