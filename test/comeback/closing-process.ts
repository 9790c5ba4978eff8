// A process of Node with nothing in it but one client, which is closed at the moment that the arguments name. All its timers are set
// to an hour: whatever is forgotten keeps the process for so long. It ends by itself, or it does not; it prints `closed`.
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { poll, type ResilientWebSocketOptions, sse, websocket } from '../../src/resilient/index.ts';
import { ResilientWebSocket } from '../../src/resilient-node/index.ts';

/** Where the server is, and what is in its place: nobody, somebody who never answers, somebody who answers the handshake alone. */
export interface Addresses {
  readonly server: string;
  readonly nobody: string;
  readonly silence: string;
  readonly handshake: string;
}

const HOUR = 3_600_000;
const PATIENT: ResilientWebSocketOptions = {
  name: 'Ada',
  minDelay: HOUR,
  maxDelay: HOUR,
  connectTimeout: HOUR,
  closeTimeout: HOUR,
  stableAfter: HOUR,
  pingInterval: HOUR,
  pingTimeout: HOUR,
  betterTransportAfter: HOUR,
};

const [moment, text] = process.argv.slice(2) as [keyof typeof MOMENTS, string];
const addresses = JSON.parse(text) as Addresses;

/** Makes the client, and closes it when it is where it shall be. */
const MOMENTS = {
  'at once': () => {
    open(addresses.server).close();
  },
  'while the token is asked for': () => {
    const client = open(addresses.server, {
      name: undefined,
      token: () => {
        setImmediate(() => client.close());
        return new Promise<string>(() => {});
      },
    });
  },
  'while it connects': () => {
    subscribe('net.client.socket', (message) => {
      (message as { socket: Socket }).socket.once('connect', () => setImmediate(() => client.close()));
    });
    const client = open(addresses.silence);
  },
  'while it waits to come back': () => {
    const client = open(addresses.nobody);
    void client.publish('lobby', 'never heard');
    client.addEventListener('reconnecting', () => setImmediate(() => client.close()));
  },
  'while there is no network': () => {
    Object.defineProperty(globalThis, 'navigator', { value: { onLine: false }, configurable: true });
    const client = open(addresses.nobody);
    client.addEventListener('reconnecting', () => setImmediate(() => client.close()));
  },
  'when it opens': () => {
    const client = open(addresses.server);
    client.addEventListener('open', () => client.close());
  },
  'while it is open': async () => {
    const client = open(addresses.server);
    await client.join('lobby');
    await client.publish('lobby', 'heard');
    client.close();
  },
  'while what it has said is under way': async () => {
    const client = open(addresses.server);
    await client.join('lobby');
    void client.publish('lobby', 'perhaps heard');
    client.close();
  },
  'while it reads event streams': async () => {
    const client = open(addresses.server, { transports: [sse] });
    await Promise.all([client.join('lobby'), client.join('yard')]);
    await client.publish('lobby', 'heard');
    client.close();
  },
  'while its poll is held': async () => {
    const client = open(addresses.server, { transports: [poll] });
    await client.join('lobby');
    // The first poll asks where the room is, and is answered at once.
    while ((await polls()) === 0);
    client.close();
  },
  'while it is over a worse transport': async () => {
    // A WebSocket that nothing can open.
    class Refusing extends EventTarget {
      constructor() {
        super();
        throw new Error('refused');
      }
    }
    const client = open(addresses.server, {
      transports: [websocket, sse],
      minDelay: 1,
      maxDelay: 1,
      WebSocket: Refusing as never,
    });
    await client.join('lobby');
    client.close();
  },
  'and nobody answers its Close': () => {
    // RFC 6455 §7.1.1: it waits for the server, but not for ever.
    const client = open(addresses.handshake, { name: undefined, closeTimeout: 100 });
    client.addEventListener('open', () => client.close());
  },
  'by its signal': () => {
    const abort = new AbortController();
    const client = open(addresses.server, { signal: abort.signal });
    client.addEventListener('open', () => abort.abort());
  },
  'by itself, after its attempts': () => {
    open(addresses.nobody, { maxAttempts: 2, minDelay: 1, maxDelay: 1 });
  },
};

/** All of them. */
export type Moment = keyof typeof MOMENTS;

function open(url: string, options: ResilientWebSocketOptions = {}): ResilientWebSocket {
  const client = new ResilientWebSocket(`${url.replace('http', 'ws')}ws`, { ...PATIENT, ...options });
  client.addEventListener('close', () => process.stdout.write('closed'));
  return client;
}

async function polls(): Promise<number> {
  const response = await fetch(`${addresses.server}health`, { headers: { Connection: 'close' } });
  return ((await response.json()) as { transports: { poll: number } }).transports.poll;
}

await MOMENTS[moment]();
