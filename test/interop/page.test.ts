// The demo page in Chromium: two windows talk, the frames shown are the frames that passed, the keyboard is enough, and
// light and dark can be read. Screenshots of both are left in artefacts/.
import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Browser, type Page, chromium as playwright } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { type App, createWebSocketServer } from '../../src/app/index.ts';
import { Inspector } from '../../src/inspect/index.ts';
import { RecordingProxy } from './page/recording-proxy.ts';
import { ARTEFACTS, expectContrast, expectText, say, Windows } from './page/windows.ts';
import { CHROMIUM_ARGUMENTS, chromium, describeWith } from './programs.ts';

/** A browser takes its time where others work, too. */
vi.setConfig({ testTimeout: 60_000 });

describeWith(chromium, 'the demo page', (executablePath) => {
  let browser: Browser;
  let app: App;
  let proxy: RecordingProxy;
  let windows: Windows;

  beforeAll(async () => {
    browser = await playwright.launch({ executablePath, args: CHROMIUM_ARGUMENTS });
  });
  afterAll(() => browser.close());

  beforeEach(async () => {
    app = await createWebSocketServer(0, { inspection: new Inspector() });
    proxy = await RecordingProxy.to((app.address() as AddressInfo).port);
    windows = new Windows(browser, `http://127.0.0.1:${proxy.port}/`);
  });
  afterEach(async () => {
    await windows.close();
    await proxy.close();
    await app.shutdown({ timeout: 0 });
    expect(windows.complaints).toEqual([]);
  });

  /** The bytes of every entry in the list, read from the dump on the page. */
  async function shownBytes(page: Page): Promise<{ ours: boolean; title: string; bytes: Buffer }[]> {
    const shown = [];
    const options = page.getByRole('option');
    for (let index = 0; index < (await options.count()); index++) {
      const option = options.nth(index);
      await option.click();
      await page.locator(`#entry[data-index="${index}"]`).waitFor();
      const hex = (await page.locator('.dump .byte').allTextContents()).join('');
      const ours = (await option.getAttribute('class'))?.includes('ours') === true;
      shown.push({ ours, title: (await option.locator('.title').textContent()) ?? '', bytes: Buffer.from(hex, 'hex') });
    }
    return shown;
  }

  it('lets two windows talk', async () => {
    const ada = await windows.joinAs('Ada');
    const grace = await windows.joinAs('Grace');
    await say(ada, 'Can you hear me, “Grace” <b>?');
    await grace.locator('.message', { hasText: 'Can you hear me, “Grace” <b>?' }).waitFor();
    await say(grace, 'I can.');
    await ada.locator('.message:not(.own)', { hasText: 'GraceI can.' }).waitFor();
  });

  it('shows the state, both round trips and bufferedAmount', async () => {
    const ada = await windows.joinAs('Ada');
    await expectText(ada, '#state', /^open$/);
    await expectText(ada, '#protocol', /^sluice\.v1$/);
    await expectText(ada, '#rtt-here', /^[\d.]+ ms \(JOIN_ROOM to JOINED\)$/);
    await expectText(ada, '#rtt-server', /^[\d.]+ ms \(Ping to Pong\)$/);
    await expectText(ada, '#buffered-server', /^0 bytes$/);
    await say(ada, 'x'.repeat(10_000));
    // The browser counts what it was given until it has handed it on.
    await expectText(ada, '#buffered-here', /^0 bytes, at most 10,0\d\d bytes$/);
    await expectText(ada, '#rtt-here', /^[\d.]+ ms \(MESSAGE to ACK\)$/);

    await ada.getByRole('button', { name: 'Close' }).click();
    await expectText(ada, '#state', /^closed, 1000: goodbye$/);
  });

  it('shows the very bytes that passed on the wire, the opening handshake and the Close included', async () => {
    const ada = await windows.joinAs('Ada');
    await say(ada, 'Grüße, 世界');
    await ada.getByRole('option', { name: 'received, Text' }).last().waitFor();
    await expectText(ada, '#rtt-here', /MESSAGE to ACK/);
    await ada.getByRole('button', { name: 'Close' }).click();
    await ada.getByRole('option', { name: 'received, Close' }).waitFor();

    const shown = await shownBytes(ada);
    const joined = (ours: boolean): string =>
      Buffer.concat(shown.filter((entry) => entry.ours === ours).map((entry) => entry.bytes)).toString('hex');
    const passed = proxy.find('GET /ws ');
    expect(joined(true)).toBe(passed.sent.toString('hex'));
    expect(joined(false)).toBe(passed.received.toString('hex'));
    expect(shown.map((entry) => entry.title)).toEqual(
      expect.arrayContaining(['GET /ws', '101 Switching Protocols', 'Text', 'Ping', 'Pong', 'Close']),
    );
  });

  it('names every field of a frame and takes the mask off', async () => {
    const ada = await windows.joinAs('Ada');
    await say(ada, 'mask me');
    await ada.getByRole('option', { name: /^sent, Text.*mask me/ }).click();
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
      'Masking key',
      'Payload data',
    ]);
    expect(await rows.last().locator('.value').textContent()).toContain('"content":"mask me"');
    expect(await rows.nth(7).getByRole('link').getAttribute('href')).toBe(
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

  it('can be used by the keyboard alone', async () => {
    const ada = await windows.openPage();
    const { keyboard } = ada;
    const focused = (): Promise<string> =>
      ada.evaluate('document.activeElement.id || document.activeElement.className');
    await keyboard.press('Tab');
    expect(await focused()).toBe('name');
    await keyboard.type('Ada');
    await keyboard.press('Enter');
    await ada.getByText('You are in lobby as Ada.').waitFor();
    expect(await focused()).toBe('message');
    await keyboard.type('typed');
    await keyboard.press('Enter');
    await ada.locator('.message.own', { hasText: 'typed' }).waitFor();

    const stops: string[] = [];
    do {
      await keyboard.press('Tab');
      stops.push(await focused());
    } while (stops.at(-1) !== 'entries' && stops.length < 10);
    expect(stops).toEqual(['primary', 'ping', 'close', 'follow', 'entries']);

    await keyboard.press('Home');
    await ada.locator('#entry[data-index="0"]').waitFor();
    await keyboard.press('ArrowDown');
    await ada.locator('#entry[data-index="1"]').waitFor();
    expect(await ada.locator('#entries').getAttribute('aria-activedescendant')).toBe('entry-1');
    expect(await ada.getByRole('option', { selected: true }).textContent()).toContain('101 Switching Protocols');
    expect(await ada.getByLabel('Follow the newest').isChecked()).toBe(false);

    await keyboard.press('Tab');
    expect(await focused()).toBe('dump');
    await keyboard.press('Tab');
    await keyboard.press('ArrowDown');
    const row = ada.locator('tbody tr:focus');
    expect(await row.locator('th').textContent()).toBe('Status code');
    expect(await ada.locator('.dump .byte.active').allTextContents()).toEqual(['31', '30', '31']);
    await keyboard.press('End');
    expect(await row.locator('th').textContent()).toBe('Empty line');
    await keyboard.press('Tab');
    expect(await ada.evaluate('document.activeElement.href')).toContain('rfc-editor.org/rfc/rfc9112');
    // The focus can be seen wherever it is.
    expect(await ada.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
  });

  it('lets somebody whose name is refused choose another', async () => {
    const page = await windows.openPage();
    await page.getByLabel('Your name').fill('   ');
    await page.getByRole('button', { name: 'Join' }).click();
    await page.getByText('The server closed the connection').waitFor();
    await page.getByLabel('Your name').fill('Ada');
    await page.getByRole('button', { name: 'Join' }).click();
    await page.getByText('You are in lobby as Ada.').waitFor();
    await expectText(page, '#state', /^open$/);
  });

  it('brings what was missed when it connects again', async () => {
    const ada = await windows.joinAs('Ada');
    const grace = await windows.joinAs('Grace');
    await say(ada, 'before');
    await grace.locator('.message', { hasText: 'before' }).waitFor();
    await grace.getByRole('button', { name: 'Close' }).click();
    await grace.getByText('The connection is closed.').waitFor();
    await say(ada, 'meanwhile');
    await grace.getByRole('button', { name: 'Reconnect' }).click();
    await grace.locator('.message', { hasText: 'meanwhile' }).waitFor();
    expect(await grace.locator('.message').count()).toBe(2);
    await expectText(grace, '#state', /^open$/);
  });

  it.each(['light', 'dark'] as const)('can be read in %s', async (colorScheme) => {
    mkdirSync(ARTEFACTS, { recursive: true });
    const options = { colorScheme, viewport: { width: 1280, height: 900 } };
    const ada = await windows.joinAs('Ada', options);
    const grace = await windows.joinAs('Grace', options);
    await say(ada, 'Hello, Grace. Do you see the mask?');
    await say(grace, 'I do: four bytes, new for each frame.');
    await ada.locator('.message:not(.own)').waitFor();
    await ada.getByRole('option', { name: /^sent, Text.*Do you see/ }).click();
    await ada.locator('.fields-table tr', { hasText: 'Masking key' }).focus();
    await ada.screenshot({ path: join(ARTEFACTS, `page-${colorScheme}.png`), fullPage: true });
    await expectContrast(ada);

    await ada.getByRole('option').first().click();
    await ada.locator('#entry[data-index="0"]').waitFor();
    await ada.screenshot({ path: join(ARTEFACTS, `page-${colorScheme}-handshake.png`), fullPage: true });
    await expectContrast(ada);

    await ada.setViewportSize({ width: 390, height: 844 });
    await ada.screenshot({ path: join(ARTEFACTS, `page-${colorScheme}-narrow.png`), fullPage: true });
    // Nothing sticks out to the side: only tables and dumps scroll, each by itself.
    expect(await ada.evaluate('document.documentElement.scrollWidth')).toBe(390);
  });
});
