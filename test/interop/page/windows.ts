// Windows of the demo page: opens them, and does in them what a reader does. Whatever the browser complains of is kept.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';

/** Where the screenshots are left. */
export const ARTEFACTS = fileURLToPath(new URL('../../../artefacts/', import.meta.url));

const CONTRAST = readFileSync(new URL('./contrast.js', import.meta.url), 'utf8');
/** WCAG 2.2, 1.4.3 (AA). */
const LEAST_CONTRAST = 4.5;

/** What the control calls the transports. */
export type TransportName = 'WebSocket' | 'SSE' | 'Long polling';

/** One line of a conversation, as a window shows it. */
export interface Shown {
  readonly id: string;
  readonly via: string;
  readonly text: string;
}

/** Windows of one browser. */
export class Windows {
  /** Empty at the end of every test: nothing the page does is against its own policy, and no script fails. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;
  readonly #url: string;
  readonly #expected: RegExp | undefined;

  /** @param expected what the browser is to write about: a server that is not there, for instance. */
  constructor(browser: Browser, url: string, expected?: RegExp) {
    this.#browser = browser;
    this.#url = url;
    this.#expected = expected;
  }

  async openPage(options: object = {}): Promise<Page> {
    const context = await this.#browser.newContext(options);
    const page = await context.newPage();
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      if (this.#expected?.test(message.text()) !== true) this.complaints.push(message.text());
    });
    await page.goto(this.#url);
    return page;
  }

  async joinAs(name: string, options: object = {}): Promise<Page> {
    const page = await this.openPage(options);
    await page.getByLabel('Your name').fill(name);
    await page.getByRole('button', { name: 'Join' }).click();
    await page.getByText('You are in lobby as ').waitFor();
    return page;
  }

  async close(): Promise<void> {
    for (const context of this.#browser.contexts()) await context.close();
  }
}

/** Says something, and waits until it has come back. */
export async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message', { exact: true }).fill(text);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.locator('.message.own', { hasText: text }).waitFor();
}

/** Changes what carries the conversation. */
export async function choose(page: Page, transport: TransportName): Promise<void> {
  await page.getByRole('radio', { name: transport }).check();
}

/** Waits until the transport carries it. */
export async function switchTo(page: Page, transport: TransportName): Promise<void> {
  await choose(page, transport);
  await expectText(page, '#state', /^open$/);
}

export async function expectText(page: Page, selector: string, pattern: RegExp): Promise<void> {
  await page.locator(selector, { hasText: pattern }).first().waitFor();
}

/** The conversation, in its order. */
export function conversationOf(page: Page): Promise<Shown[]> {
  return page.evaluate(`[...document.querySelectorAll('.message')].map((item) => ({
    id: item.dataset.id, via: item.dataset.via, text: item.querySelector('bdi').textContent }))`);
}

/** What the page counts. */
export function countsOf(page: Page): Promise<Record<string, number>> {
  return page.evaluate(`Object.fromEntries(['received', 'duplicates', 'gaps', 'lost'].map((id) =>
    [id, Number(document.getElementById(id).textContent)]))`);
}

/** Text on it can be read. */
export async function expectContrast(page: Page): Promise<void> {
  const worst = (await page.evaluate(CONTRAST)) as { ratio: number; text: string };
  expect(worst.ratio, worst.text).toBeGreaterThanOrEqual(LEAST_CONTRAST);
}
