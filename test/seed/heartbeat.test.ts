// "Ping/Pong heartbeat pour détecter les connexions zombies": the loop with isAlive by hand, and the option that does it.
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WebSocket, WebSocketServer } from '../../src/index.ts';
import { ask, join, serve } from './connection.ts';

const HEARTBEAT_INTERVAL = 30_000;

/** The program: who has not answered the last Ping when the next one is due is gone. */
function watch(server: WebSocketServer): void {
  const alive = new WeakSet<WebSocket>();
  server.on('connection', (socket) => {
    alive.add(socket);
    socket.on('pong', () => alive.add(socket));
  });
  const interval = setInterval(() => {
    server.clients.forEach((socket) => {
      if (!alive.delete(socket)) socket.terminate();
      else socket.ping();
    });
  }, HEARTBEAT_INTERVAL);
  server.on('close', () => clearInterval(interval));
}

describe('the loop', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('ends connections that do not answer, and leaves those that do', async () => {
    const server = await serve({ heartbeat: false });
    watch(server);
    let connection = once(server, 'connection') as Promise<[WebSocket]>;
    const client = await join(server);
    const [living] = await connection;
    connection = once(server, 'connection') as Promise<[WebSocket]>;
    // Open, and deaf: it reads Pings and says nothing.
    const { wire } = await ask(server);
    const [zombie] = await connection;

    const pong = once(living, 'pong');
    vi.advanceTimersByTime(HEARTBEAT_INTERVAL);
    expect((await wire.nextFrame())?.opcode).toBe(9);
    await pong;
    expect(server.clients.size).toBe(2);

    const buried = once(zombie, 'close');
    vi.advanceTimersByTime(HEARTBEAT_INTERVAL);
    expect((await buried)[0]).toBe(1006);
    expect(living.readyState).toBe(living.OPEN);
    expect([...server.clients]).toEqual([living]);
    client.terminate();
  });

  it('ends with the server', async () => {
    const server = await serve({ heartbeat: false });
    watch(server);
    expect(vi.getTimerCount()).toBe(1);
    await server.shutdown();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the option', () => {
  it('ends connections that do not answer, and leaves those that do', async () => {
    const server = await serve({ heartbeat: { interval: 20, timeout: 1_000 } });
    let connection = once(server, 'connection') as Promise<[WebSocket]>;
    await join(server);
    const [living] = await connection;
    connection = once(server, 'connection') as Promise<[WebSocket]>;
    const { wire } = await ask(server);
    const [zombie] = await connection;
    expect((await wire.nextFrame())?.opcode).toBe(9);
    expect((await once(zombie, 'close'))[0]).toBe(1006);
    expect(living.readyState).toBe(living.OPEN);
    expect(living.rtt).toBeGreaterThan(0);
  });
});
