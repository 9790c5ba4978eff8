// examples/nginx/nginx.conf and connections over which nothing is said for a while (I5): a heartbeat keeps them, its absence ends
// them, and events are not kept back. With the times of the configuration made short, and against endpoints of src/ with short
// heartbeats; that the shipped times fit the shipped heartbeats is held by the first test.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent, fetch } from 'undici';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { WebSocketServer } from '../../src/index.ts';
import { PollDefaults } from '../../src/poll/index.ts';
import { Rooms } from '../../src/rooms/index.ts';
import { EventStreamDefaults } from '../../src/sse/index.ts';
import { Defaults as EndpointDefaults } from '../../src/websocket/settings.ts';
import { localCertificate } from '../interop/certificates.ts';
import { describeWith, openssl } from '../interop/programs.ts';
import { type NginxOptions, NginxProcess, nginx, replaceOnce, secondsOf } from './nginx-process.ts';

/** Milliseconds between two signs of life; nginx is given three times as much patience. */
const HEARTBEAT = 1_000;
const PATIENCE = 'proxy_read_timeout 3s;';

const impatient = (configuration: string): string => replaceOnce(configuration, 'proxy_read_timeout 75s;', PATIENCE);

/** What a request of the event stream has brought so far. */
interface Reading {
  text: string;
  readonly over: Promise<void>;
  /** Waits until the text has this, so many times. */
  has(part: string, times?: number): Promise<void>;
}

it('has more patience than what stands behind it is silent', () => {
  const patience = secondsOf(/proxy_read_timeout (\d+)s;/);
  expect(patience).toBeGreaterThan(2 * EventStreamDefaults.heartbeat);
  expect(patience).toBeGreaterThan(2 * EndpointDefaults.heartbeatInterval);
  expect(patience).toBeGreaterThan(2 * PollDefaults.holdTimeout);
});

it('lets go of a kept connection before the server behind it does', () => {
  expect(secondsOf(/ keepalive_timeout (\d+)s;/)).toBeLessThan(createServer().keepAliveTimeout);
});

describeWith(openssl, 'with a certificate', (opensslPath) => {
  describeWith(nginx, 'nginx and who says nothing', (path) => {
    const certificate = localCertificate(opensslPath);
    const rooms = new Rooms();
    let agent: Agent;
    let server: Server;
    let options: NginxOptions;

    beforeAll(async () => {
      server = createServer((request, response) => {
        const heartbeat = request.url?.endsWith('quiet') ? 0 : HEARTBEAT;
        rooms.eventStream(request, response, 'lobby', { heartbeat });
      });
      const websockets = [HEARTBEAT, 0].map((interval) => {
        const heartbeat = interval > 0 && { interval };
        return new WebSocketServer({ noServer: true, heartbeat });
      }) as [WebSocketServer, WebSocketServer];
      server.on('upgrade', (request, socket, head) => {
        websockets[request.url === '/ws?quiet' ? 1 : 0].handleUpgrade(request, socket, head, () => {});
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      options = { path, certificate, instances: [port, port, port], change: impatient };
    });
    beforeEach(() => {
      agent = new Agent({ connect: { ca: certificate.cert } });
      onTestFinished(() => agent.destroy());
    });
    afterAll(async () => {
      await rooms.close();
      server.closeAllConnections();
      server.close();
    });

    async function start(change = impatient): Promise<string> {
      const process = await NginxProcess.start({ ...options, change });
      onTestFinished(() => process.stop());
      return `127.0.0.1:${process.port}`;
    }

    /** Reads the stream at `url`, until it is over or the test is. */
    function read(url: string): Reading {
      let notice = (): void => {};
      const reading: Reading = {
        text: '',
        over: follow(),
        async has(part, times = 1) {
          while (reading.text.split(part).length <= times) await new Promise<void>((resolve) => (notice = resolve));
        },
      };
      async function follow(): Promise<void> {
        const response = await fetch(url, { dispatcher: agent });
        const decoder = new TextDecoder();
        for await (const chunk of response.body ?? []) {
          reading.text += decoder.decode(chunk as Uint8Array, { stream: true });
          notice();
        }
      }
      reading.over.catch(() => {});
      return reading;
    }

    it('keeps an event stream by its heartbeat, and ends one that has none', async () => {
      const host = await start();
      const [kept, quiet] = [read(`https://${host}/api/stream`), read(`https://${host}/api/stream?quiet`)];
      await Promise.all([kept.has('id: '), quiet.has('id: ')]);
      await quiet.over.catch(() => {});
      // Longer than nginx is patient with silence.
      await kept.has(': heartbeat', 4);
      await rooms.publish('lobby', { type: 'MESSAGE', content: 'still heard' });
      await kept.has('still heard');
      expect(quiet.text).not.toContain('still heard');
    });

    it('keeps a WebSocket by its Pings, and ends one that has none', async () => {
      const host = await start();
      const [kept, quiet] = ['/ws', '/ws?quiet'].map(
        (target) => new WebSocket(`wss://${host}${target}`, { ca: certificate.cert }),
      ) as [WebSocket, WebSocket];
      onTestFinished(() => kept.terminate());
      await Promise.all([once(kept, 'open'), once(quiet, 'open')]);
      let pings = 0;
      kept.on('ping', () => pings++);
      // RFC 6455 §7.1.5: nobody has said goodbye.
      expect((await once(quiet, 'close'))[0]).toBe(1006);
      while (pings < 4) await once(kept, 'ping');
      expect(kept.readyState).toBe(WebSocket.OPEN);
    });

    it('hands events on at once, because the answer says X-Accel-Buffering: no', async () => {
      const deaf = (text: string): string =>
        replaceOnce(impatient(text), '      gzip off;', '      proxy_ignore_headers X-Accel-Buffering;');
      const [host, deafHost] = [await start(), await start(deaf)];
      const [heard, keptBack] = [read(`https://${host}/api/stream`), read(`https://${deafHost}/api/stream`)];
      await heard.has('id: ');
      // Both are in the room before anything is said.
      while (rooms.members('lobby').length < 2) await once(rooms, 'join');
      await rooms.publish('lobby', { type: 'MESSAGE', content: 'at once' });
      await heard.has('at once');
      await heard.has(': heartbeat', 3);
      // The control: three seconds later, a proxy that is deaf to the field has handed on nothing.
      expect(keptBack.text).toBe('');
      // And it was not lost on the way to it: at the end of the stream all comes together.
      for (const member of rooms.members('lobby')) rooms.kick(member);
      await keptBack.over;
      expect(keptBack.text).toContain('at once');
    });
  });
});
