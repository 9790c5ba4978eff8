// "Sélectionner le sous-protocole": handleProtocols chooses, and false means none.
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { WebSocket } from '../../src/index.ts';
import { ask, field, HOST, join, portOf, serve } from './connection.ts';

function handleProtocols(protocols: Set<string>): string | false {
  if (protocols.has('chat.v2')) return 'chat.v2';
  if (protocols.has('chat.v1')) return 'chat.v1';
  return false;
}

it('the newest version that both speak is chosen, in whatever order it was offered', async () => {
  const server = await serve({ handleProtocols });
  for (const [offer, chosen] of [
    [['chat.v1', 'chat.v2'], 'chat.v2'],
    [['chat.v2', 'chat.v1'], 'chat.v2'],
    [['chat.v0', 'chat.v1'], 'chat.v1'],
  ] as const) {
    const connection = once(server, 'connection');
    const client = await join(server, [...offer]);
    expect([client.protocol, (await connection)[0].protocol]).toEqual([chosen, chosen]);
  }
});

it('false lets the client in without a subprotocol; whether it stays is for the client to say', async () => {
  const server = await serve({ handleProtocols });
  const { head } = await ask(server, ['Sec-WebSocket-Protocol: graphql-ws']);
  expect(head).toMatch(/^HTTP\/1\.1 101 /);
  expect(field(head, 'Sec-WebSocket-Protocol')).toBeUndefined();
  // RFC 6455 §4.1 leaves it open; like browsers and ws, our client does not.
  const client = new WebSocket(`ws://${HOST}:${portOf(server)}`, 'graphql-ws');
  const failed = once(client, 'error').catch(() => {});
  client.on('error', () => {});
  await failed;
  expect(client.protocol).toBe('');
});

it('a server that needs a subprotocol refuses those who do not offer it, before 101', async () => {
  const server = await serve({
    handleProtocols,
    verifyClient: ({ req }, callback) => {
      const offered = new Set((req.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim()));
      callback(handleProtocols(offered) !== false, 400, 'a subprotocol is needed: chat.v1 or chat.v2');
    },
  });
  const { wire, head } = await ask(server, ['Sec-WebSocket-Protocol: graphql-ws']);
  expect(head).toMatch(/^HTTP\/1\.1 400 /);
  expect(await wire.rest()).toBe('a subprotocol is needed: chat.v1 or chat.v2');
  expect((await join(server, ['chat.v1'])).protocol).toBe('chat.v1');
});
