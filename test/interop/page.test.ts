// The demo page in Chromium: two windows talk, the frames shown are the frames that passed, the keyboard is enough, and
// light and dark can be read. Screenshots of both are left in artefacts/.
import type { AddressInfo } from 'node:net';
import { type Browser, type Page, chromium as playwright } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type App, createWebSocketServer } from '../../src/app/index.ts';
import { Inspector } from '../../src/inspect/index.ts';
import { RecordingProxy } from './page/recording-proxy.ts';
import { expectContrast, expectState, expectText, picture, say, shownEntries, Windows } from './page/windows.ts';
import { CHROMIUM_ARGUMENTS, chromium, describeWith } from './programs.ts';

/** A browser takes its time where others work, too. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** More than 125 bytes, with what is around it. */
const MASKED = 'a payload long enough for its length to be extended: mask me';
const SENT = /^sent, Text.*mask me/;

describeWith(chromium, 'the demo page', (executablePath) => {
  let browser: Browser;
  let app: App;
  let proxy: RecordingProxy;
  let windows: Windows;
  /** Two windows for all tests: opening one takes longer than what is tested in it. */
  let ada: Page;
  let grace: Page;

  beforeAll(async () => {
    browser = await playwright.launch({ executablePath, args: CHROMIUM_ARGUMENTS });
    app = await createWebSocketServer(0, { inspection: new Inspector() });
    proxy = await RecordingProxy.to((app.address() as AddressInfo).port);
    windows = new Windows(browser, `http://127.0.0.1:${proxy.port}/`);
    [ada, grace] = await Promise.all([windows.joinAs('Ada'), windows.joinAs('Grace')]);
  });
  afterAll(async () => {
    await windows.close();
    await browser.close();
    await proxy.close();
    await app.shutdown({ timeout: 0 });
    expect(windows.complaints).toEqual([]);
  });

  it('shows the state, both round trips and bufferedAmount', async () => {
    await expectText(ada, '#state', /^open: connected over WebSocket$/);
    await expectText(ada, '#protocol', /^sluice\.v1$/);
    await expectText(ada, '#rtt-here', /^[\d.]+ ms \(JOIN_ROOM to JOINED\)$/);
    await expectText(ada, '#rtt-server', /^[\d.]+ ms \(Ping to Pong\)$/);
    await expectText(ada, '#buffered-server', /^0 bytes$/);
  });

  it('lets two windows talk', async () => {
    await say(ada, 'Can you hear me, “Grace” <b>?');
    await grace.locator('.message', { hasText: 'Can you hear me, “Grace” <b>?' }).waitFor();
    await say(grace, 'I can.');
    await ada.locator('.message:not(.own)', { hasText: 'GraceI can.' }).waitFor();
    await expectText(ada, '#rtt-here', /^[\d.]+ ms \(MESSAGE to ACK\)$/);
  });

  it('names every field of a frame and takes the mask off', async () => {
    await say(ada, MASKED);
    await ada.getByRole('option', { name: SENT }).click();
    const rows = ada.getByRole('grid', { name: 'Fields' }).locator('tbody tr');
    await ada.getByText('Taking the mask off').waitFor();
    expect(await rows.locator('th').allTextContents()).toEqual([
      'FIN',
      'RSV1',
      'RSV2',
      'RSV3',
      'Opcode',
      'MASK',
      'Payload length',
      'Extended payload length',
      'Masking key',
      'Payload data',
    ]);
    expect(await rows.last().locator('.value').textContent()).toContain(`"content":"${MASKED}"`);
    expect(await rows.nth(8).getByRole('link').getAttribute('href')).toBe(
      'https://www.rfc-editor.org/rfc/rfc6455#section-5.3',
    );
    const cells = (title: string) => ada.locator('.unmasking tr', { hasText: title }).locator('td').allTextContents();
    const [wire, key, payload] = await Promise.all([cells('on the wire'), cells('masking key'), cells('payload')]);
    for (let index = 0; index < 12; index++) {
      const unmasked = Number.parseInt(wire[index] ?? '', 16) ^ Number.parseInt(key[index] ?? '', 16);
      expect(unmasked).toBe(Number.parseInt(payload[index] ?? '', 16));
    }
    expect((await cells('as text')).join('')).toBe('{"type":"MES…');
  });

  it('shows the very bytes that passed on the wire, the opening handshake and the Close included', async () => {
    await say(grace, 'Grüße, 世界');
    await expectText(grace, '#rtt-here', /MESSAGE to ACK/);
    await grace.getByRole('button', { name: 'Close' }).click();
    await expectText(grace, '#state', /^closed, 1000: goodbye$/);
    await grace.getByRole('option', { name: 'received, Close' }).waitFor();

    const shown = await shownEntries(grace);
    const joined = (ours: boolean): Buffer =>
      Buffer.concat(shown.filter((entry) => entry.ours === ours).map(({ hex }) => Buffer.from(hex, 'hex')));
    // The page's name of itself tells its connection from the other window's.
    const [, itself = ''] = /page=(\w+)/.exec(joined(true).toString('latin1')) ?? [];
    const passed = proxy.find('GET /ws', itself);
    expect(joined(true).equals(passed.sent)).toBe(true);
    expect(joined(false).equals(passed.received)).toBe(true);
    expect(shown.map((entry) => entry.title)).toEqual(
      expect.arrayContaining(['101 Switching Protocols', 'Text', 'Ping', 'Pong', 'Close']),
    );
    expect(shown[0]?.title).toMatch(/^GET \/ws/);
  });

  it('brings what was missed when it connects again', async () => {
    const before = await grace.locator('.message').count();
    await say(ada, 'meanwhile');
    await grace.getByRole('button', { name: 'Reconnect' }).click();
    await grace.locator('.message', { hasText: 'meanwhile' }).waitFor();
    expect(await grace.locator('.message').count()).toBe(before + 1);
    await expectState(grace, 'open');
  });

  it('shows what the browser has not handed on yet, and its most', async () => {
    await say(grace, 'x'.repeat(10_000));
    await expectText(grace, '#buffered-here', /^0 bytes, at most 10,\d\d\d bytes$/);
  });

  it('can be read in light and in dark, at any width', async () => {
    await ada.setViewportSize({ width: 1280, height: 900 });
    await ada.getByRole('option', { name: SENT }).click();
    for (const colorScheme of ['light', 'dark'] as const) {
      await ada.emulateMedia({ colorScheme });
      await ada.locator('.fields-table tr', { hasText: 'Masking key' }).focus();
      await picture(ada, colorScheme);
      await expectContrast(ada);
    }
    await ada.getByRole('option').first().click();
    await ada.locator('#entry[data-index="0"]').waitFor();
    await picture(ada, 'dark-handshake');
    await expectContrast(ada);
    for (const width of [400, 390]) {
      await ada.setViewportSize({ width, height: 844 });
      // Nothing sticks out to the side: only tables and dumps scroll, each by itself.
      expect(await ada.evaluate('document.documentElement.scrollWidth')).toBe(width);
    }
    await picture(ada, 'dark-narrow');
  });

  it('can be used by the keyboard alone, also by who has to choose another name', async () => {
    const page = await windows.openPage();
    const { keyboard } = page;
    const focused = (): Promise<string> =>
      page.evaluate('document.activeElement.id || document.activeElement.className');
    await keyboard.press('Tab');
    expect(await focused()).toBe('name');
    await keyboard.type('   ');
    await keyboard.press('Enter');
    await page.getByText('The server closed the connection').waitFor();
    await page.getByLabel('Your name').focus();
    await keyboard.press('Control+a');
    await keyboard.type('Hedy');
    await keyboard.press('Enter');
    await page.getByText('You are in lobby as Hedy.').waitFor();
    expect(await focused()).toBe('message');
    await keyboard.type('typed');
    await keyboard.press('Enter');
    await page.locator('.message.own', { hasText: 'typed' }).waitFor();

    const stops: string[] = [];
    do {
      await keyboard.press('Tab');
      stops.push(await focused());
    } while (stops.at(-1) !== 'entries' && stops.length < 15);
    expect(stops).toEqual(['primary', 'cut', 'cut-long', 'silence', 'account', 'ping', 'close', 'follow', 'entries']);

    await keyboard.press('Home');
    await page.locator('#entry[data-index="0"]').waitFor();
    await keyboard.press('ArrowDown');
    await page.locator('#entry[data-index="1"]').waitFor();
    expect(await page.locator('#entries').getAttribute('aria-activedescendant')).toBe('entry-1');
    expect(await page.getByRole('option', { selected: true }).textContent()).toContain('101 Switching Protocols');
    expect(await page.getByLabel('Follow the newest').isChecked()).toBe(false);

    await keyboard.press('Tab');
    expect(await focused()).toBe('dump');
    await keyboard.press('Tab');
    await keyboard.press('ArrowDown');
    const row = page.locator('tbody tr:focus');
    expect(await row.locator('th').textContent()).toBe('Status code');
    expect(await page.locator('.dump .byte.active').allTextContents()).toEqual(['31', '30', '31']);
    await keyboard.press('End');
    expect(await row.locator('th').textContent()).toBe('Empty line');
    await keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.href')).toContain('rfc-editor.org/rfc/rfc9112');
    // The focus can be seen wherever it is.
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
  });
});
