// Where clients are: a page of Chromium, or a process of Node. Both hold any number of witnesses, which share what a page or a
// process remembers. What was opened is closed by whoever opened it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { pageScript } from './built.ts';
import type { Request, Response } from './node-process.ts';
import type { Witness } from './witness.ts';
import type { Question, WitnessSettings } from './witnesses.ts';

type Answer<Of extends Question> = Promise<Awaited<ReturnType<Witness[Of]>>>;

/** Where clients are. */
export interface Place {
  readonly name: string;
  open(settings: WitnessSettings): Promise<Guest>;
  close(): Promise<void>;
}

/** One client, wherever it is. */
export class Guest {
  readonly name: string;
  readonly #ask: (question: Question, args: readonly unknown[]) => Promise<unknown>;

  constructor(name: string, ask: (question: Question, args: readonly unknown[]) => Promise<unknown>) {
    this.name = name;
    this.#ask = ask;
  }

  /** Asks its witness. */
  ask<Of extends Question>(question: Of, ...args: Parameters<Witness[Of]>): Answer<Of> {
    return this.#ask(question, args) as Answer<Of>;
  }
}

/** A process of Node. */
export class NodePlace implements Place {
  readonly name = 'Node';
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>();
  #serial = 0;

  /**
   * @param program of node-process.ts.
   * @param certificate a file: who signed it is believed.
   * @param before what goes before the command.
   */
  constructor(program: string, certificate: string, before: readonly string[] = []) {
    const [command, ...args] = [...before, process.execPath, program];
    this.#child = spawn(command as string, args, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, NODE_EXTRA_CA_CERTS: certificate },
    });
    this.#child.on('message', ({ serial, answer, error }: Response) => {
      const pending = this.#pending.get(serial);
      this.#pending.delete(serial);
      if (error === undefined) pending?.resolve(answer);
      else pending?.reject(new Error(error));
    });
  }

  async open(settings: WitnessSettings): Promise<Guest> {
    const number = (await this.#request({ open: settings })) as number;
    return new Guest(settings.name, (question, args) => this.#request({ question: [number, question, args] }));
  }

  async close(): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  #request(request: Omit<Request, 'serial'>): Promise<unknown> {
    const serial = ++this.#serial;
    return new Promise((resolve, reject) => {
      this.#pending.set(serial, { resolve, reject });
      this.#child.send({ ...request, serial }, (error) => error && reject(error));
    });
  }
}

/** A page of Chromium. */
export class PagePlace implements Place {
  readonly name = 'Chromium';
  readonly context: BrowserContext;
  readonly #page: Page;

  private constructor(context: BrowserContext, page: Page) {
    this.context = context;
    this.#page = page;
  }

  /** @param origin of the server that the page is from. */
  static async open(browser: Browser, origin: string): Promise<PagePlace> {
    const context = await browser.newContext({ bypassCSP: true, ignoreHTTPSErrors: true });
    const page = await context.newPage();
    await page.goto(`${origin}/health`);
    await page.addScriptTag({ content: pageScript('page-entry') });
    return new PagePlace(context, page);
  }

  async open(settings: WitnessSettings): Promise<Guest> {
    const number = await this.#page.evaluate(`witnesses.open(${JSON.stringify(settings)})`);
    return new Guest(settings.name, (question, args) =>
      this.#page.evaluate(`witnesses.ask(${number}, '${question}', ${JSON.stringify(args)})`),
    );
  }

  async close(): Promise<void> {
    await this.context.close();
  }
}
