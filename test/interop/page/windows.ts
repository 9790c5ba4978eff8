// Windows of the demo page: opens them, and does in them what a reader does. Whatever the browser complains of is kept. Here
// src/ is served, whose client is TypeScript: esbuild makes of it what the build would. test/packaging/ loads what was built.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';
import { ROOT } from '../../house/source-files.ts';

/** Where the screenshots are left. */
const ARTEFACTS = fileURLToPath(new URL('../../../artefacts/', import.meta.url));

const CONTRAST = readFileSync(new URL('./contrast.js', import.meta.url), 'utf8');
const SHOWN = readFileSync(new URL('./shown.js', import.meta.url), 'utf8');
/** WCAG 2.2, 1.4.3 (AA). */
const LEAST_CONTRAST = 4.5;

/** What the control calls the transports. */
export type TransportName = 'WebSocket' | 'SSE' | 'Long polling';

/** The client's modules, in one. */
function client(): string {
  const options = ['--bundle', '--format=esm', '--log-level=error'];
  const entry = join(ROOT, 'src/resilient/index.ts');
  return execFileSync(join(ROOT, 'node_modules/.bin/esbuild'), [...options, entry], { encoding: 'utf8' });
}

/** Options of the page's client: nobody waits for seconds in a test. */
export const QUICK = { minDelay: 200, maxDelay: 400, connectTimeout: 4_000, pingInterval: 500, pingTimeout: 2_000 };

/** One line of a conversation, as a window shows it. */
export interface Shown {
  readonly id: string;
  readonly via: string;
  readonly text: string;
}

/** One entry of the list of what passed. */
export interface ShownEntry {
  readonly ours: boolean;
  readonly title: string;
  /** The bytes, of a WebSocket. */
  readonly hex: string;
  /** The text, of HTTP. */
  readonly text: string;
}

/** Windows of one browser. */
export class Windows {
  /** Empty at the end of every test: nothing the page does is against its own policy, and no script fails. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;
  readonly #url: string;
  readonly #expected: RegExp | undefined;
  readonly #client = client();

  /** @param expected what the browser is to write about: a server that is not there, for instance. */
  constructor(browser: Browser, url: string, expected?: RegExp) {
    this.#browser = browser;
    this.#url = url;
    this.#expected = expected;
  }

  /** @param quick options of the page's client, in its query. */
  async openPage(options: object = {}, quick: Readonly<Record<string, number>> = {}): Promise<Page> {
    const context = await this.#browser.newContext(options);
    const page = await context.newPage();
    await page.route('**/resilient/index.js', (route) =>
      route.fulfill({ contentType: 'text/javascript', body: this.#client }),
    );
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      if (this.#expected?.test(message.text()) !== true) this.complaints.push(message.text());
    });
    const query = Object.entries(quick).map(([option, value]) => `${option}=${value}`);
    await page.goto(`${this.#url}?${query.join('&')}`);
    return page;
  }

  async joinAs(name: string, options: object = {}, quick: Readonly<Record<string, number>> = {}): Promise<Page> {
    const page = await this.openPage(options, quick);
    await page.getByLabel('Your name').fill(name);
    await page.getByRole('button', { name: 'Join' }).click();
    await page.getByText('You are in lobby as ').waitFor();
    return page;
  }

  async close(): Promise<void> {
    await Promise.all(this.#browser.contexts().map((context) => context.close()));
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
  await expectState(page, 'open');
}

/** Waits until the connection of the page is in this state. */
export async function expectState(page: Page, state: string): Promise<void> {
  await page.locator(`#state[data-state="${state}"]`).waitFor();
}

export async function expectText(page: Page, selector: string, pattern: RegExp): Promise<void> {
  await page.locator(selector, { hasText: pattern }).first().waitFor();
}

/** What is told of the connection, line by line. */
export function accountOf(page: Page): Promise<string[]> {
  return page.locator('#account li span').allTextContents();
}

/** From now on every sentence about the state is kept, however short it is there. */
export async function keepStates(page: Page): Promise<void> {
  await page.evaluate(`{
    window.states = [];
    const place = document.getElementById('state');
    new MutationObserver(() => states.push(place.textContent)).observe(place, { childList: true });
  }`);
}

/** What was kept since it was asked for last. */
export function takeStates(page: Page): Promise<string[]> {
  return page.evaluate('states.splice(0)');
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

/** Every entry of the list, as it is shown. */
export function shownEntries(page: Page): Promise<ShownEntry[]> {
  return page.evaluate(SHOWN);
}

/** Leaves a picture of the whole page. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(ARTEFACTS, { recursive: true });
  await page.screenshot({ path: join(ARTEFACTS, `page-${name}.png`), fullPage: true });
}

/** Text on it can be read. */
export async function expectContrast(page: Page): Promise<void> {
  const worst = (await page.evaluate(CONTRAST)) as { ratio: number; text: string };
  expect(worst.ratio, worst.text).toBeGreaterThanOrEqual(LEAST_CONTRAST);
}
