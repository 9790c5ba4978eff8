// What a message takes on the wire is counted to the byte, and a transport that delivers something else is found out.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { fetchFields } from '../../bench/wire/browser.mjs';
import { plainHttpTransports } from '../../bench/wire/plain-http.mjs';
import { roomTransports } from '../../bench/wire/rooms.mjs';
import { wireTables } from '../../bench/wire/table.mjs';
import { websocketTransports } from '../../bench/wire/websocket.mjs';
import { measureWire, type Transport } from '../../bench/wire.mjs';
import * as sluice from '../../src/index.ts';
import { readBody } from '../../src/poll/index.ts';
import { Rooms } from '../../src/rooms/index.ts';

const SHORT = ['{"a":1}', '{"b":2}'];
const LONG = [JSON.stringify(Array.from({ length: 400 }, (_, index) => index))];

/** A line for each message, over bare TCP. */
function lines(deliver: (text: string) => string): Transport {
  return {
    name: 'lines',
    open: async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return {
        port: (server.address() as { port: number }).port,
        connect: async (port) => {
          const arrived = once(server, 'connection');
          const client = connect(port, '127.0.0.1');
          const [peer] = await arrived;
          const say = async (from: typeof client, to: typeof client, text: string) => {
            const come = once(to, 'data');
            from.write(`${deliver(text)}\n`);
            return String((await come)[0]).trimEnd();
          };
          return {
            toServer: (text) => say(client, peer, text),
            toClient: (text) => say(peer, client, text),
          };
        },
        close: async () => {
          server.close();
        },
      };
    },
  };
}

test('every byte between the ends is counted, in both directions', async () => {
  expect(
    await measureWire(
      lines((text) => text),
      [['four', 'more'], ['fifteen letters']],
    ),
  ).toEqual({
    transport: 'lines',
    opening: 0,
    toServer: [5, 16],
    toClient: [5, 16],
  });
});

test('a transport that delivers something else is refused', async () => {
  await expect(
    measureWire(
      lines((text) => text.toUpperCase()),
      [['four']],
    ),
  ).rejects.toThrow('lines: "FOUR" arrived, and "four" was sent');
});

test('WebSocket adds two bytes to a short message from the server, and six to one from the client (RFC 6455 §5.2)', async () => {
  const [plain] = websocketTransports(sluice);
  const { toServer, toClient, opening } = await measureWire(plain!, [SHORT, LONG]);
  expect(opening).toBeGreaterThan(300);
  expect(toClient).toEqual([SHORT[0]!.length + 2, LONG[0]!.length + 4]);
  expect(toServer).toEqual([SHORT[0]!.length + 6, LONG[0]!.length + 8]);
});

test('permessage-deflate takes fewer bytes for a long message', async () => {
  const [, ...deflating] = websocketTransports(sluice);
  for (const transport of deflating) {
    const { toServer, toClient } = await measureWire(transport, [LONG]);
    expect(toClient[0]).toBeLessThan(LONG[0]!.length / 2);
    expect(toServer[0]).toBe(toClient[0]! + 4);
  }
});

test('an event takes its fields and its chunk; a long poll the heads of a request and of a response', async () => {
  const [events, polling] = plainHttpTransports();
  const event = `id: 1\ndata: ${SHORT[0]}\n\n`;
  const chunk = `${event.length.toString(16)}\r\n${event}\r\n`;
  expect((await measureWire(events!, [SHORT])).toClient).toEqual([chunk.length]);
  const fields = Object.entries(fetchFields(65_535, 'application/json')).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  expect((await measureWire(polling!, [SHORT])).toClient[0]).toBeGreaterThan(fields.join('').length);
});

test('a room adds its name and the id, once to what a WebSocket is sent, and the id twice to an event', async () => {
  const [socket, events, polling] = roomTransports({ ...sluice, Rooms, readBody });
  const said = ['{"type":"a","text":"b"}'];
  const id = '0123456789ab-1';
  const json = `${said[0]!.slice(0, -1)},"roomId":"lobby","id":"${id}"}`;
  expect((await measureWire(socket!, [said])).toClient).toEqual([json.length + 2]);
  expect((await measureWire(events!, [said])).toClient).toEqual([`event: a\nid: ${id}\ndata: ${json}\n\n`.length]);
  const { toServer, toClient } = await measureWire(polling!, [said]);
  const answer = `{"messages":[${json}],"cursor":"${id}","gap":false,"timestamp":1700000000000}`;
  expect(toClient[0]).toBeGreaterThan(answer.length + JSON.stringify(fetchFields(65_535, 'application/json')).length);
  expect(toServer[0]).toBeGreaterThan(said[0]!.length + JSON.stringify(fetchFields(65_535, '*/*')).length);
});

test('the tables say how much more than the message it is, or how much less', () => {
  const table = wireTables({
    kind: 'wire',
    messages: [{ content: 'JSON', bytes: 1000, count: 3 }],
    findings: [
      { transport: 'more', opening: 1234, toServer: [1006], toClient: [1004] },
      { transport: 'less', opening: 0, toServer: [206], toClient: [202] },
    ],
  });
  const [toClient, toServer] = table.split('\n\n').map((part) => part.split('\n'));
  expect(toClient?.[2]).toMatch(/^\| more +\| +1,234 \| +1,004 \(\+4\) \|$/);
  expect(toClient?.[3]).toMatch(/^\| less +\| +0 \| +202 \(−798\) \|$/);
  expect(toServer?.[2]).toContain('1,006 (+6)');
  expect(new Set(toClient?.map(({ length }) => length)).size).toBe(1);
});
