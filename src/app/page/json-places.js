// Where the values of a JSON text stand in it (RFC 8259), so that a text can be shown as it came and explained in place.
// For texts that JSON.parse has read: nothing is checked here.

const STRING = /"(?:[^"\\]|\\.)*"/y;
const PLAIN = /[^\s,:[\]{}"]+/y;
const BETWEEN = /[\s,:]*/y;

/** The members of the object at `at`: {name, offset, length}, each with the place of its value. */
export function membersAt(text, at) {
  const members = [];
  for (let next = skip(text, at + 1); text[next] !== '}'; ) {
    const end = endOf(text, next);
    const name = JSON.parse(text.slice(next, end));
    const offset = skip(text, end);
    const length = endOf(text, offset) - offset;
    members.push({ name, offset, length });
    next = skip(text, offset + length);
  }
  return members;
}

/** The elements of the array at `at`: {offset, length}. */
export function elementsAt(text, at) {
  const elements = [];
  for (let offset = skip(text, at + 1); text[offset] !== ']'; ) {
    const length = endOf(text, offset) - offset;
    elements.push({ offset, length });
    offset = skip(text, offset + length);
  }
  return elements;
}

/** The index behind the value at `at`. */
function endOf(text, at) {
  if (text[at] === '"') return match(STRING, text, at);
  if (text[at] !== '{' && text[at] !== '[') return match(PLAIN, text, at);
  const close = text[at] === '{' ? '}' : ']';
  let next = skip(text, at + 1);
  while (text[next] !== close) next = skip(text, endOf(text, next));
  return next + 1;
}

function skip(text, at) {
  return match(BETWEEN, text, at);
}

function match(pattern, text, at) {
  pattern.lastIndex = at;
  // Nothing that JSON.parse has read ends here; what it has not read must not hold the page up.
  if (!pattern.test(text)) throw new SyntaxError('this is no JSON');
  return pattern.lastIndex;
}
