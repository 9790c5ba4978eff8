// The panel of numbers: the state of the connection, round trips, and what waits to be sent.

/** Milliseconds between two looks at bufferedAmount. */
const LOOK_EVERY = 200;

const STATE_TEXTS = new Map([
  ['none', 'not connected'],
  ['connecting', 'connecting'],
  ['open', 'open'],
  ['closing', 'closing'],
  ['closed', 'closed'],
]);

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** Shows the numbers of one room. */
export class Measures {
  #room;
  #highest = 0;

  constructor() {
    setInterval(() => this.showBuffered(), LOOK_EVERY);
  }

  /** @param {import('./room.js').Room} room */
  watch(room) {
    this.#room = room;
    this.#highest = 0;
    room.addEventListener('state', () => this.showState());
    room.addEventListener('rtt', (event) => {
      element('rtt-here').textContent = `${inMilliseconds(event.detail.milliseconds)} (${event.detail.what})`;
    });
    room.addEventListener('sent', () => this.showBuffered());
    this.showState();
  }

  showState() {
    const state = this.#room.state;
    const place = element('state');
    place.dataset.state = state;
    place.textContent = STATE_TEXTS.get(state);
    element('protocol').textContent = this.#room.protocol || '–';
  }

  /** The code and the reason of the end. */
  showEnd({ code, reason }) {
    element('state').textContent = reason === '' ? `closed, ${code}` : `closed, ${code}: ${reason}`;
  }

  showBuffered() {
    if (this.#room === undefined) return;
    const now = this.#room.bufferedAmount;
    this.#highest = Math.max(this.#highest, now);
    setText('buffered-here', `${inBytes(now)}, at most ${inBytes(this.#highest)}`);
  }

  showServer({ rtt, bufferedAmount }) {
    setText('rtt-server', rtt === undefined ? '–' : `${inMilliseconds(rtt)} (Ping to Pong)`);
    setText('buffered-server', inBytes(bufferedAmount));
  }
}

/** Untouched when nothing changed: a selection in it stays. */
function setText(id, text) {
  const place = element(id);
  if (place.textContent !== text) place.textContent = text;
}

function inMilliseconds(milliseconds) {
  return `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
}

export function inBytes(count) {
  return count === 1 ? '1 byte' : `${count.toLocaleString('en')} bytes`;
}
