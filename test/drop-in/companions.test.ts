// What require() has to find on the class it gives.
import { describe, expect, it } from 'vitest';
import { withCompanions } from '../../src/drop-in/companions.ts';
import type { WebSocketServerConstructor } from '../../src/drop-in/shape.ts';

describe('the companions of a class', () => {
  it('are put onto the very class', () => {
    class Socket {}
    const server = class Server {} as unknown as WebSocketServerConstructor;
    const complete = withCompanions(Socket, server, { more: 1 });
    expect(complete).toBe(Socket);
    expect(complete.WebSocket).toBe(Socket);
    expect(complete.Server).toBe(server);
    expect(complete.WebSocketServer).toBe(server);
    expect(complete.more).toBe(1);
  });

  it('survive a copy of its own enumerable properties, as CommonJS makes them for import *', () => {
    class Socket {}
    const copy = { ...withCompanions(Socket, class {} as unknown as WebSocketServerConstructor, {}) };
    expect(Object.keys(copy).sort()).toEqual([
      'PerMessageDeflate',
      'Receiver',
      'Sender',
      'Server',
      'WebSocket',
      'WebSocketServer',
      'createWebSocketStream',
      'extension',
      'subprotocol',
    ]);
  });
});
