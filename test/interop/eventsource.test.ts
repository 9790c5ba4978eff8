// Event streams, read by clients that nobody here wrote: Chromium's EventSource and the `eventsource` package. What our
// writer writes is what they read, and what our parser reads of any stream is what they read of it.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EventSource } from 'eventsource';
import fc from 'fast-check';
import { type Browser, type Page, chromium as playwright } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServerSentEvent, writeComment, writeEvent } from '../../src/eventstream/index.ts';
import { anyStream, event, text } from '../eventstream/hostile-text.ts';
import { readStream, type Told } from '../eventstream/record.ts';
import { STREAMS } from '../eventstream/streams.ts';
import { cutAt } from '../http/cuttings.ts';
import { CHROMIUM_ARGUMENTS, chromium, describeWith } from './programs.ts';

type Event = Extract<Told, { readonly type: string }>;

const SEED = 92;
const entries = fc.array(fc.oneof({ weight: 3, arbitrary: event }, { weight: 1, arbitrary: text }), { maxLength: 8 });

function write(written: readonly (ServerSentEvent | string)[]): Buffer {
  return Buffer.from(
    written.map((each) => (typeof each === 'string' ? writeComment(each) : writeEvent(each))).join(''),
  );
}

/** What an EventSource can see of what our parser tells. */
function eventsOf(stream: Uint8Array): Event[] {
  return readStream([Buffer.from(stream)]).told.filter((told) => 'type' in told);
}

/** See the table: an end of a line right behind a byte order mark is none for Chromium. */
function isReadByChromium(stream: Buffer): boolean {
  return !/^\xef\xbb\xbf[\r\n]/.test(stream.toString('latin1'));
}

function typesOf(events: readonly Event[]): string[] {
  return [...new Set(['message', ...events.map(({ type }) => type)])];
}

describeWith(chromium, "Chromium's EventSource", (executablePath) => {
  let browser: Browser;
  let page: Page;
  let server: Server;
  let streams: readonly Buffer[] = [];
  /** What `/again` answers in turn, and the Last-Event-ID of each that asked. */
  const again: string[] = [];
  const lastEventIds: (string | undefined)[] = [];

  function bodyFor({ url = '', headers }: IncomingMessage): Buffer | string | undefined {
    if (url.startsWith('/streams/')) return streams[Number(url.slice('/streams/'.length))];
    if (url !== '/again') return undefined;
    const id = headers['last-event-id'];
    lastEventIds.push(id === undefined ? id : Buffer.from(String(id), 'latin1').toString());
    return again.shift();
  }

  beforeAll(async () => {
    server = createServer((request, response) => {
      const body = bodyFor(request);
      response.setHeader('Content-Type', body === undefined ? 'text/html' : 'text/event-stream');
      response.end(body ?? '<!doctype html><title>sluice</title>');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    browser = await playwright.launch({ executablePath, args: CHROMIUM_ARGUMENTS });
    page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  });
  afterAll(async () => {
    await browser.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  function evaluate(name: string, argument: unknown): Promise<unknown> {
    const source = readFileSync(new URL(`./eventsource/${name}`, import.meta.url), 'utf8');
    const body = source.slice(source.indexOf('\n') + 1).replace(/;\s*$/, '');
    return page.evaluate(`(${body})(${JSON.stringify(argument)})`);
  }

  /** The events that Chromium sees in each stream; of the types that we see in it, and `message`. */
  async function chromiumReads(bytes: readonly Buffer[]): Promise<Event[][]> {
    streams = bytes;
    const asked = bytes.map((stream, index) => ({ path: `/streams/${index}`, types: typesOf(eventsOf(stream)) }));
    return (await evaluate('read.js', asked)) as Event[][];
  }

  it('reads every stream of the table as the standard does, or is known to differ', async () => {
    const read = await chromiumReads(STREAMS.map(({ bytes }) => bytes));
    for (const [index, { name, told, differs }] of STREAMS.entries()) {
      const events = told.filter((each) => 'type' in each);
      if (differs?.who === 'Chromium') expect(read[index], `${name}: ${differs.why}`).not.toEqual(events);
      else expect(read[index], name).toEqual(events);
    }
  });

  it('reads what our writer writes as our parser does, whatever text it is made of', async () => {
    const written = fc.sample(entries, { numRuns: 100, seed: SEED }).map(write);
    const events = written.map(eventsOf);
    expect(events.flat().length).toBeGreaterThan(200);
    expect(await chromiumReads(written)).toEqual(events);
  });

  it('reads any bytes as our parser does', async () => {
    const any = fc.sample(anyStream.filter(isReadByChromium), { numRuns: 200, seed: SEED });
    const events = any.map(eventsOf);
    expect(events.flat().length).toBeGreaterThan(100);
    expect(await chromiumReads(any)).toEqual(events);
  });

  it('comes again when it was told to, with the last event ID, and without one that was taken away', async () => {
    again.push(
      writeEvent({ data: 'first', id: 'ключ 🗝', retry: 1 }),
      writeEvent({ data: 'second' }) + writeEvent({ id: '' }),
      writeEvent({ data: 'last' }),
    );
    expect(await evaluate('come-again.js', '/again')).toEqual(['first', 'second', 'last']);
    expect(lastEventIds).toEqual([undefined, 'ключ 🗝', undefined]);
  });
});

describe('the eventsource package', () => {
  /** Type and data only: the package gives an event no other ID than its own, where the standard says the last one. */
  async function packageReads(chunks: readonly Uint8Array[], types: readonly string[]): Promise<string[][]> {
    const events: string[][] = [];
    const body = new ReadableStream({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(chunk);
        controller.close();
      },
    });
    const response = new Response(body, { headers: { 'Content-Type': 'text/event-stream' } });
    const source = new EventSource('http://localhost/', { fetch: async () => response });
    for (const type of types) source.addEventListener(type, (message) => events.push([message.type, message.data]));
    await once(source, 'error');
    // Behind its own handlers, which start the timer to come again.
    source.close();
    return events;
  }

  const ours = (events: readonly Event[]): string[][] => events.map(({ type, data }) => [type, data]);

  // It sets its timer to whatever the server says, also to what no timer of Node can be set to.
  const bearable = STREAMS.filter(({ told }) => told.every((each) => !('retry' in each) || each.retry < 2 ** 31));

  it.each(bearable)('reads as the standard does, or is known to differ: $name', async ({ bytes, told, differs }) => {
    const events = told.filter((each) => 'type' in each);
    const read = await packageReads([Buffer.from(bytes)], typesOf(events));
    if (differs?.who === 'the eventsource package') expect(read, differs.why).not.toEqual(ours(events));
    else expect(read).toEqual(ours(events));
  });

  it('reads what our writer writes as our parser does, whatever text it is made of and however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(entries, fc.array(fc.nat(300), { maxLength: 5 }), async (written, places) => {
        const bytes = write(written);
        const events = eventsOf(bytes);
        expect(await packageReads(cutAt(bytes, places), typesOf(events))).toEqual(ours(events));
      }),
      { numRuns: 200, seed: SEED },
    );
  });
});
