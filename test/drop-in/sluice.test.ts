// The package as one class with everything on it, and one class only.
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from '../../src/drop-in/sluice.ts';
import { PreparedMessage } from '../../src/message/index.ts';
import { WebSocketServer as BaseServer } from '../../src/server/index.ts';
import { WebSocket as Base, ProtocolError, ReadyState } from '../../src/websocket/index.ts';

describe('the class that the package is', () => {
  it('is the class of all WebSockets in the house, whoever made them', async () => {
    expect(WebSocket).toBe(Base);
    expect(WebSocketServer).toBe(BaseServer);
    const server = await WebSocket.createWebSocketServer(0, { host: '127.0.0.1' });
    const connection = once(server, 'connection');
    const client = new WebSocket(`${server.url.replace('http', 'ws')}ws`);
    const [socket] = await connection;
    expect(socket).toBeInstanceOf(WebSocket);
    expect(client).toBeInstanceOf(WebSocket);
    await server.shutdown();
  });

  it('carries what the package exports', () => {
    expect(WebSocket.Server).toBe(WebSocketServer);
    expect(WebSocket.PreparedMessage).toBe(PreparedMessage);
    expect(WebSocket.ProtocolError).toBe(ProtocolError);
    expect(WebSocket.ReadyState).toBe(ReadyState);
    expect(WebSocket.CloseCode.GoingAway).toBe(1001);
  });
});
