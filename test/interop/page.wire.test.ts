// What the demo page shows of event streams and polls is what passed on the wire, each name explained; a token is neither in a
// URL nor in what is shown. And it can be used by keyboard and read in light and dark, as over a WebSocket.
import type { AddressInfo } from 'node:net';
import { type Browser, type Page, chromium as playwright } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { type App, type AppOptions, createWebSocketServer } from '../../src/app/index.ts';
import { Inspector } from '../../src/inspect/index.ts';
import { RecordingProxy } from './page/recording-proxy.ts';
import {
  choose,
  conversationOf,
  expectContrast,
  expectState,
  expectText,
  picture,
  say,
  shownEntries,
  switchTo,
  Windows,
} from './page/windows.ts';
import { CHROMIUM_ARGUMENTS, chromium, describeWith } from './programs.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

describeWith(chromium, 'the demo page over HTTP', (executablePath) => {
  let browser: Browser;
  let app: App;
  let proxy: RecordingProxy;
  let windows: Windows;

  beforeAll(async () => {
    browser = await playwright.launch({ executablePath, args: CHROMIUM_ARGUMENTS });
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

  /** Everything that the server wrote behind the head of an answer with this type: its body, which ends with its connection. */
  function receivedBehind(type: string): string {
    const all = proxy.connections.map(({ received }) => Buffer.concat(received).toString('utf8'));
    const one = all.find((text) => text.includes(`Content-Type: ${type}`)) ?? '';
    return one.slice(one.indexOf('\r\n\r\n', one.indexOf(`Content-Type: ${type}`)) + 4);
  }

  async function expectStreamAsItPassed(ada: Page): Promise<void> {
    await expectText(ada, '#rtt-here', /^[\d.]+ ms \(POST to 200\)$/);
    await expectText(ada, '#protocol', /^text\/event-stream$/);
    const shown = await shownEntries(ada);
    const id = (await conversationOf(ada))[0]?.id ?? '';
    expect(shown[0]?.title).toBe('GET /api/stream');
    expect(shown[0]?.text).toContain(`&since=${id}`);
    const blocks = shown.filter(({ title }) => ['retry', 'id', 'comment', 'MESSAGE'].includes(title));
    expect(blocks.map(({ title }) => title)).toEqual(['retry', 'id', 'MESSAGE']);
    expect(blocks.map(({ text }) => text).join('')).toBe(receivedBehind('text/event-stream'));
  }

  async function expectPollsAsTheyPassed(ada: Page): Promise<void> {
    await expectText(ada, '#protocol', /^application\/json$/);
    const id = (await conversationOf(ada))[1]?.id ?? '';
    const shown = await shownEntries(ada);
    const polls = shown.filter(({ title }) => title === 'GET /api/poll');
    expect(polls[0]?.text).not.toContain('since=');
    expect(polls[1]?.text).toContain(`&since=${id}&`);
    const received = proxy.connections.map((each) => Buffer.concat(each.received).toString('utf8')).join('');
    const answers = shown.filter(({ title }) => title === '200 OK').map(({ text }) => text);
    expect(answers.length).toBeGreaterThanOrEqual(3);
    for (const text of answers) expect(received).toContain(text.slice(text.indexOf('\n\n') + 2));
  }

  /** In light and in dark. */
  async function expectItCanBeRead(ada: Page, name: string): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      await ada.emulateMedia({ colorScheme });
      await expectContrast(ada);
      if (colorScheme === 'light') await picture(ada, name);
    }
  }

  it('shows event streams and polls as they passed on the wire, names what is in them, and nothing jumps', async () => {
    await start();
    const ada = await windows.joinAs('Ada', { viewport: { width: 1280, height: 900 } });
    const places = (): Promise<unknown> =>
      ada.evaluate(`['log', 'message', 'cut', 'account', 'reconnect', 'entries'].map((id) => {
        const { left, top } = document.getElementById(id).getBoundingClientRect();
        return [id, Math.round(left), Math.floor(top + scrollY)]; })`);
    await say(ada, 'over WebSocket');
    const before = await places();

    await choose(ada, 'SSE');
    expect(await places()).toEqual(before);
    await expectState(ada, 'open');
    await say(ada, 'over SSE');
    await expectStreamAsItPassed(ada);
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
    await expectItCanBeRead(ada, 'sse');
    expect(await places()).toEqual(before);

    await switchTo(ada, 'Long polling');
    await say(ada, 'by "poll" {[,:');
    await ada.getByRole('option', { name: /^received, 200 OK.*"content":"by/ }).waitFor();
    await expectPollsAsTheyPassed(ada);
    await ada.getByRole('option', { name: /^received, 200 OK.*"content":"by/ }).click();
    await expectText(ada, '.fields-table .value', /^Ada: by "poll" \{\[,: \(#3\)$/);
    await expectItCanBeRead(ada, 'long-polling');
    expect(await places()).toEqual(before);
    await ada.setViewportSize({ width: 390, height: 844 });
    expect(await ada.evaluate('document.documentElement.scrollWidth')).toBe(390);

    // By the keyboard.
    await ada.getByRole('group', { name: 'Carried by' }).getByRole('radio', { name: 'Long polling' }).focus();
    for (const via of ['sluice.v1', 'text/event-stream', 'application/json']) {
      await ada.keyboard.press('ArrowRight');
      await expectText(ada, '#protocol', new RegExp(`^${via}$`));
      await expectState(ada, 'open');
    }
    // The focus can be seen.
    expect(await ada.evaluate('getComputedStyle(document.activeElement.nextElementSibling).outlineStyle')).toBe(
      'solid',
    );
  });

  it('sends a token in Authorization, and shows it nowhere', async () => {
    const token = 'c2VjcmV0.dG9rZW4';
    await start({
      authenticate: (data) => (data.toString().includes(token) ? { userId: 'ada' } : undefined),
    });
    const page = await windows.joinAs(token);
    await switchTo(page, 'SSE');
    await say(page, 'I am ada');
    const shown = await shownEntries(page);
    await switchTo(page, 'Long polling');
    await say(page, 'still');
    shown.push(...(await shownEntries(page)));
    expect(shown.map(({ text }) => text).join('')).not.toContain(token);
    expect(shown.filter(({ text }) => text.includes('(your token: not shown)')).length).toBeGreaterThan(3);
    // The names of fields have no case.
    const sent = proxy.connections.map((each) => Buffer.concat(each.sent).toString('latin1')).join('\n');
    const fields = sent.match(/^authorization: .*$/gim) ?? [];
    expect(new Set(fields.map((field) => field.slice('authorization: '.length).trim()))).toEqual(
      new Set([`Bearer ${token}`]),
    );
    expect(sent.match(/^(?:GET|POST) .*$/gm)?.filter((line) => line.includes(token))).toEqual([]);
  });
});
