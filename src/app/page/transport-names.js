// What the transports are called, and what the list below shows of each.

const NAMES = new Map([
  ['websocket', 'WebSocket'],
  ['sse', 'SSE'],
  ['poll', 'Long polling'],
]);

const KEYS = 'The arrow keys choose one; Tab leads on to its fields, and the arrow keys walk through them.';

const HINTS = new Map([
  [
    'websocket',
    'What the server read from and wrote to the socket of this very page, frame by frame, since its first byte.',
  ],
  [
    'sse',
    'What this page asked for, and the event stream as it came, block by block. What is said goes by POST beside it.',
  ],
  [
    'poll',
    'What this page asked for and was answered, poll by poll, as it came. What is said goes by POST in between.',
  ],
]);

export function nameOf(via) {
  return NAMES.get(via);
}

/** Of the list of what passed. */
export function hintOf(via) {
  return `${HINTS.get(via)} ${KEYS}`;
}
