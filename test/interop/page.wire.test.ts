// What the demo page shows of event streams and polls is what passed on the wire, each name explained; a token is neither in a
// URL nor in what is shown. And it can be used by keyboard and read in light and dark, as over a WebSocket.
import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Browser, type Page, chromium as playwright } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type App, type AppOptions, createWebSocketServer } from '../../src/app/index.ts';
import { Inspector } from '../../src/inspect/index.ts';
import { RecordingProxy } from './page/recording-proxy.ts';
import {
  ARTEFACTS,
  choose,
  conversationOf,
  expectContrast,
  expectText,
  say,
  switchTo,
  Windows,
} from './page/windows.ts';
import { CHROMIUM_ARGUMENTS, chromium, describeWith } from './programs.ts';

const TIMEOUT = 90_000;

describeWith(chromium, 'the demo page over HTTP', (executablePath) => {
  let browser: Browser;
  let app: App;
  let proxy: RecordingProxy;
  let windows: Windows;

  beforeAll(async () => {
    browser = await playwright.launch({ executablePath, args: CHROMIUM_ARGUMENTS });
    mkdirSync(ARTEFACTS, { recursive: true });
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    await windows.close();
    await proxy.close();
    await app.shutdown({ timeout: 0 });
    expect(windows.complaints).toEqual([]);
  });

  async function start(options: AppOptions = {}): Promise<void> {
    app = await createWebSocketServer(0, { inspection: new Inspector(), ...options });
    proxy = await RecordingProxy.to((app.address() as AddressInfo).port);
    windows = new Windows(browser, `http://127.0.0.1:${proxy.port}/`);
  }

  /** Every entry of the list: its title, and its text with the ends of lines as they were. */
  async function shownTexts(page: Page): Promise<{ title: string; text: string }[]> {
    const shown = [];
    const options = page.getByRole('option');
    for (let index = 0; index < (await options.count()); index++) {
      await options.nth(index).click();
      await page.locator(`#entry[data-index="${index}"]`).waitFor();
      const text = (await page.locator('.raw').textContent()) ?? '';
      const title = (await options.nth(index).locator('.title').textContent()) ?? '';
      shown.push({ title, text: text.replaceAll('↵', '') });
    }
    return shown;
  }

  /** Everything that the server wrote behind the head of an answer with this type: its body, which ends with its connection. */
  function receivedBehind(type: string): string {
    const all = proxy.connections.map(({ received }) => Buffer.concat(received).toString('utf8'));
    const one = all.find((text) => text.includes(`Content-Type: ${type}`)) ?? '';
    return one.slice(one.indexOf('\r\n\r\n', one.indexOf(`Content-Type: ${type}`)) + 4);
  }

  it('shows the event stream as it passed on the wire, and names what is in it', { timeout: TIMEOUT }, async () => {
    await start();
    const ada = await windows.joinAs('Ada');
    await say(ada, 'over WebSocket');
    await switchTo(ada, 'SSE');
    await say(ada, 'over SSE');
    await expectText(ada, '#rtt-here', /^[\d.]+ ms \(POST to 200\)$/);
    await expectText(ada, '#protocol', /^text\/event-stream$/);
    const shown = await shownTexts(ada);
    const id = (await conversationOf(ada))[0]?.id ?? '';
    expect(shown[0]?.title).toBe('GET /api/stream');
    expect(shown[0]?.text).toContain(`Last-Event-ID: ${id}\n`);
    const blocks = shown.filter(({ title }) => ['retry', 'id', 'comment', 'MESSAGE'].includes(title));
    expect(blocks.map(({ title }) => title)).toEqual(['retry', 'id', 'MESSAGE']);
    expect(blocks.map(({ text }) => text).join('')).toBe(receivedBehind('text/event-stream'));

    await ada.getByRole('option', { name: /^received, MESSAGE/ }).click();
    const rows = ada.getByRole('grid', { name: 'Fields' }).locator('tbody tr');
    await expectText(ada, '.fields-table th', /^data$/);
    expect((await rows.locator('th').allTextContents()).sort()).toEqual(
      ['"content"', '"from"', '"id"', '"roomId"', '"type"', 'data', 'event', 'id'].sort(),
    );
    expect(await rows.filter({ hasText: 'comes back with it' }).getByRole('link').getAttribute('href')).toBe(
      'https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation',
    );
    // What is pointed at is marked in the text.
    await rows.filter({ hasText: 'what was said' }).hover();
    expect(await ada.locator('.raw .active').allTextContents()).toEqual(['"over SSE"']);
  });

  it('shows polls and their answers as they passed on the wire', { timeout: TIMEOUT }, async () => {
    await start();
    const ada = await windows.joinAs('Ada');
    await say(ada, 'over WebSocket');
    await switchTo(ada, 'Long polling');
    await say(ada, 'by "poll" {[,:');
    await ada.getByRole('option', { name: /^received, 200 OK.*"content":"by/ }).waitFor();
    await expectText(ada, '#protocol', /^application\/json$/);
    const id = (await conversationOf(ada))[0]?.id ?? '';
    const shown = await shownTexts(ada);
    const polls = shown.filter(({ title }) => title === 'GET /api/poll');
    expect(polls[0]?.text).not.toContain('since=');
    expect(polls[1]?.text).toContain(`&since=${id}&`);
    const received = proxy.connections.map((each) => Buffer.concat(each.received).toString('utf8')).join('');
    const answers = shown.filter(({ title }) => title === '200 OK').map(({ text }) => text);
    expect(answers.length).toBeGreaterThanOrEqual(3);
    for (const text of answers) expect(received).toContain(text.slice(text.indexOf('\n\n') + 2));
    await ada.getByRole('option', { name: /^received, 200 OK.*"content":"by/ }).click();
    await expectText(ada, '.fields-table .value', /^Ada: by "poll" \{\[,: \(#2\)$/);
  });

  it('sends a token in Authorization, and shows it nowhere', { timeout: TIMEOUT }, async () => {
    const token = 'c2VjcmV0.dG9rZW4';
    await start({
      authenticate: (data) => (data.toString().includes(token) ? { userId: 'ada' } : undefined),
    });
    const page = await windows.joinAs(token);
    await switchTo(page, 'SSE');
    await say(page, 'I am ada');
    await switchTo(page, 'Long polling');
    await say(page, 'still');
    expect((await shownTexts(page)).map(({ text }) => text).join('')).not.toContain(token);
    // The names of fields have no case.
    const sent = proxy.connections.map((each) => Buffer.concat(each.sent).toString('latin1')).join('\n');
    const fields = sent.match(/^authorization: .*$/gim) ?? [];
    expect(new Set(fields.map((field) => field.slice('authorization: '.length).trim()))).toEqual(
      new Set([`Bearer ${token}`]),
    );
    expect(sent.match(/^(?:GET|POST) .*$/gm)?.filter((line) => line.includes(token))).toEqual([]);
  });

  it('is switched by the keyboard', { timeout: TIMEOUT }, async () => {
    await start();
    const ada = await windows.joinAs('Ada');
    await ada.getByRole('group', { name: 'Carried by' }).getByRole('radio', { name: 'WebSocket' }).focus();
    for (const via of ['text/event-stream', 'application/json', 'sluice.v1']) {
      await ada.keyboard.press('ArrowRight');
      await expectText(ada, '#protocol', new RegExp(`^${via}$`));
      await expectText(ada, '#state', /^open$/);
    }
    // The focus can be seen.
    expect(await ada.evaluate('getComputedStyle(document.activeElement.nextElementSibling).outlineStyle')).toBe(
      'solid',
    );
    await ada.keyboard.press('Tab');
    expect(await ada.evaluate('document.activeElement.id')).toBe('away');
  });

  it.each(['light', 'dark'] as const)(
    'can be read in %s, and nothing jumps',
    { timeout: TIMEOUT },
    async (colorScheme) => {
      await start();
      const ada = await windows.joinAs('Ada', { colorScheme, viewport: { width: 1280, height: 900 } });
      await say(ada, 'Hello over WebSocket.');
      const places = (): Promise<unknown> =>
        ada.evaluate(`['log', 'message', 'away', 'reconnect', 'entries'].map((id) => {
        const { left, top } = document.getElementById(id).getBoundingClientRect();
        return [id, Math.round(left), Math.floor(top + scrollY)]; })`);
      const before = await places();
      for (const [transport, name] of [
        ['SSE', 'sse'],
        ['Long polling', 'long-polling'],
      ] as const) {
        await choose(ada, transport);
        expect(await places()).toEqual(before);
        await expectText(ada, '#state', /^open$/);
        await say(ada, `Hello over ${transport}.`);
        await ada
          .getByRole('option', { name: /^received.*Hello over/ })
          .last()
          .click();
        await expectText(ada, '.fields-table th', /^(?:data|"cursor")$/);
        await ada.screenshot({ path: join(ARTEFACTS, `page-${colorScheme}-${name}.png`), fullPage: true });
        await expectContrast(ada);
        expect(await places()).toEqual(before);
      }
      await ada.getByRole('button', { name: 'Be away' }).click();
      expect(await places()).toEqual(before);
      await expectContrast(ada);
      await ada.getByRole('button', { name: 'Come back' }).click();
      await expectText(ada, '#state', /^open$/);
      await ada.setViewportSize({ width: 390, height: 844 });
      await ada.screenshot({ path: join(ARTEFACTS, `page-${colorScheme}-narrow-long-polling.png`), fullPage: true });
      expect(await ada.evaluate('document.documentElement.scrollWidth')).toBe(390);
    },
  );
});
