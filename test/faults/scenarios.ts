// What the fault loops play: an opening, a conversation and an end, for both roles, each in a few steps of which every one
// can fail.
import { acceptKey } from '../../src/handshake/index.ts';
import { WebSocket } from '../../src/websocket/index.ts';
import { requestText } from '../handshake/openings.ts';
import { BINARY, CLOSE, CONTINUATION, closeFrame, frame, PING, PONG, TEXT } from '../websocket/raw-peer.ts';
import { Peer } from './peer.ts';
import type { Stage } from './stage.ts';

export type Scenario = (stage: Stage) => Promise<void>;

const DEFLATE_OFFER = ['Sec-WebSocket-Extensions', 'permessage-deflate'];
const HEARTBEAT = 30_000;

/** Sends everything back, with callbacks. */
function echo(stage: Stage): (websocket: WebSocket) => void {
  let count = 0;
  return (websocket) =>
    stage.on(websocket, 'message', (data: Buffer, isBinary: boolean) =>
      websocket.send(data, { binary: isBinary }, stage.callback(websocket, `echo ${++count}`)),
    );
}

/** The closing handshake, begun by the peer of a server. */
async function leave(peer: Peer): Promise<void> {
  peer.socket.deliver(closeFrame(1000, 'bye'));
  await peer.untilFrame(CLOSE);
  peer.socket.deliver(null);
  await peer.untilGone();
}

/** A client over a faulty socket, its opening handshake answered. */
async function openClient(
  stage: Stage,
  behind: Buffer = Buffer.alloc(0),
): Promise<{ websocket: WebSocket; peer: Peer }> {
  const socket = stage.socket();
  const peer = new Peer(socket, false);
  const websocket = new WebSocket('ws://example.test/', [], {
    createConnection: () => socket,
    heartbeat: true,
    perMessageDeflate: true,
  });
  stage.watch(websocket);
  stage.on(websocket, 'open', () => {});
  await peer.untilHead();
  const key = /sec-websocket-key: (.*)/i.exec(peer.head)?.[1]?.trim() ?? '';
  peer.sendText('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n');
  const agreed = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover';
  const rest = Buffer.from(`Sec-WebSocket-Accept: ${acceptKey(key)}\r\nSec-WebSocket-Extensions: ${agreed}\r\n\r\n`);
  peer.socket.deliver(Buffer.concat([rest, behind]));
  return { websocket, peer };
}

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'the opening handshake of a server': async (stage) => {
    const verifyClient = (_: object, answer: (isVerified: boolean) => void) => void setImmediate(() => answer(true));
    await stage.serve({ verifyClient }, echo(stage));
    const peer = stage.connect();
    peer.sendText('GET / HTTP/1.1\r\nHost: example.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n');
    peer.sendText('Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n');
    await peer.untilHead();
    await leave(peer);
  },

  'the opening handshake beside an http server': async (stage) => {
    await stage.serveBesideHttp({}, echo(stage));
    const peer = stage.connect();
    peer.socket.deliverSafely(Buffer.from(requestText()));
    await peer.untilHead();
    peer.send(TEXT, 'hello');
    await peer.untilFrame(TEXT);
    await leave(peer);
  },

  'a refused opening handshake': async (stage) => {
    await stage.serve({}, echo(stage));
    const peer = stage.connect();
    peer.sendText('GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n');
    await peer.untilHead();
    peer.socket.deliver(null);
    await peer.untilGone();
  },

  'the opening handshake of a client': async (stage) => {
    const { websocket, peer } = await openClient(stage, frame(TEXT, 'behind the head', { masked: false }));
    stage.on(websocket, 'message', () => websocket.send('answer', stage.callback(websocket, 'the answer')));
    await peer.untilFrame(TEXT);
    websocket.close(1000);
    await peer.untilFrame(CLOSE);
    peer.socket.deliver(closeFrame(1000, '', { masked: false }));
    peer.socket.deliver(null);
    await peer.untilGone();
  },

  'an echo of small, large and fragmented messages': async (stage) => {
    await stage.serve({}, echo(stage));
    const peer = await stage.connected();
    peer.send(TEXT, 'small');
    peer.send(BINARY, Buffer.alloc(200_000, 7));
    peer.send(TEXT, 'in ', { fin: false });
    peer.send(PING, 'between');
    peer.send(CONTINUATION, 'parts');
    await peer.untilFrame(TEXT, 2);
    await leave(peer);
  },

  'an echo of compressed messages': async (stage) => {
    await stage.serve({ perMessageDeflate: { threshold: 0 } }, echo(stage));
    const peer = await stage.connected(DEFLATE_OFFER);
    peer.send(TEXT, Buffer.from('f248cdc9c90700', 'hex'), { rsv1: true });
    // Long enough for the thread pool when it is compressed again.
    peer.send(BINARY, Buffer.alloc(40_000, 7));
    peer.send(TEXT, Buffer.from('f20011000000', 'hex'), { rsv1: true });
    await peer.untilFrame(TEXT, 2);
    await leave(peer);
  },

  'sending under pressure': async (stage) => {
    const socket = stage.socket();
    socket.slowWrites = 6;
    await stage.serve({ highWaterMark: 40_000 }, (websocket) => {
      stage.on(websocket, 'drain', () => websocket.close(1000));
      for (let count = 1; count <= 5; count++) {
        websocket.send(Buffer.alloc(30_000, count), stage.callback(websocket, `message ${count}`));
      }
      for (let count = 1; count <= 3; count++) {
        stage.promise(`promise ${count}`, websocket.sendWithBackpressure(Buffer.alloc(30_000, count)));
      }
    });
    const peer = await stage.connected([], socket);
    await peer.untilFrame(CLOSE);
    await leave(peer);
  },

  'a heartbeat': async (stage) => {
    await stage.serve({ heartbeat: true }, (websocket) => stage.on(websocket, 'pong', () => {}));
    const peer = await stage.connected();
    await stage.pass(HEARTBEAT);
    peer.send(PONG, await peer.untilFrame(PING));
    await stage.pass(HEARTBEAT);
    await peer.untilFrame(PING, 2);
    // No answer: the peer is gone.
    await peer.untilGone();
  },

  'an end begun by a server': async (stage) => {
    await stage.serve({}, (websocket) => {
      websocket.send('last words', stage.callback(websocket, 'last words'));
      websocket.ping('ping', false, stage.callback(websocket, 'ping'));
      websocket.close(1001, 'going away');
      websocket.send('too late', stage.callback(websocket, 'too late'));
    });
    const peer = await stage.connected();
    await peer.untilFrame(CLOSE);
    peer.socket.deliver(closeFrame(1001));
    peer.socket.deliver(null);
    await peer.untilGone();
  },

  'an end begun by the peer of a client': async (stage) => {
    const { websocket, peer } = await openClient(stage);
    stage.on(websocket, 'ping', () => {});
    peer.send(PING, 'are you there');
    await peer.untilFrame(PONG);
    peer.socket.deliver(closeFrame(1012, 'restart', { masked: false }));
    await peer.untilFrame(CLOSE);
    peer.socket.deliver(null);
    await peer.untilGone();
  },

  'an end without a Close': async (stage) => {
    await stage.serve({}, (websocket) => {
      websocket.pause();
      websocket.send('hello', stage.callback(websocket, 'hello'));
      stage.on(websocket, 'message', () => {});
      setImmediate(() => websocket.resume());
    });
    const peer = await stage.connected();
    peer.send(TEXT, 'one');
    peer.send(TEXT, 'two');
    peer.socket.deliver(null);
    await peer.untilGone();
  },

  'a violation': async (stage) => {
    await stage.serve({}, (websocket) => {
      echo(stage)(websocket);
      stage.promise('before the violation', websocket.sendWithBackpressure('hello'));
    });
    const peer = await stage.connected();
    peer.send(TEXT, 'good');
    peer.socket.deliver(Buffer.from('b180000000008100', 'hex'));
    await peer.untilFrame(CLOSE);
    peer.socket.deliver(null);
    await peer.untilGone();
  },

  'a broadcast': async (stage) => {
    const server = await stage.serve({ perMessageDeflate: true }, (websocket) => {
      stage.on(websocket, 'message', (data: Buffer) => void server.broadcast(data, { except: websocket }));
    });
    const peers: Peer[] = [];
    for (const fields of [[], DEFLATE_OFFER, DEFLATE_OFFER]) peers.push(await stage.connected(fields));
    const [first, ...others] = peers as [Peer, Peer, Peer];
    first.send(TEXT, 'to all of you '.repeat(200));
    for (const other of others) await other.untilFrame(TEXT);
    for (const peer of peers) await leave(peer);
  },

  'a shutdown': async (stage) => {
    const server = await stage.serve({}, echo(stage));
    const peers = [await stage.connected(), await stage.connected()];
    stage.serverEnds();
    stage.promise('the shutdown', server.shutdown({ timeout: 5_000, batch: 1, batchInterval: 100 }));
    await stage.pass(100);
    for (const peer of peers) {
      await peer.untilFrame(CLOSE);
      peer.socket.deliver(closeFrame(1012));
      peer.socket.deliver(null);
    }
    for (const peer of peers) await peer.untilGone();
  },
};
