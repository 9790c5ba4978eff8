// The rows about createWebSocketStream().
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Row, row, rows } from './row.ts';
import { next, portOf } from './stage.ts';

const MEBIBYTE = 1_048_576;

/** What a Duplex tells until it is closed. */
function story(duplex: Duplex): Promise<string[]> {
  const seen: string[] = [];
  duplex.on('data', (chunk) => seen.push(typeof chunk === 'string' ? `'${chunk}'` : String(chunk)));
  duplex.on('end', () => seen.push('end'));
  duplex.on('finish', () => seen.push('finish'));
  duplex.on('error', (error: NodeJS.ErrnoException) => seen.push(`error: ${error.code ?? error.message}`));
  return new Promise((resolve) => {
    duplex.on('close', () => {
      seen.push('close');
      resolve(seen);
    });
  });
}

export const streamRows: readonly Row[] = [
  ...rows(
    'reads messages as chunks, text too',
    async (stage, role) => {
      const { socket, peer } = await stage.pair(role);
      const duplex = stage.subject.createWebSocketStream(socket);
      const told = story(duplex);
      peer.send('text');
      peer.send(Buffer.from('bytes'));
      peer.close();
      duplex.on('end', () => duplex.end());
      return told;
    },
    ['text', 'bytes', 'end', 'finish', 'close'],
  ),
  ...rows(
    'reads text as strings in object mode',
    async (stage, role) => {
      const { socket, peer } = await stage.pair(role);
      const duplex = stage.subject.createWebSocketStream(socket, { readableObjectMode: true });
      const told = story(duplex);
      peer.send('text');
      peer.send(Buffer.from('bytes'));
      peer.close();
      duplex.on('end', () => duplex.end());
      return told;
    },
    ["'text'", 'bytes', 'end', 'finish', 'close'],
  ),
  ...rows(
    'writes chunks as binary messages, and as text when they are left as strings',
    async (stage, role) => {
      const seen: unknown[] = [];
      for (const decodeStrings of [true, false]) {
        const { socket, peer } = await stage.pair(role);
        const duplex = stage.subject.createWebSocketStream(socket, { decodeStrings });
        const arrived = next(peer, 'message');
        duplex.write('chunk');
        const [data, isBinary] = await arrived;
        seen.push([String(data), isBinary]);
      }
      return seen;
    },
    [
      ['chunk', true],
      ['chunk', false],
    ],
  ),
  ...rows(
    'has no object mode for writing, whatever it is told',
    async (stage, role) => {
      const { socket } = await stage.pair(role);
      const duplex = stage.subject.createWebSocketStream(socket, { objectMode: true, writableObjectMode: true });
      return [duplex.readableObjectMode, duplex.writableObjectMode];
    },
    [false, false],
  ),
  ...rows(
    'carries megabytes there and back, at the pace of the slower side',
    async (stage, role) => {
      const { socket, peer } = await stage.pair(role);
      const { createWebSocketStream } = stage.subject;
      const far = createWebSocketStream(peer);
      const near = createWebSocketStream(socket);
      const echoing = pipeline(far, far);
      let length = 0;
      near.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length === 8 * MEBIBYTE) near.end();
      });
      for (let i = 0; i < 128; i++) {
        if (!near.write(Buffer.alloc(65_536))) await next(near, 'drain');
      }
      await Promise.all([next(near, 'close'), echoing.catch(() => {})]);
      return length;
    },
    8 * MEBIBYTE,
  ),
  ...rows(
    'pauses the WebSocket when nobody reads',
    async (stage, role) => {
      const { socket, peer } = await stage.pair(role);
      const duplex = stage.subject.createWebSocketStream(socket, { readableHighWaterMark: 1 });
      const arrived = next(socket, 'message');
      peer.send('first');
      await arrived;
      const during = socket.isPaused;
      peer.send('second');
      const told = story(duplex);
      await next(socket, 'message');
      duplex.destroy();
      await told;
      return [during, (await told).slice(0, 2)];
    },
    [true, ['first', 'second']],
  ),
  ...rows(
    'closes the WebSocket when it is ended',
    async (stage, role) => {
      const { socket, peer } = await stage.pair(role);
      const duplex = stage.subject.createWebSocketStream(socket);
      const told = story(duplex);
      const closed = next(peer, 'close');
      duplex.end('last');
      const [code] = await closed;
      return [code, (await told).sort()];
    },
    [1005, ['close', 'end', 'finish']],
  ),
  ...rows(
    'terminates the WebSocket when it is destroyed',
    async (stage, role) => {
      const { socket, peer } = await stage.pair(role);
      const duplex = stage.subject.createWebSocketStream(socket);
      const told = story(duplex);
      const closed = Promise.all([next(socket, 'close'), next(peer, 'close')]);
      duplex.destroy(new Error('enough'));
      const codes = (await closed).map(([code]) => code);
      return [codes, await told];
    },
    [
      [1006, 1006],
      ['error: enough', 'close'],
    ],
  ),
  ...rows(
    'is destroyed when the peer breaks a rule',
    async (stage, role) => {
      const { socket, wire } = await stage.wired(role);
      const told = story(stage.subject.createWebSocketStream(socket));
      wire.frame(3);
      const status = await wire.closeStatus();
      wire.socket.end();
      return [status, await told];
    },
    [1002, ['error: WS_ERR_INVALID_OPCODE', 'close']],
  ),
  row(
    'waits with what is written until the WebSocket is open',
    async (stage) => {
      const server = await stage.wsServer();
      const message = next(server, 'connection').then(([socket]) => next(socket, 'message'));
      const client = stage.client(portOf(server));
      const duplex = stage.subject.createWebSocketStream(client);
      const told = story(duplex);
      duplex.end('early');
      const [data] = await message;
      return [String(data), (await told).sort()];
    },
    ['early', ['close', 'end', 'finish']],
  ),
  row(
    'fails with the WebSocket that does not open',
    async (stage) => {
      const server = await stage.server();
      const port = portOf(server);
      await new Promise<void>((resolve) => server.close(() => resolve()));
      const told = story(stage.subject.createWebSocketStream(stage.client(port)));
      return told;
    },
    ['error: ECONNREFUSED', 'close'],
  ),
  ...rows(
    'tells whoever writes when it is too late',
    async (stage, role) => {
      const { socket, peer } = await stage.pair(role);
      const duplex = stage.subject.createWebSocketStream(socket);
      duplex.on('error', () => {});
      const closed = next(socket, 'close');
      peer.close();
      await closed;
      return new Promise((resolve) => duplex.write('x', (error?: Error | null) => resolve(error?.message)));
    },
    'WebSocket is not open: readyState 3 (CLOSED)',
  ),
];
