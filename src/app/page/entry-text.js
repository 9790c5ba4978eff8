// What is text on the wire, as it came: every character, and whatever is a field tinted as its row in the table. A field may
// stand in another one, as a member of JSON does in its line; then the inner one has the tint.
import { make } from './make.js';

/**
 * Draws the text of `entry`.
 *
 * @param {any} entry
 * @param {(element: HTMLElement, inner: number, outer: number[]) => void} mark called for each piece that is of a field, with
 *   the innermost and those around it
 */
export function drawText({ text, fields }, mark) {
  const dump = make('div', 'dump raw');
  dump.tabIndex = 0;
  dump.setAttribute('role', 'group');
  dump.setAttribute('aria-label', `${text.length} characters, as they passed`);
  const edges = new Set([0, text.length]);
  for (const { offset, length } of fields) edges.add(offset).add(offset + length);
  const sorted = [...edges].sort((one, other) => one - other);
  for (const [at, start] of sorted.slice(0, -1).entries()) {
    const piece = make('span', 'piece', visible(text.slice(start, sorted[at + 1])));
    const inside = [...fields.keys()].filter((index) => covers(fields[index], start));
    // The innermost begins last, and of those that begin together it is the shortest.
    inside.sort((one, other) => fields[one].offset - fields[other].offset || fields[other].length - fields[one].length);
    const inner = inside.pop();
    if (inner !== undefined) mark(piece, inner, inside);
    dump.append(piece);
  }
  return dump;
}

function covers({ offset, length }, at) {
  return at >= offset && at < offset + length;
}

/** Ends of lines are seen: they are what an event stream is made of. */
function visible(text) {
  return text.replaceAll(/\r\n|\n|\r/g, (end) => `${end.replace('\r', '\\r').replace('\n', '↵')}\n`);
}
