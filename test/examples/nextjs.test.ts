// examples/nextjs, installed, built as for production and started: the room in the route handlers of the App Router, and the page
// that reads it in a browser.
import { chromium as playwright } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CHROMIUM_ARGUMENTS, chromium, describeWith } from '../interop/programs.ts';
import { INSTALL_TIMEOUT, Installed, registry } from './installed.ts';
import { keepsTheRoom, post } from './room.contract.ts';
import { Running } from './running.ts';

const ROUTES = { stream: '/api/stream', poll: '/api/poll', publish: '/api/publish' };

describeWith(registry, 'examples/nextjs', () => {
  let example: Installed;
  let running: Running;

  beforeAll(async () => {
    example = await Installed.of('nextjs');
    // It checks the types as well.
    await example.run('next', 'build');
    running = await Running.start(example, example.manifest().scripts['start'] as string);
  }, 2 * INSTALL_TIMEOUT);
  afterAll(async () => {
    await running?.kill();
    await example?.remove();
  }, INSTALL_TIMEOUT);

  describeWith(chromium, 'the page', (executablePath) => {
    it('shows what is said and says what is typed', async () => {
      const browser = await playwright.launch({ executablePath, args: CHROMIUM_ARGUMENTS });
      try {
        const page = await browser.newPage();
        const complaints: string[] = [];
        page.on('pageerror', (error) => complaints.push(String(error)));
        await page.goto(running.origin);
        await page.getByText('connected', { exact: true }).waitFor();
        await post(running.origin, ROUTES, JSON.stringify({ content: 'from elsewhere' }));
        await page.getByRole('listitem').getByText('from elsewhere').waitFor();
        await page.getByLabel('Message', { exact: true }).fill('from the page');
        await page.getByRole('button', { name: 'Send' }).click();
        await page.getByRole('listitem').getByText('from the page').waitFor();
        expect(await page.getByRole('listitem').allTextContents()).toEqual(['from elsewhere', 'from the page']);
        expect(complaints).toEqual([]);
      } finally {
        await browser.close();
      }
    });
  });

  keepsTheRoom(() => running, ROUTES);
});
