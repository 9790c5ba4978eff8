// The defaults of `ws`, held against `ws` itself and against the Node it stands on.
import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { WebSocketServer as WsWebSocketServer } from 'ws';
import { clientOptionsOfWs, serverOptionsOfWs } from '../../src/drop-in/ws-limits.ts';
import { WebSocket } from '../../src/websocket/index.ts';

describe('the limits of ws', () => {
  it('are those of the ws that is installed', () => {
    const { maxPayload, maxFragments } = new WsWebSocketServer({ noServer: true }).options;
    expect(serverOptionsOfWs({}, WebSocket)).toMatchObject({ maxPayload, maxFragments });
    expect(clientOptionsOfWs({})).toMatchObject({ maxPayload, maxFragments });
  });

  it('give a request as long as node:http does, and a client as long as it takes', () => {
    expect(serverOptionsOfWs({}, WebSocket).handshakeTimeout).toBe(createServer().headersTimeout);
    expect(clientOptionsOfWs({}).handshakeTimeout).toBe(0);
  });

  it('have no limit where ws has none', () => {
    const none = { maxBufferedAmount: 0, messageTimeout: 0, writeTimeout: 0, heartbeat: false };
    expect(serverOptionsOfWs({}, WebSocket)).toMatchObject({ ...none, allowedOrigins: '*' });
    expect(clientOptionsOfWs({})).toMatchObject(none);
  });

  it('give way to every option that is given, and to none that is undefined', () => {
    const given = { maxPayload: 5, heartbeat: true, maxFragments: undefined, WebSocket: undefined, port: 0 };
    expect(serverOptionsOfWs(given, WebSocket)).toMatchObject({
      maxPayload: 5,
      heartbeat: true,
      maxFragments: 16_384,
      WebSocket,
      port: 0,
    });
    expect(clientOptionsOfWs({ handshakeTimeout: 7, maxPayload: undefined })).toMatchObject({
      handshakeTimeout: 7,
      maxPayload: 104_857_600,
    });
  });

  it('take no options at all, too', () => {
    expect(serverOptionsOfWs(undefined, WebSocket)).toMatchObject({ maxPayload: 104_857_600 });
    expect(clientOptionsOfWs(undefined)).toEqual(clientOptionsOfWs(null));
  });

  it('do not change the options that they are given', () => {
    const given = Object.freeze({ perMessageDeflate: Object.freeze({ threshold: 5 }) });
    serverOptionsOfWs(given, WebSocket);
    expect(given).toEqual({ perMessageDeflate: { threshold: 5 } });
  });

  it('compress with context takeover, where they compress', () => {
    const takeover = { serverNoContextTakeover: false, clientNoContextTakeover: false };
    const deflate = (perMessageDeflate?: object | boolean): unknown =>
      serverOptionsOfWs({ perMessageDeflate }, WebSocket).perMessageDeflate;
    expect(deflate()).toBeUndefined();
    expect(deflate(false)).toBe(false);
    expect(deflate(true)).toEqual(takeover);
    expect(deflate({ threshold: 5, serverNoContextTakeover: true })).toEqual({
      ...takeover,
      threshold: 5,
      serverNoContextTakeover: true,
    });
    expect(clientOptionsOfWs({}).perMessageDeflate).toEqual(takeover);
  });
});
