import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { WebSocket as WsWebSocket } from 'ws';
import { ProtocolError } from '../../src/websocket/index.ts';
import { openingRequest, RawClient } from '../server/raw-client.ts';
import { echoServer } from '../server/servers.ts';

/** What is published on `names` while `act` runs. */
async function published(
  names: readonly string[],
  act: () => Promise<void>,
): Promise<[string, Record<string, unknown>][]> {
  const seen: [string, Record<string, unknown>][] = [];
  const listen = (message: unknown, name: string | symbol): void => {
    seen.push([String(name), message as Record<string, unknown>]);
  };
  for (const name of names) subscribe(name, listen);
  await act();
  for (const name of names) unsubscribe(name, listen);
  return seen;
}

it('tells of a connection from its beginning to its end, and of its messages', async () => {
  const { server, port } = await echoServer();
  const names = ['sluice:connection:open', 'sluice:message:in', 'sluice:message:out', 'sluice:connection:close'];
  const seen = await published(names, async () => {
    const connected = once(server, 'connection');
    const client = new WsWebSocket(`ws://127.0.0.1:${port}`);
    const gone = once((await connected)[0], 'close');
    if (client.readyState === WsWebSocket.CONNECTING) await once(client, 'open');
    client.send('hello');
    await once(client, 'message');
    client.close(4_000, 'fin');
    await gone;
  });
  expect(seen.map(([name]) => name)).toEqual(names);
  const [, [, messageIn], [, messageOut], [, close]] = seen as [
    never,
    [string, object],
    [string, object],
    [string, object],
  ];
  expect(messageIn).toMatchObject({ data: Buffer.from('hello'), isBinary: false });
  expect(messageOut).toMatchObject({ data: Buffer.from('hello'), isBinary: false });
  expect(close).toMatchObject({ code: 4_000, reason: Buffer.from('fin') });
});

it('tells of a violation', async () => {
  const { port } = await echoServer();
  const seen = await published(['sluice:violation'], async () => {
    await RawClient.exchange(port, Buffer.concat([Buffer.from(openingRequest()), Buffer.from([0xff, 0x80])]));
  });
  expect(seen).toHaveLength(1);
  const error = seen[0]?.[1]['error'];
  expect(error).toBeInstanceOf(ProtocolError);
  expect(error).toMatchObject({ section: 'RFC 6455 §5.2', offset: 0, excerpt: { hex: '[ff] 80' } });
  expect((error as ProtocolError).expected).toContain('RSV2 and RSV3 clear');
  expect(seen[0]?.[1]).toHaveProperty('websocket');
});
