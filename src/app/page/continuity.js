// The proof that nothing is lost, drawn: four counts, one sentence, and the ids of the last events in a row, each in the tint of
// what carried it.
import { inShort, placeOf } from './event-id.js';
import { make } from './make.js';
import { OffsetCheck } from './offset-check.js';
import { nameOf } from './transport-names.js';

/** Ids in the row. */
const MOST_IN_ROW = 60;

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** Judges every event by its id, and shows what comes of it. */
export class Continuity {
  #check = new OffsetCheck();
  #row = element('trail');
  #first;
  #last;

  /** What has been counted so far. */
  get counts() {
    const { received, duplicates, gaps, lost } = this.#check;
    return { received, duplicates, gaps, lost };
  }

  begin(id) {
    this.#check.begin(id);
    this.#show();
  }

  /** @returns how many are missing before this event; -1 when it had come before. */
  judge(id, via) {
    const missing = this.#check.judge(id);
    if (missing > 0) this.#add('hole', `${missing} lost`, `${missing} lost before ${inShort(id)}`);
    if (missing >= 0) {
      const item = this.#add('step', String(placeOf(id).offset), `${id}, by ${nameOf(via)}`);
      item.dataset.via = via;
      if (this.#first === undefined || missing > 0) this.#first = id;
      this.#last = id;
    }
    this.#show();
    return missing;
  }

  gap(id) {
    this.#check.gap(id);
    this.#add('hole', 'gap', `a gap was announced; on after ${inShort(id)}`);
    this.#first = undefined;
    this.#last = undefined;
    this.#show();
  }

  #add(className, text, title) {
    const item = make('li', className, text);
    item.title = title;
    this.#row.append(item);
    if (this.#row.childElementCount > MOST_IN_ROW) this.#row.firstElementChild.remove();
    return item;
  }

  #show() {
    const { duplicates, lost } = this.#check;
    for (const [id, count] of Object.entries(this.counts)) element(id).textContent = String(count);
    const place = element('continuity');
    place.dataset.state = lost > 0 || duplicates > 0 ? 'broken' : 'whole';
    place.textContent = this.#sentence();
  }

  #sentence() {
    const { duplicates, lost, gaps } = this.#check;
    const faults = [];
    if (lost > 0) faults.push(`${lost} lost, and nobody said so`);
    if (duplicates > 0) faults.push(`${duplicates} came twice`);
    if (faults.length > 0) return `The ids do not rise by one: ${faults.join('; ')}.`;
    if (this.#first === undefined) return 'The ids of a room rise by one. Say something, and watch them.';
    if (this.#first === this.#last) return `${inShort(this.#last)} has come; the next must be one more.`;
    const sure = gaps > 0 ? 'nothing is lost since the gap' : 'nothing is lost';
    return `From ${inShort(this.#first)} to ${inShort(this.#last)} each id is one more than the last: ${sure}.`;
  }
}
