// What all guests of one process share: where the server is, how fast life goes, the book, the tally, the complaints, and
// the moment at which everybody leaves.
import type { Ledger, Tally } from './ledger.ts';
import { Book } from './speech.ts';

/** What a crowd is told. */
export interface CrowdSettings {
  readonly port: number;
  /** How many guests come; each has one connection at a time. */
  readonly guests: number;
  /** Milliseconds over which they come. */
  readonly arrival: number;
  /** Milliseconds that a life lasts, on average. */
  readonly life: number;
  /** Of the server's heartbeat: how soon a silent peer is asked, and how long it has to answer. Milliseconds. */
  readonly heartbeat: { readonly interval: number; readonly timeout: number };
  /** Milliseconds for an answer of the server: what takes longer is lost. */
  readonly patience: number;
  /** Guests that share a room. */
  readonly roomSize: number;
  readonly seed: number;
  /** Which of the processes this is, from 0. */
  readonly index: number;
}

/** What a crowd reports. */
export interface CrowdProgress extends Tally {
  /** Lives begun, by kind. */
  readonly lives: Readonly<Record<string, number>>;
  /** Pings that were answered with what they carried. */
  pongs: number;
  /** Guests that are still about. */
  present: number;
  /** How many things were wrong, and the first of them in words. */
  failures: number;
  readonly complaints: readonly string[];
}

/** Complaints that are kept in words: who reads the first knows where to look. */
const COMPLAINTS_KEPT = 20;

/** The place where the guests of one process meet. */
export class Hall {
  readonly settings: CrowdSettings;
  readonly book: Book;
  readonly progress: CrowdProgress & { lives: Record<string, number>; complaints: string[] } = {
    lives: {},
    said: 0,
    heard: 0,
    overheard: 0,
    bytes: 0,
    abandoned: 0,
    pongs: 0,
    present: 0,
    failures: 0,
    complaints: [],
  };
  readonly #pausing = new Set<() => void>();
  #connections = 0;
  #isLeaving = false;

  constructor(settings: CrowdSettings) {
    this.settings = settings;
    this.book = new Book(settings.seed);
  }

  /** Whether it is time to go. */
  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** A number that no other connection has, in no process: eight hexadecimal digits at most. */
  nextConnection(): number {
    return this.settings.index * 0x1000_0000 + this.#connections++;
  }

  /** The address of a room. */
  url(room: number): string {
    return `ws://127.0.0.1:${this.settings.port}/${this.settings.index}-${room}`;
  }

  /** Lets so many milliseconds of a guest's life pass; ends early when everybody leaves. */
  pause(milliseconds: number): Promise<void> {
    if (this.#isLeaving) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#pausing.delete(end);
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      this.#pausing.add(end);
    });
  }

  /** Everybody leaves, each in the way of its own. */
  leave(): void {
    this.#isLeaving = true;
    for (const end of [...this.#pausing]) end();
  }

  complain(complaint: string): void {
    this.progress.failures++;
    if (this.progress.complaints.length < COMPLAINTS_KEPT) this.progress.complaints.push(complaint);
  }

  /** Waits for what must happen; says what did not. Answers whether it has. */
  async expect(happening: Promise<unknown>, what: string): Promise<boolean> {
    const { patience } = this.settings;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(resolve, patience, false);
    });
    const happened = await Promise.race([happening.then(() => true), late]);
    clearTimeout(timer);
    if (!happened) this.complain(`not within ${patience / 1000} s: ${what}`);
    return happened;
  }

  /** Waits until everything said has come back. */
  async expectEchoes(ledger: Ledger, who: string): Promise<void> {
    const before = ledger.owed;
    const came = await this.expect(ledger.paid(), `the echoes of ${before} messages to ${who}`);
    if (!came) ledger.close();
  }
}
