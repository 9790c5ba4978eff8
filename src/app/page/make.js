// Elements of the page, one at a time. Text is only ever set as text.

/** An element with a class and a text. */
export function make(tag, className = '', text = undefined) {
  const element = document.createElement(tag);
  if (className !== '') element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}
