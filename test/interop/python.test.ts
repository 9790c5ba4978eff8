// Python's `websockets`, the strictest of the well-known implementations: as client of our server, as server of our client.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from '../../src/index.ts';
import { localCertificate } from './certificates.ts';
import { converse } from './conversation.ts';
import { describeWith, openssl, python } from './programs.ts';

const script = (name: string): string => fileURLToPath(new URL(`./python/${name}`, import.meta.url));

const servers: WebSocketServer[] = [];
const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null) continue;
    child.stdin?.end();
    await once(child, 'exit');
  }
  for (const server of servers.splice(0)) await new Promise<void>((resolve) => server.close(() => resolve()));
});

async function echo(options: object): Promise<number> {
  const server = new WebSocketServer({ port: 0, handleProtocols: () => 'chat.v2', ...options });
  servers.push(server);
  server.on('connection', (socket: WebSocket) => {
    socket.on('message', (data: Buffer, isBinary: boolean) => socket.send(data, { binary: isBinary }));
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function runClient(path: string, parameters: string[]): Promise<string> {
  const child = spawn(path, [script('client.py'), ...parameters]);
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  await once(child, 'close');
  return output.trim();
}

describeWith(python, "Python's websockets talks to our server", (path) => {
  it('uncompressed', async () => {
    const port = await echo({});
    expect(await runClient(path, [`ws://127.0.0.1:${port}`, ''])).toBe('ok');
  });

  it('compressed', async () => {
    const port = await echo({ perMessageDeflate: { threshold: 0 } });
    expect(await runClient(path, [`ws://127.0.0.1:${port}`, 'deflate'])).toBe('ok');
  });

  it('compressed with context takeover', async () => {
    const options = { threshold: 0, serverNoContextTakeover: false, clientNoContextTakeover: false };
    const port = await echo({ perMessageDeflate: options });
    expect(await runClient(path, [`ws://127.0.0.1:${port}`, 'deflate'])).toBe('ok');
  });

  if (openssl.path !== undefined) {
    const program = openssl.path;
    it('over TLS', async () => {
      const { key, cert } = localCertificate(program);
      const folder = mkdtempSync(join(tmpdir(), 'sluice-'));
      const file = join(folder, 'cert.pem');
      writeFileSync(file, cert);
      const port = await echo({ tls: { key, cert } });
      expect(await runClient(path, [`wss://localhost:${port}`, '', file])).toBe('ok');
      rmSync(folder, { recursive: true });
    });
  }
});

describeWith(python, "our client talks to Python's websockets", (path) => {
  for (const compression of ['', 'deflate']) {
    it(compression === '' ? 'uncompressed' : 'compressed', async () => {
      const child = spawn(path, [script('server.py'), compression], { stdio: ['pipe', 'pipe', 'inherit'] });
      children.push(child);
      const [port] = await once(createInterface(child.stdout), 'line');
      const client = new WebSocket(`ws://127.0.0.1:${port}`);
      await once(client, 'open');
      expect(client.extensions).toBe(compression === '' ? '' : 'permessage-deflate');
      await converse(client);
    });
  }
});
