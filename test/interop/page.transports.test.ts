// The demo page goes from WebSocket to event stream to long polling and back in mid-conversation: everything comes once and in
// order, whatever is cut off, away or restarted; and when something is lost the page says so, for the test makes it happen.
import type { AddressInfo } from 'node:net';
import { type Browser, type Page, chromium as playwright } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type App, type AppOptions, createWebSocketServer } from '../../src/app/index.ts';
import { Inspector } from '../../src/inspect/index.ts';
import { MemoryBroker } from '../../src/rooms/index.ts';
import {
  choose,
  conversationOf,
  countsOf,
  expectText,
  picture,
  say,
  switchTo,
  type TransportName,
  Windows,
} from './page/windows.ts';
import { CHROMIUM_ARGUMENTS, chromium, describeWith } from './programs.ts';

const TRANSPORTS: readonly TransportName[] = ['WebSocket', 'SSE', 'Long polling'];
/** What Chromium writes about a connection that fails. */
const FAILED = /^Failed to load resource|^WebSocket connection to /;
const TIMEOUT = 90_000;

describeWith(chromium, 'the demo page and its transports', (executablePath) => {
  let browser: Browser;
  let app: App;
  let windows: Windows;

  beforeAll(async () => {
    browser = await playwright.launch({ executablePath, args: CHROMIUM_ARGUMENTS });
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    await windows.close();
    await app.shutdown({ timeout: 0 });
    expect(windows.complaints).toEqual([]);
  });

  async function start(options: AppOptions = {}, expected?: RegExp): Promise<void> {
    app = await createWebSocketServer(0, { inspection: new Inspector(), ...options });
    windows = new Windows(browser, app.url, expected);
  }

  /** Somebody without a window says so many things. */
  async function publish(count: number, word: string): Promise<void> {
    for (let index = 1; index <= count; index++) {
      await app.rooms.publish('lobby', { type: 'MESSAGE', from: 'Hedy', content: `${word} ${index}` });
    }
  }

  const lastMessage = (page: Page, text: string): Promise<void> =>
    page.locator('.message', { hasText: text }).last().waitFor();

  describe('in mid-conversation', () => {
    it('goes through all three and back: every message comes once and in order, in both windows', {
      timeout: TIMEOUT,
    }, async () => {
      await start({}, /closed before the connection is established/);
      const ada = await windows.joinAs('Ada');
      const grace = await windows.joinAs('Grace');
      let isOver = false;
      let said = 0;
      const talk = async (): Promise<void> => {
        while (!isOver) await say(grace, `Grace ${++said}.`);
      };
      const talking = talk();
      const hears = async (via: string): Promise<void> => {
        await ada.locator(`.message:not(.own)[data-via=${via}]`).nth(1).waitFor();
      };
      await hears('websocket');
      await say(ada, 'Ada over WebSocket.');
      await switchTo(ada, 'SSE');
      await hears('sse');
      await say(ada, 'Ada over SSE.');
      await picture(ada, 'switched-to-sse');
      await switchTo(ada, 'Long polling');
      await hears('poll');
      await say(ada, 'Ada over long polling.');
      await picture(ada, 'switched-to-long-polling');
      await switchTo(ada, 'SSE');
      await say(ada, 'Ada back over SSE.');
      // Without waiting for anything.
      for (const transport of ['Long polling', 'WebSocket', 'SSE', 'WebSocket'] as const) await choose(ada, transport);
      await say(ada, 'Ada back over WebSocket.');
      await picture(ada, 'switched-back');
      isOver = true;
      await talking;
      const total = said + 5;
      for (const page of [ada, grace]) await expectText(page, '#received', new RegExp(`^${total}$`));

      const [atAda, atGrace] = await Promise.all([conversationOf(ada), conversationOf(grace)]);
      const place = ({ id, text }: { id: string; text: string }): string => `${id} ${text}`;
      expect(atAda.map(place)).toEqual(atGrace.map(place));
      expect(atAda.map(({ id }) => Number(id.split('-')[1]))).toEqual(Array.from({ length: total }, (_, at) => at + 1));
      const ofGrace = atAda.filter(({ text }) => text.startsWith('Grace')).map(({ text }) => text);
      expect(ofGrace).toEqual(Array.from({ length: said }, (_, at) => `Grace ${at + 1}.`));
      expect(new Set(atAda.map(({ via }) => via))).toEqual(new Set(['websocket', 'sse', 'poll']));
      for (const page of [ada, grace]) {
        expect(await countsOf(page)).toEqual({ received: total, duplicates: 0, gaps: 0, lost: 0 });
        await expectText(page, '#continuity', new RegExp(`^From #1 to #${total} each id is one more`));
      }
      // Each switch is marked, with the id behind which it went on.
      const marks = await ada.locator('.mark').allTextContents();
      expect(marks).toHaveLength(7);
      expect(marks[0]).toMatch(/^WebSocket → SSE, after #(\d+)\. On with #\d+\.$/);
      const [, last, next] = /after #(\d+)\. On with #(\d+)/.exec(marks[0] ?? '') ?? [];
      expect(Number(next)).toBe(Number(last) + 1);
    });

    it('hears what is said between one transport and the next', { timeout: TIMEOUT }, async () => {
      await start();
      const ada = await windows.joinAs('Ada');
      // As soon as the page has left one transport, and before the server hears of the next.
      await ada.route(/\/api\/(?:stream|poll)/, async (route) => {
        const url = route.request().url();
        if (url.includes('/stream') || !url.includes('since=')) await publish(3, 'between');
        await route.continue();
      });
      await ada.routeWebSocket(/\/ws\?/, (client) => {
        const server = client.connectToServer();
        client.onMessage(async (message) => {
          if (String(message).includes('JOIN_ROOM')) await publish(3, 'between');
          server.send(message);
        });
      });
      for (const [index, transport] of (['SSE', 'Long polling', 'WebSocket'] as const).entries()) {
        await choose(ada, transport);
        await expectText(ada, '#received', new RegExp(`^${(index + 1) * 3}$`));
      }
      expect((await conversationOf(ada)).map(({ text }) => text)).toEqual(
        Array.from({ length: 9 }, (_, at) => `between ${(at % 3) + 1}`),
      );
      expect(await countsOf(ada)).toEqual({ received: 9, duplicates: 0, gaps: 0, lost: 0 });
      await ada.unrouteAll({ behavior: 'ignoreErrors' });
    });
  });

  it('carries on over every transport when the server restarts, and says once what was said in between', {
    timeout: TIMEOUT,
  }, async () => {
    const broker = new MemoryBroker();
    await start({ broker }, FAILED);
    const { port } = app.address() as AddressInfo;
    const pages: Page[] = [];
    for (const transport of TRANSPORTS) {
      const page = await windows.joinAs(transport);
      await switchTo(page, transport);
      pages.push(page);
    }
    await publish(3, 'before');
    for (const page of pages) await lastMessage(page, 'before 3');
    await app.shutdown({ timeout: 2_000 });
    for (const page of pages) {
      await expectText(page, '#state', /^waiting [\d.]+ s for attempt \d+$/);
      await page.getByLabel('Message', { exact: true }).fill('said to nobody');
      await page.keyboard.press('Enter');
      await page.getByText('Kept until there is a connection: 1 to be said.').waitFor();
    }
    await picture(pages[0] as Page, 'reconnecting');
    app = await createWebSocketServer(port, { inspection: new Inspector(), broker });
    await publish(3, 'after');
    for (const page of pages) {
      await expectText(page, '#received', /^9$/);
      await page.getByText('Connected again').waitFor();
      expect(await page.getByText('The connection is lost').count()).toBe(1);
    }
    for (const page of pages) {
      expect(await countsOf(page)).toEqual({ received: 9, duplicates: 0, gaps: 0, lost: 0 });
      const texts = (await conversationOf(page)).map(({ text }) => text);
      expect(texts.filter((text) => text === 'said to nobody')).toHaveLength(3);
    }
    await windows.close();
    await app.shutdown({ timeout: 0 });
    await broker.close();
  });

  it('goes on when the network is back, without being asked', { timeout: TIMEOUT }, async () => {
    await start({}, FAILED);
    const ada = await windows.joinAs('Ada');
    await switchTo(ada, 'Long polling');
    await publish(1, 'before');
    await lastMessage(ada, 'before 1');
    // Chromium lets the poll that is held have its answer; the next one has no network.
    await ada.context().setOffline(true);
    await publish(1, 'last');
    await expectText(ada, '#state', /^offline/);
    await publish(3, 'offline');
    await ada.context().setOffline(false);
    await lastMessage(ada, 'offline 3');
    expect(await countsOf(ada)).toEqual({ received: 5, duplicates: 0, gaps: 0, lost: 0 });
  });

  it('shows a gap over every transport when too little is kept', { timeout: TIMEOUT }, async () => {
    await start({ history: 3 });
    const ada = await windows.joinAs('Ada');
    for (const [index, transport] of TRANSPORTS.entries()) {
      await switchTo(ada, transport);
      await publish(1, `heard ${transport}`);
      await lastMessage(ada, `heard ${transport} 1`);
      await ada.getByRole('button', { name: 'Close' }).click();
      await expectText(ada, '#state', /^closed/);
      // More than an instance keeps itself, of a room that was left only now.
      await publish(200, transport);
      await ada.getByRole('button', { name: 'Reconnect' }).click();
      await lastMessage(ada, `${transport} 200`);
      const [before, after] = [index * 201 + 1, index * 201 + 198];
      await ada
        .getByText(
          `A gap: what followed after #${before} is not kept any more, as the server says. On after #${after}.`,
        )
        .waitFor();
      expect(await countsOf(ada)).toEqual({ received: (index + 1) * 4, duplicates: 0, gaps: index + 1, lost: 0 });
    }
    await picture(ada, 'gap');
  });

  it('says so when something is lost in silence; what comes twice is handed over once', {
    timeout: TIMEOUT,
  }, async () => {
    await start();
    const ada = await windows.joinAs('Ada');
    // Somebody on the way takes what says "withheld" out of answers, and doubles what says "doubled".
    await ada.route('**/api/poll*', async (route) => {
      const response = await route.fetch();
      const answer = (await response.json()) as { messages: { content: string }[] };
      const messages = answer.messages
        .filter(({ content }) => !content.startsWith('withheld'))
        .flatMap((message) => (message.content.startsWith('doubled') ? [message, message] : [message]));
      await route.fulfill({ response, json: { ...answer, messages } });
    });
    await switchTo(ada, 'Long polling');
    await publish(1, 'whole');
    await lastMessage(ada, 'whole 1');
    expect(await countsOf(ada)).toEqual({ received: 1, duplicates: 0, gaps: 0, lost: 0 });
    await publish(2, 'withheld');
    await publish(1, 'seen');
    await lastMessage(ada, 'seen 1');
    expect(await countsOf(ada)).toEqual({ received: 2, duplicates: 0, gaps: 0, lost: 2 });
    await ada.getByText('Lost: 2 before #4 never came, and nobody said so.').waitFor();
    await publish(1, 'doubled');
    await lastMessage(ada, 'doubled 1');
    await expectText(ada, '#continuity', /^The ids do not rise by one: 2 lost, and nobody said so\.$/);
    expect(await ada.locator('.message', { hasText: 'doubled' }).count()).toBe(1);
    await picture(ada, 'lost');
    await ada.unrouteAll({ behavior: 'ignoreErrors' });
  });
});
