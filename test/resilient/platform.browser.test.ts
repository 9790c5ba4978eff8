// The platform as a page has it: looked for when the module is loaded.
import { expect, test, vi } from 'vitest';

const page = new EventTarget();
const document = Object.assign(new EventTarget(), { visibilityState: 'hidden' });
const navigator = { onLine: true };
vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
vi.stubGlobal('document', document);
vi.stubGlobal('navigator', navigator);
const { hostPlatform } = await import('../../src/resilient/platform.ts');
vi.unstubAllGlobals();

test('tells of the network and of the page, until nobody wants to know', () => {
  vi.stubGlobal('navigator', navigator);
  vi.stubGlobal('document', document);
  let news = 0;
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
  const unwatch = hostPlatform.watch(() => news++);
  for (const type of ['online', 'offline', 'pageshow']) page.dispatchEvent(new Event(type));
  expect(news).toBe(3);
  document.dispatchEvent(new Event('visibilitychange'));
  expect(news).toBe(3);
  document.visibilityState = 'visible';
  document.dispatchEvent(new Event('visibilitychange'));
  expect(news).toBe(4);
  navigator.onLine = false;
  expect(hostPlatform.isOnline()).toBe(false);
  unwatch();
  page.dispatchEvent(new Event('online'));
  document.dispatchEvent(new Event('visibilitychange'));
  expect(news).toBe(4);
  vi.unstubAllGlobals();
});
