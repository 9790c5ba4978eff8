// The panel of numbers: round trips, and what waits to be sent.

/** Milliseconds between two looks at bufferedAmount. */
const LOOK_EVERY = 200;

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
    element('protocol').textContent = this.#room.protocol || '–';
    if (this.#room.state !== 'connecting') return;
    // What another connection took says nothing of this one.
    for (const id of ['rtt-here', 'rtt-server', 'buffered-server']) setText(id, '–');
    this.#highest = 0;
  }

  showBuffered() {
    if (this.#room === undefined) return;
    if (this.#room.via !== 'websocket') {
      // What fetch() holds back nobody tells.
      setText('buffered-here', '–');
      return;
    }
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
