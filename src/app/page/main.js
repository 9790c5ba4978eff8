// Puts the page together: the form joins a room, the room fills the log and the numbers, and a second connection fills the
// list of frames below. No framework and no build step: this file is what the browser runs.
import { EntryList } from './entry-list.js';
import { EntryView } from './entry-view.js';
import { Inspection } from './inspection.js';
import { Measures } from './measures.js';
import { Room } from './room.js';

/** Messages that are kept in the log. */
const MOST_MESSAGES = 500;

/** @param {string} id */
const element = (id) => /** @type {any} */ (document.getElementById(id));

const measures = new Measures();
const list = new EntryList(element('entries'));
const view = new EntryView(element('entry'));
/** @type {Room | undefined} */
let room;
/** Whether the room has been entered; before that, the name may still be refused. */
let entered = false;
/** @type {Inspection | undefined} */
let inspection;
/** The entry that is to be drawn. */
let chosen;

// A scrolled log is read by the arrow keys too.
element('log').tabIndex = 0;
element('name').value = sessionStorage.getItem('name') ?? '';

element('join-form').addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem('name', element('name').value);
  join(element('name').value.trim(), element('room').value.trim());
});

element('message-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const input = element('message');
  if (room?.state !== 'open') {
    note('Nothing is sent: the connection is not open.');
    return;
  }
  room.say(input.value);
  input.value = '';
});

element('ping').addEventListener('click', () => inspection?.ping());
element('close').addEventListener('click', () => room?.close());
element('reconnect').addEventListener('click', () => {
  element('reconnect').hidden = true;
  connect();
});

element('follow').addEventListener('change', (event) => {
  if (event.target.checked) list.chooseLast();
});
list.addEventListener('choose', ({ detail: { entry, byHand } }) => {
  // Who looks at one frame does not want it to be swept away by the next.
  if (byHand) element('follow').checked = false;
  // Several may come at once, and drawing takes longer than their way here: only the last of them is drawn.
  if (chosen === undefined) requestAnimationFrame(draw);
  chosen = entry;
});

function draw() {
  if (chosen !== undefined) view.show(chosen);
  chosen = undefined;
}

function join(name, roomId) {
  room = new Room(name, roomId);
  measures.watch(room);
  room.addEventListener('joined', ({ detail }) => onJoined(detail.inspectionId));
  room.addEventListener('message', ({ detail }) => addMessage(detail));
  room.addEventListener('gap', () => note('Some messages were lost to you: they are not kept any more.'));
  room.addEventListener('refused', ({ detail }) => note(`Refused: ${detail.message}`));
  room.addEventListener('closed', ({ detail }) => onClosed(detail));
  entered = false;
  element('join-form').hidden = true;
  element('conversation').hidden = false;
  element('talk-heading').textContent = `Room ${roomId}`;
  element('message').focus();
  connect();
}

function connect() {
  list.clear();
  chosen = undefined;
  view.clear('The opening handshake is under way.');
  element('follow').checked = true;
  room.connect();
}

function onJoined(inspectionId) {
  entered = true;
  element('close').disabled = false;
  note(`You are in ${room.roomId} as ${room.name}.`);
  if (inspectionId === undefined) {
    view.clear('This server does not show its connections.');
    return;
  }
  inspection = new Inspection(inspectionId);
  inspection.addEventListener('entry', ({ detail }) => list.add(detail, element('follow').checked));
  inspection.addEventListener('state', ({ detail }) => measures.showServer(detail));
  element('ping').disabled = false;
}

function onClosed(end) {
  measures.showEnd(end);
  element('close').disabled = true;
  element('ping').disabled = true;
  if (entered) {
    element('reconnect').hidden = false;
    note('The connection is closed. Reconnect, and what was said meanwhile comes after.');
  } else {
    element('join-form').hidden = false;
    element('conversation').hidden = true;
    view.clear(end.reason === '' ? 'There was no connection.' : `The server closed the connection: ${end.reason}.`);
  }
}

function addMessage({ from, content }) {
  const item = document.createElement('li');
  item.className = from === room.name ? 'message own' : 'message';
  const author = document.createElement('b');
  author.textContent = from;
  const text = document.createElement('bdi');
  text.textContent = content;
  item.append(author, text);
  addToLog(item);
}

/** A line of the page's own. */
function note(text) {
  const item = document.createElement('li');
  item.className = 'note';
  item.textContent = text;
  addToLog(item);
}

function addToLog(item) {
  const log = element('log');
  log.append(item);
  if (log.childElementCount > MOST_MESSAGES) log.firstElementChild.remove();
  log.scrollTop = log.scrollHeight;
}
