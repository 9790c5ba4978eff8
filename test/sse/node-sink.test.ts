// A response of node:http as a sink: what the kernel takes is known at once, and what it does not is waited for.
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NodeSink } from '../../src/sse/node-sink.ts';
import { Outcome } from '../../src/sse/sink.ts';
import { listen, shut } from './stages.ts';

let server: Awaited<ReturnType<typeof listen>>;
let client: Socket;
let request: IncomingMessage;
let response: ServerResponse;
let told: string[];
let sink: NodeSink;
let onTold: (what: string) => void;

beforeEach(async () => {
  const asked = new Promise<void>((resolve) => {
    const listening = listen((...exchange) => {
      [request, response] = exchange;
      resolve();
    });
    listening.then((listened) => {
      server = listened;
      client = connect(listened.port, '127.0.0.1').pause();
      client.on('error', () => {});
      client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    });
  });
  await asked;
  told = [];
  onTold = () => {};
  sink = new NodeSink(response, request.socket);
  const tell = (what: string): void => {
    told.push(what);
    onTold(what);
  };
  sink.start({
    onRoom: () => tell('room'),
    onTaken: () => tell('taken'),
    onGone: (finished) => tell(finished ? 'finished' : 'gone'),
  });
});
afterEach(async () => {
  client.destroy();
  await shut(server.server);
});

const hears = (awaited: string): Promise<void> =>
  new Promise((resolve) => {
    onTold = (what) => what === awaited && resolve();
  });

/** Writes until the kernel takes no more. */
function fill(): void {
  while (sink.write(Buffer.alloc(65_536)) === Outcome.Taken);
}

test('what the kernel takes is taken at once, in the middle of a turn', () => {
  expect(sink.write(Buffer.from('first'))).toBe(Outcome.Taken);
  expect([sink.bufferedAmount, request.socket.writableLength]).toEqual([0, 0]);
});

test('what it does not take waits, and room is told when all of it has been taken', async () => {
  fill();
  expect(sink.bufferedAmount).toBeGreaterThan(0);
  const room = hears('room');
  client.resume();
  await room;
  expect(sink.bufferedAmount).toBe(0);
});

test('it is told when a little waits, too', async () => {
  fill();
  const first = hears('room');
  client.resume();
  await first;
  client.pause();
  // One octet at a time in the end: less than Node's mark for a 'drain'.
  while (sink.write(Buffer.alloc(4_096)) === Outcome.Taken);
  expect(sink.bufferedAmount).toBeLessThan(16_384);
  const room = hears('room');
  client.resume();
  await room;
});

test('a question whether all has been taken is answered', async () => {
  const taken = hears('taken');
  sink.write(Buffer.from('x'));
  sink.awaitTaken();
  await taken;
});

test('the end is told when everything has been taken', async () => {
  sink.write(Buffer.from('x'));
  const finished = hears('finished');
  sink.end();
  client.resume();
  await finished;
  expect(told).toEqual(['finished']);
});

test('a client that resets the connection has gone, whatever waits, and no drain is told', async () => {
  fill();
  const gone = hears('gone');
  client.resetAndDestroy();
  await gone;
  expect(told).toEqual(['gone']);
});

test('nothing stays behind on what it listened to', () => {
  const counts = (): number[] => [response.listenerCount('drain'), response.listenerCount('close')];
  const before = counts();
  sink.release();
  expect(counts()).toEqual(before.map((count) => count - 1));
});

test('a connection that is destroyed takes the client with it', async () => {
  const closed = once(client, 'close');
  client.resume();
  sink.destroy();
  await closed;
});
