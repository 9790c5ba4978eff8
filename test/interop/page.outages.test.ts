// The demo page goes through all three transports in mid-conversation, and a button breaks the connection of each, or has the
// server fall silent, while another window keeps talking: everything comes once and in order, and the page says what happens.
import { type Browser, type Page, chromium as playwright } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type App, createWebSocketServer } from '../../src/app/index.ts';
import { Inspector } from '../../src/inspect/index.ts';
import {
  accountOf,
  conversationOf,
  countsOf,
  expectState,
  expectText,
  keepStates,
  picture,
  QUICK,
  say,
  switchTo,
  type TransportName,
  takeStates,
  Windows,
} from './page/windows.ts';
import { CHROMIUM_ARGUMENTS, chromium, describeWith } from './programs.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const TRANSPORTS: readonly TransportName[] = ['WebSocket', 'SSE', 'Long polling'];
/** What Chromium writes about a connection that breaks, and about one that is given up before it is open. */
const BROKEN = /^Failed to load resource|^WebSocket connection to /;
const CAUGHT_UP = /^caught up: (?:nothing was said meanwhile|\d+ missed meanwhile, none lost, none twice)$/;

describeWith(chromium, 'the demo page, its transports and its outages', (executablePath) => {
  let browser: Browser;
  let app: App;
  let windows: Windows;
  let ada: Page;
  let grace: Page;
  let isOver = false;
  let said = 0;
  let talking: Promise<void>;

  beforeAll(async () => {
    browser = await playwright.launch({ executablePath, args: CHROMIUM_ARGUMENTS });
    app = await createWebSocketServer(0, {
      inspection: new Inspector(),
      outages: true,
      rate: { perSecond: 1_000, burst: 1_000 },
    });
    windows = new Windows(browser, app.url, BROKEN);
    [ada, grace] = await Promise.all([
      windows.joinAs('Ada', { viewport: { width: 1280, height: 1000 } }, QUICK),
      windows.joinAs('Grace'),
    ]);
    await keepStates(ada);
    // Of her frames nobody sees a drawing here.
    await grace.getByLabel('Follow the newest').uncheck();
    // Without an end: nobody waits for her, and she waits for nobody.
    talking = (async () => {
      while (!isOver) await say(grace, `Grace ${++said}.`);
    })();
  });

  afterAll(async () => {
    await windows.close();
    await browser.close();
    await app.shutdown({ timeout: 0 });
    expect(windows.complaints).toEqual([]);
  });

  const hears = async (count: number): Promise<void> => {
    const have = await ada.locator('.message:not(.own)').count();
    await ada
      .locator('.message:not(.own)')
      .nth(have + count - 1)
      .waitFor();
  };

  /** Presses a button. Returns what the page has said and told from then on, until it had caught up. */
  async function press(button: string): Promise<{ states: string[]; account: string[] }> {
    await expectState(ada, 'open');
    await takeStates(ada);
    const { length } = await accountOf(ada);
    await ada.getByRole('button', { name: button }).click();
    // Behind the line about what has been pressed.
    await ada.locator(`#account li.yours:nth-child(n + ${length + 1}) ~ li`, { hasText: 'Caught up' }).waitFor();
    const account = (await accountOf(ada)).slice(length);
    return { states: await takeStates(ada), account: account.slice(account.findIndex((line) => /^You /.test(line))) };
  }

  it('goes on over each of them from where the one before has ended', async () => {
    await hears(2);
    for (const transport of ['SSE', 'Long polling', 'WebSocket'] as const) {
      await switchTo(ada, transport);
      await hears(2);
      await say(ada, `Ada over ${transport}.`);
    }
    expect((await ada.locator('.mark').allTextContents())[0]).toMatch(/^WebSocket → SSE, after #\d+\. On with #\d+\.$/);
  });

  it.each(TRANSPORTS)('comes back when its connection over %s is broken, and catches up', async (transport) => {
    await switchTo(ada, transport);
    const { states, account } = await press('Break the connection');
    expect(states.at(-1)).toMatch(CAUGHT_UP);
    expect(states.join('\n')).toMatch(
      /(?:^|\n)waiting [\d.]+ s for attempt \d+\nconnecting over .*\ncatching up from #\d+\ncaught up: /,
    );
    expect(account.join('\n')).toMatch(
      /^You have the server cut .*\nLost: it broke off.*\nWaits [\d.]+ s for attempt \d.*\nConnected over .* Asks for what came after #\d+\.\nCaught up at #\d+: /,
    );
    await picture(ada, `broken-${transport.toLowerCase().replace(' ', '-')}`);
  });

  it.each(['SSE', 'WebSocket'] as const)(
    'notices by itself that the server has fallen silent over %s',
    async (transport) => {
      await switchTo(ada, transport);
      const { states, account } = await press('Go silent');
      expect(states.join('\n')).toMatch(/silent: asking for a sign of life\nwaiting [\d.]+ s for attempt/);
      expect(account.join('\n')).toMatch(
        /^You have the server fall silent.*\n(?:.*\n)*Lost: the server was asked for a sign of life, and gave none\.\n/,
      );
      await hears(1);
    },
  );

  it('tries again as long as it is not let in, and says once what was said meanwhile', async () => {
    // Ten seconds are for people.
    await ada.route('**/outage*', (route) =>
      route.continue({ url: route.request().url().replace('for=10000', 'for=2500') }),
    );
    const pressed = press('Break it for 10 s');
    await ada.locator('#state', { hasText: /^waiting/ }).waitFor();
    await ada.getByLabel('Message', { exact: true }).fill('said while away');
    await ada.keyboard.press('Enter');
    await ada.getByText('Kept until there is a connection: 1 to be said.').waitFor();
    const { account } = await pressed;
    expect(account.filter((line) => /^Attempt \d+ failed: /.test(line)).length).toBeGreaterThan(0);
    await grace.locator('.message', { hasText: 'said while away' }).waitFor();
    await expectState(ada, 'open');
    await picture(ada, 'broken-for-long');
  });

  it('has shown everything once and in order, as the other window has', async () => {
    isOver = true;
    await talking;
    const total = said + 4;
    for (const page of [ada, grace]) await expectText(page, '#received', new RegExp(`^${total}$`));
    const [atAda, atGrace] = await Promise.all([conversationOf(ada), conversationOf(grace)]);
    // The log keeps the last 500 lines, of which some tell of the connection.
    const place = ({ id, text }: { id: string; text: string }): string => `${id} ${text}`;
    const common = Math.min(atAda.length, atGrace.length);
    expect(atAda.slice(-common).map(place)).toEqual(atGrace.slice(-common).map(place));
    const offsets = atAda.map(({ id }) => Number(id.split('-')[1]));
    expect(offsets).toEqual(Array.from({ length: atAda.length }, (_, at) => total - atAda.length + at + 1));
    for (const page of [ada, grace]) {
      expect(await countsOf(page)).toEqual({ received: total, duplicates: 0, gaps: 0, lost: 0 });
      await expectText(page, '#continuity', new RegExp(`to #${total} each id is one more than the last`));
    }
    expect(new Set(atAda.map(({ via }) => via))).toEqual(new Set(['websocket', 'sse', 'poll']));
  });
});
