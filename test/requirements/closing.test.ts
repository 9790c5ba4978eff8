// Who closes TCP, and when: RFC 6455 §5.5.1 and §7.1, seen from the other end of a TCP connection.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from '../../src/websocket/index.ts';
import { client, opened } from '../client/outcomes.ts';
import { rawServer } from '../client/raw-server.ts';
import { frame, HANDSHAKE, RawClient, rawClient, serverWith } from './raw-client.ts';

const [TEXT, CLOSE, PING] = [0x1, 0x8, 0x9];
/** 1000. */
const NORMAL = Buffer.from([0x03, 0xe8]);

/** A server's WebSocket and the raw client at its other end. */
async function openServer(): Promise<{ websocket: WebSocket; peer: RawClient }> {
  const { server, port } = await serverWith({});
  const peer = await rawClient(port);
  const connection = once(server, 'connection');
  await peer.ask(HANDSHAKE);
  const [websocket] = (await connection) as [WebSocket];
  return { websocket, peer };
}

/** A client's WebSocket and the raw server's socket at its other end. */
async function openClient(closeTimeout?: number): Promise<{ websocket: WebSocket; peer: RawClient }> {
  const server = await rawServer((request) => request.socket.write(request.acceptance()));
  server.server.on('connection', (socket: Socket) => {
    socket.allowHalfOpen = true;
  });
  const websocket = client(server.url, { closeTimeout, perMessageDeflate: false });
  await opened(websocket);
  return { websocket, peer: new RawClient(server.sockets[0] as Socket) };
}

/** Something that takes longer than an answer of ours would: a whole other conversation. */
async function anotherConversation(): Promise<void> {
  const echo = createServer((socket) => socket.pipe(socket));
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const socket = connect((echo.address() as AddressInfo).port, '127.0.0.1');
  for (let turn = 0; turn < 20; turn++) {
    socket.write('a');
    await once(socket, 'data');
  }
  socket.end();
  await once(socket, 'close');
  const closed = once(echo, 'close');
  echo.close();
  await closed;
}

describe('a server', () => {
  // RFC 6455 §5.5.1(e)(g)(h), §7.1.1(b)(c), §7.1.2(b)
  test('that has answered a Close ends TCP at once, and first', async () => {
    const { websocket, peer } = await openServer();
    const closed = once(websocket, 'close');
    peer.socket.write(frame(CLOSE, NORMAL));
    expect(await peer.take(4)).toEqual(Buffer.from([0x88, 0x02, 0x03, 0xe8]));
    await peer.end();
    expect(peer.rest).toHaveLength(0);
    peer.socket.end();
    expect((await closed)[0]).toBe(1000);
  });

  // RFC 6455 §5.5.1(g)(h), §7.1.1(b)(c), §7.1.2(a)(b)
  test('whose Close has been answered ends TCP at once, and first', async () => {
    const { websocket, peer } = await openServer();
    websocket.close(1000, 'bye');
    expect(await peer.take(7)).toEqual(Buffer.from('8805' + '03e8' + '627965', 'hex'));
    expect(peer.ended).toBe(false);
    peer.socket.write(frame(CLOSE, NORMAL));
    await peer.end();
  });

  // RFC 6455 §7.1.1(a), §7.1.7(b)(d)(e), §10.7(b)
  test('fails the connection by a Close and the end of TCP, without a reset, and reads nothing more', async () => {
    const { websocket, peer } = await openServer();
    const heard: string[] = [];
    websocket.on('message', () => heard.push('message'));
    websocket.on('ping', () => heard.push('ping'));
    websocket.on('error', () => heard.push('error'));
    let reset = false;
    peer.socket.on('error', () => {
      reset = true;
    });
    const unmasked = Buffer.from([0x81, 0x01, 0x61]);
    const more = [frame(PING), frame(TEXT, Buffer.from('a')), frame(CLOSE, NORMAL), Buffer.alloc(100_000)];
    peer.socket.write(Buffer.concat([unmasked, ...more]));
    const [first, length] = await peer.take(2);
    expect(first).toBe(0x88);
    expect((await peer.take(length as number)).readUInt16BE(0)).toBe(1002);
    await peer.end();
    expect(peer.rest).toHaveLength(0);
    peer.socket.write(Buffer.alloc(100_000));
    const closed = once(websocket, 'close');
    peer.socket.end();
    await closed;
    expect(heard).toEqual(['error']);
    expect(reset).toBe(false);
  });

  // RFC 6455 §7.1.7(c)
  test('tells a logger why it failed a connection, whether the application listens or not', async () => {
    const told: unknown[] = [];
    const listener = (message: unknown): void => void told.push(message);
    subscribe('sluice:violation', listener);
    onTestFinished(() => void unsubscribe('sluice:violation', listener));
    const { websocket, peer } = await openServer();
    peer.socket.write(Buffer.from([0x81, 0x00]));
    await peer.end();
    expect(told).toMatchObject([{ websocket, error: { section: 'RFC 6455 §5.1', closeCode: 1002 } }]);
  });
});

describe('a client', () => {
  // RFC 6455 §5.5.1(g)(i), §7.1.1(d)
  test('that has sent and received a Close leaves it to the server to end TCP', async () => {
    const { websocket, peer } = await openClient();
    const closed = once(websocket, 'close');
    peer.socket.write(Buffer.from([0x88, 0x02, 0x03, 0xe8]));
    expect((await peer.take(8)).subarray(0, 2)).toEqual(Buffer.from([0x88, 0x82]));
    await anotherConversation();
    expect(peer.ended).toBe(false);
    peer.socket.end();
    await peer.end();
    expect((await closed)[0]).toBe(1000);
  });

  // RFC 6455 §5.5.1(g)(i)
  test('does not wait for that for ever', async () => {
    const { websocket, peer } = await openClient(50);
    const closed = once(websocket, 'close');
    peer.socket.write(Buffer.from([0x88, 0x02, 0x03, 0xe8]));
    await peer.end();
    expect((await closed)[0]).toBe(1000);
    expect(websocket.readyState).toBe(WebSocket.CLOSED);
  });

  // RFC 6455 §7.1.1(a), §7.1.7(a)(d)(e)
  test('fails the connection by a Close and the end of TCP, without a reset', async () => {
    const { websocket, peer } = await openClient();
    const closed = new Promise((resolve) => websocket.once('close', resolve));
    const failed = once(websocket, 'error');
    let reset = false;
    peer.socket.on('error', () => {
      reset = true;
    });
    const masked = frame(TEXT, Buffer.from('a'));
    peer.socket.write(Buffer.concat([masked, Buffer.alloc(100_000)]));
    const [first] = await peer.take(2);
    expect(first).toBe(0x88);
    await peer.end();
    expect((await failed)[0]).toMatchObject({ section: 'RFC 6455 §5.1', closeCode: 1002 });
    peer.socket.end();
    expect(await closed).toBe(1006);
    expect(reset).toBe(false);
  });
});
