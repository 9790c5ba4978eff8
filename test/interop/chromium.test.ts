// Chromium's WebSocket against our server: the browser's own checks, limits and compression, plain and over TLS.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, type Page, chromium as playwright } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from '../../src/index.ts';
import { localCertificate } from './certificates.ts';
import { CHROMIUM_ARGUMENTS, chromium, describeWith, openssl } from './programs.ts';

const MEBIBYTE = 1_048_576;

interface Outcome {
  readonly equal: boolean[];
  readonly protocol: string;
  readonly extensions: string;
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
}

/** A function for the page, which knows nothing of this file. */
function inPage(name: string): string {
  const source = readFileSync(new URL(`./chromium/${name}`, import.meta.url), 'utf8');
  return source.slice(source.indexOf('\n') + 1).replace(/;\s*$/, '');
}

describeWith(chromium, 'Chromium talks to our server', (executablePath) => {
  const servers: WebSocketServer[] = [];
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    browser = await playwright.launch({ executablePath, args: CHROMIUM_ARGUMENTS });
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    await page.context().close();
    for (const server of servers.splice(0)) await new Promise<void>((resolve) => server.close(() => resolve()));
  });

  async function open(options: object, scheme: 'http' | 'https' = 'http'): Promise<WebSocketServer> {
    const server = new WebSocketServer({
      port: 0,
      maxPayload: 2 * MEBIBYTE,
      handleProtocols: (protocols: Set<string>) => (protocols.has('chat.v2') ? 'chat.v2' : false),
      fallback: (_request: IncomingMessage, response: ServerResponse) => {
        response.setHeader('Content-Type', 'text/html');
        response.end('<!doctype html><title>sluice</title>');
      },
      ...options,
    });
    servers.push(server);
    server.on('connection', (socket: WebSocket) => {
      socket.on('message', (data: Buffer, isBinary: boolean) => socket.send(data, { binary: isBinary }));
    });
    await once(server, 'listening');
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    page = await context.newPage();
    await page.goto(`${scheme}://localhost:${(server.address() as AddressInfo).port}/`);
    return server;
  }

  async function expectConversation(extensions: string): Promise<void> {
    const outcome = (await page.evaluate(`(${inPage('converse.js')})(${MEBIBYTE})`)) as Outcome;
    expect(outcome).toEqual({
      equal: outcome.equal.map(() => true),
      protocol: 'chat.v2',
      extensions,
      code: 4_001,
      reason: 'fin',
      wasClean: true,
    });
    expect(outcome.equal).toHaveLength(11);
  }

  it('text, binary, Blobs and a mebibyte, uncompressed', async () => {
    await open({});
    await expectConversation('');
  });

  it('with permessage-deflate', async () => {
    await open({ perMessageDeflate: { threshold: 0 } });
    await expectConversation('permessage-deflate; server_no_context_takeover; client_no_context_takeover');
  });

  it('with permessage-deflate and context takeover', async () => {
    const options = { threshold: 0, serverNoContextTakeover: false, clientNoContextTakeover: false };
    await open({ perMessageDeflate: options });
    await expectConversation('permessage-deflate');
  });

  it('keeps pages of other hosts out', async () => {
    const server = await open({});
    const { port } = server.address() as AddressInfo;
    // The page is from localhost: for a browser, and for us, 127.0.0.1 is somebody else.
    const outcome = await page.evaluate(`(${inPage('open.js')})('ws://127.0.0.1:${port}/')`);
    expect(outcome).toBe(1_006);
  });

  if (openssl.path !== undefined) {
    const program = openssl.path;
    it('over TLS', async () => {
      await open({ tls: localCertificate(program) }, 'https');
      await expectConversation('');
    });
  }
});
