// The resilient client in Chromium, bundled as a page would have it, against the real server: restarted, offline, and behind
// proxies that are in the way. After each, all messages have come, in order, once.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { type Browser, type BrowserContext, type Page, chromium as playwright } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { ROOT } from '../house/source-files.ts';
import { numbers, Stage } from '../resilient/stage.ts';
import { CHROMIUM_ARGUMENTS, chromium, describeWith } from './programs.ts';

const QUICK = {
  minDelay: 50,
  maxDelay: 200,
  connectTimeout: 1_000,
  stableAfter: 200,
  pingInterval: 400,
  pingTimeout: 400,
};

function bundle(): string {
  const options = ['--bundle', '--minify', '--format=iife', '--global-name=sluice', '--loader=ts'];
  return execFileSync(join(ROOT, 'node_modules/.bin/esbuild'), options, {
    cwd: ROOT,
    input: "export { ResilientWebSocket, poll, sse, websocket } from './src/resilient/index.ts';",
    encoding: 'utf8',
  });
}

describeWith(chromium, 'the resilient client in Chromium', (executablePath) => {
  const script = bundle();
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let stage: Stage;

  beforeAll(async () => {
    browser = await playwright.launch({ executablePath, args: CHROMIUM_ARGUMENTS });
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    stage = await Stage.open();
    context = await browser.newContext({ bypassCSP: true });
    page = await context.newPage();
    await page.goto(`http://127.0.0.1:${stage.port}/health`);
    await page.addScriptTag({ content: script });
  });
  afterEach(async () => {
    await context.close();
    await stage.close();
  });

  /** Opens a client in the page that is in the lobby. Returns its transport. */
  function enter(): Promise<string> {
    return page.evaluate(`(async () => {
      const { ResilientWebSocket, poll, sse, websocket } = sluice;
      window.contents = [];
      window.client = new ResilientWebSocket('/ws', {
        ...${JSON.stringify(QUICK)}, name: 'Ada', maxAttempts: Infinity, transports: [websocket, sse, poll],
      });
      client.addEventListener('message', ({ data }) => contents.push(JSON.parse(data).content));
      await client.join('lobby');
      return client.transport;
    })()`);
  }

  const say = (contents: readonly string[]): Promise<unknown> =>
    page.evaluate(`Promise.all(${JSON.stringify(contents)}.map((content) => client.publish('lobby', content)))`);

  async function heard(count: number): Promise<string[]> {
    await page.waitForFunction(`contents.length >= ${count}`);
    return page.evaluate('contents');
  }

  it('comes back to a server that was killed and has restarted', async () => {
    expect(await enter()).toBe('websocket');
    await say(numbers(1, 5));
    await stage.kill();
    await page.waitForFunction("client.state === 'waiting'");
    const said = say(numbers(6, 10));
    await stage.start();
    await said;
    expect(await heard(10)).toEqual(numbers(1, 10));
  });

  it('goes offline with the network, and comes back with it', async () => {
    await enter();
    await say(numbers(1, 5));
    await context.setOffline(true);
    // What Chromium leaves of a connection when it is told so differs: the network is cut as well.
    stage.cut();
    await page.waitForFunction("client.state === 'offline'");
    const said = say(numbers(6, 10));
    for (const content of numbers(11, 12)) {
      await stage.app.rooms.publish('lobby', { type: 'MESSAGE', content, from: 'server' });
    }
    await context.setOffline(false);
    await said;
    expect(await heard(12)).toEqual([...numbers(1, 5), ...numbers(11, 12), ...numbers(6, 10)]);
  });

  it.each([
    ['refuse', 'pass', 'sse'],
    ['swallow', 'pass', 'sse'],
    ['refuse', 'buffer', 'poll'],
  ] as const)(
    'finds a way where upgrades are met with %s and event streams with %s',
    async (upgrades, streams, way) => {
      stage.upgradeMode = upgrades;
      stage.streamMode = streams;
      expect(await enter()).toBe(way);
      await say(numbers(1, 10));
      expect(await heard(10)).toEqual(numbers(1, 10));
    },
  );
});
