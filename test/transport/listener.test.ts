// A listener hands sockets over when bytes may come: at once over TCP, after its handshake over TLS.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createListener, type Server } from '../../src/transport/listener.ts';
import { type Certificates, hasOpenssl, makeCertificates } from '../client/certificates.ts';
import { portOf } from './socket-pairs.ts';

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return portOf(server);
}

/** The next socket that the listener hands over. */
function handedOver(): { onSocket: (socket: Socket) => void; socket: Promise<Socket> } {
  let onSocket: (socket: Socket) => void = () => {};
  const socket = new Promise<Socket>((resolve) => {
    onSocket = resolve;
  });
  return { onSocket, socket };
}

test('over TCP a socket is handed over at once, and may be half open', async () => {
  const { onSocket, socket } = handedOver();
  const port = await listen(createListener(undefined, 0, onSocket));
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const ours = await socket;
  client.end();
  ours.resume();
  await once(ours, 'end');
  expect(ours.writable).toBe(true);
  ours.end('still here');
  const [answer] = await once(client, 'data');
  expect(String(answer)).toBe('still here');
});

describe.runIf(hasOpenssl || process.env.CI === 'true')('over TLS', () => {
  let certificates: Certificates;
  beforeAll(() => {
    certificates = makeCertificates();
  });

  test('a socket is handed over when its handshake is done', async () => {
    const { onSocket, socket } = handedOver();
    const port = await listen(createListener(certificates.server, 5_000, onSocket));
    const client = connectTls({ port, host: '127.0.0.1', ca: certificates.ca, servername: 'localhost' });
    const ours = await socket;
    ours.end('secret');
    const [answer] = await once(client, 'data');
    expect(String(answer)).toBe('secret');
    client.end();
  });

  test('a client that speaks no TLS is not handed over, and ends nothing', async () => {
    const { onSocket, socket } = handedOver();
    const server = createListener(certificates.server, 5_000, onSocket);
    const port = await listen(server);
    const client = connect(port, '127.0.0.1');
    client.on('error', () => {});
    client.write('GET / HTTP/1.1\r\n\r\n');
    client.resume();
    await once(client, 'close');
    const outcome = await Promise.race([socket.then(() => 'handed over'), Promise.resolve('not handed over')]);
    expect(outcome).toBe('not handed over');
  });

  test('a client that begins no handshake is cut off', async () => {
    const server = createListener(certificates.server, 20, () => {});
    const port = await listen(server);
    const client = connect(port, '127.0.0.1');
    client.on('error', () => {});
    client.resume();
    await once(client, 'close');
  });

  test('a bad certificate is the caller\u2019s mistake', () => {
    expect(() => createListener({ cert: 'no certificate', key: 'no key' }, 0, () => {})).toThrow();
  });
});
