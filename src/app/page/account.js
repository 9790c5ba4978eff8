// The account of the connection: where it stands, in one sentence, and below it what has happened, line by line: what was lost and
// why, how long is waited and how that was drawn, where it goes on, and whether everything came.
import { inShort, placeOf } from './event-id.js';
import { make } from './make.js';
import { OPTIONS } from './options.js';
import { nameOf } from './transport-names.js';

/** Lines that are kept. */
const MOST_LINES = 300;
const SECOND = 1_000;
/** RFC 6455 §7.1.5: no Close frame came. */
const ABNORMAL = 1006;

/** What the client calls ends that it has found itself. */
const REASONS = new Map([
  ['silence', 'the server was asked for a sign of life, and gave none'],
  ['timeout', 'there was no answer in time'],
]);

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** Tells of one room at a time. */
export class Account {
  #continuity;
  #lines = element('account');
  /** @type {import('./room.js').Room} */
  #room;
  /** Whether the last connection that was made is there, or was until now. */
  #isBack = true;
  #isSilenced = false;
  #attempt = 0;
  /** What is to be caught up with. @type {{ since: string, end: string, before: any } | undefined} */
  #goal;
  /** So that an answer that comes too late is known. */
  #questions = 0;

  /** @param {import('./continuity.js').Continuity} continuity what counts */
  constructor(continuity) {
    this.#continuity = continuity;
    // A scrolled list is read by the arrow keys too.
    this.#lines.tabIndex = 0;
  }

  /** @param {import('./room.js').Room} room */
  watch(room) {
    this.#room = room;
    this.#lines.replaceChildren();
    room.addEventListener('state', () => this.#onState());
    room.addEventListener('joined', ({ detail }) => this.#onJoined(detail));
    room.addEventListener('message', () => this.#look());
    room.addEventListener('gap', ({ detail }) => this.#onGap(detail));
    room.addEventListener('lost', ({ detail }) => this.#onLost(detail));
    room.addEventListener('outage', ({ detail }) => this.#onOutage(detail));
    room.addEventListener('asked', () => this.#onAsked());
    room.addEventListener('switched', ({ detail }) => this.add(`You choose ${nameOf(detail.to)}.`));
    room.addEventListener('closed', ({ detail }) => this.#onClosed(detail));
  }

  add(text, className = '') {
    const item = make('li', className);
    const time = make('time', '', new Date().toLocaleTimeString('en-GB'));
    item.append(time, make('span', '', text));
    this.#lines.append(item);
    if (this.#lines.childElementCount > MOST_LINES) this.#lines.firstElementChild.remove();
    this.#lines.scrollTop = this.#lines.scrollHeight;
  }

  #say(text) {
    const place = element('state');
    place.dataset.state = this.#room.state;
    if (place.textContent !== text) place.textContent = text;
  }

  #onState() {
    const { state, via } = this.#room;
    const attempt = this.#attempt > 0 ? `, attempt ${this.#attempt}` : '';
    if (state === 'connecting') this.#say(`connecting over ${nameOf(via)}${attempt}`);
    else if (state === 'open') this.#say(`open: connected over ${nameOf(via)}`);
    else if (state === 'closing') this.#say('closing');
  }

  // ---- away

  #onOutage({ kind, time }) {
    this.#isSilenced = kind === 'silence';
    if (kind === 'silence') {
      this.#say('open; the server is silent, and the client does not know');
      this.add('You have the server fall silent: it neither reads nor writes. TCP does not notice.', 'yours');
    } else {
      const rest = time > 0 ? `, and lets this page in again after ${inSeconds(time)}` : '';
      this.add(`You have the server cut the TCP connection, without a word${rest}.`, 'yours');
    }
  }

  /** The client asks whenever it has heard nothing for a while. That is worth a line where there is nobody to answer. */
  #onAsked() {
    if (!this.#isSilenced) return;
    const { pingInterval, pingTimeout } = OPTIONS;
    this.#say('silent: asking for a sign of life');
    this.add(
      `Nothing heard for ${inSeconds(pingInterval)}: asks for a sign of life, and gives it ${inSeconds(pingTimeout)}.`,
    );
  }

  #onLost({ code, reason, attempt, delay }) {
    const wasOpen = this.#isBack;
    const what = wasOpen ? 'Lost' : `Attempt ${this.#attempt} failed`;
    const brokeOff = this.#room.via === 'websocket' ? 'it broke off, without a Close frame' : 'it broke off';
    const why = REASONS.get(reason) ?? (code === ABNORMAL ? brokeOff : `${code}: ${reason}`);
    // The client counts on until a connection has lasted.
    const still = wasOpen && attempt > 1 ? `, as none has lasted ${inSeconds(OPTIONS.stableAfter)}` : '';
    this.#isBack = false;
    this.#isSilenced = false;
    this.#attempt = attempt;
    this.#goal = undefined;
    this.#questions++;
    this.add(`${what}: ${why}.`, 'bad');
    if (delay === undefined) {
      this.#say('offline: waiting for a network');
      this.add('This machine has no network: waits for it.');
      return;
    }
    this.#say(`waiting ${inSeconds(delay)} for attempt ${attempt}`);
    this.add(`Waits ${inSeconds(delay)} for attempt ${attempt}${still}: ${howDrawn(attempt, delay)}.`);
  }

  // ---- back

  #onJoined({ isFirst }) {
    const { via, cursor } = this.#room;
    const over = `Connected over ${nameOf(via)}`;
    if (isFirst) this.add(`${over}, and in the room behind ${inShort(cursor)}.`, 'good');
    else this.add(`${over}. Asks for what came after ${inShort(cursor)}.`, 'good');
    if (!this.#isBack) this.#catchUp(cursor);
    this.#isBack = true;
    this.#attempt = 0;
  }

  async #catchUp(since) {
    this.#say(`catching up from ${inShort(since)}`);
    const question = ++this.#questions;
    const before = this.#continuity.counts;
    const end = await this.#room.end();
    if (end === undefined || question !== this.#questions) return;
    this.#goal = { since, end, before };
    this.#look();
  }

  #onGap({ to }) {
    this.add(`A gap: what came before ${inShort(to)} is not kept any more.`, 'bad');
    this.#look();
  }

  /** Whether it is there. */
  #look() {
    if (this.#goal === undefined) return;
    const { since, end, before } = this.#goal;
    const [from, here, there] = [since, this.#room.cursor, end].map(placeOf);
    if (here.epoch !== there.epoch || here.offset < there.offset) return;
    this.#goal = undefined;
    const now = this.#continuity.counts;
    const isGap = now.gaps > before.gaps;
    const [lost, twice] = [now.lost - before.lost, now.duplicates - before.duplicates].map((count) => count || 'none');
    const missed = there.offset - from.offset;
    const what = isGap
      ? 'behind a gap'
      : missed === 0
        ? 'nothing was said meanwhile'
        : `${missed} missed meanwhile, ${lost} lost, ${twice} twice`;
    this.#say(`caught up: ${what}`);
    this.add(`Caught up at ${inShort(end)}: ${what}.`, isGap ? 'bad' : 'good');
  }

  #onClosed({ code, reason }) {
    this.#isBack = true;
    this.#attempt = 0;
    this.#goal = undefined;
    this.#say(reason === '' ? `closed, ${code}` : `closed, ${code}: ${reason}`);
    this.add('Closed. Nothing comes back by itself.');
  }
}

/** A wait, taken apart. */
function howDrawn(attempt, delay) {
  const { minDelay, maxDelay, jitter } = OPTIONS;
  const mean = Math.min(maxDelay, minDelay * 2 ** (attempt - 1));
  const factor = delay / mean;
  if (Math.abs(factor - 1) > jitter) return 'as the server has asked';
  return `${inSeconds(mean)} × ${factor.toFixed(2)}, drawn anew each time from ${1 - jitter} to ${1 + jitter}`;
}

function inSeconds(milliseconds) {
  return `${Number((milliseconds / SECOND).toFixed(milliseconds < SECOND ? 2 : 1))} s`;
}
