// Puts the page together: the form joins a room, the room fills the log and the numbers, and what passes fills the list below.
// No framework and no build step: this file is what the browser runs.
import { Account } from './account.js';
import { Continuity } from './continuity.js';
import { Conversation } from './conversation.js';
import { EntryList } from './entry-list.js';
import { EntryView } from './entry-view.js';
import { inShort, placeOf } from './event-id.js';
import { Inspection } from './inspection.js';
import { Measures } from './measures.js';
import { Room } from './room.js';
import { hintOf, nameOf } from './transport-names.js';

/** Milliseconds. */
const LONG_OUTAGE = 10_000;

/** @param {string} id */
const element = (id) => /** @type {any} */ (document.getElementById(id));

const measures = new Measures();
const list = new EntryList(element('entries'));
const view = new EntryView(element('entry'));
const conversation = new Conversation(element('log'));
const continuity = new Continuity();
const account = new Account(continuity);
/** @type {Room | undefined} */
let room;
/** Whether the room has been entered; before that, the name may still be refused. */
let entered = false;
/** Whether the connection has been lost, and there is none again. */
let isLost = false;
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
  if (room.state === 'closed') {
    conversation.note('Nothing is sent: the connection is closed.');
    return;
  }
  room.say(input.value);
  input.value = '';
  if (room.state !== 'open') conversation.note(`Kept until there is a connection: ${room.waiting} to be said.`);
});

element('transports').addEventListener('change', ({ target }) => room.switchTo(target.value));
element('cut').addEventListener('click', () => breakOff('cut'));
element('cut-long').addEventListener('click', () => breakOff('cut', LONG_OUTAGE));
element('silence').addEventListener('click', () => breakOff('silence'));
element('ping').addEventListener('click', () => inspection?.ping());
element('close').addEventListener('click', () => room?.close());
element('reconnect').addEventListener('click', () => room?.connect());

element('follow').addEventListener('change', (event) => {
  if (event.target.checked) list.chooseLast();
});
list.addEventListener('choose', ({ detail: { entry, byHand } }) => {
  // Who looks at one entry does not want it to be swept away by the next.
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
  room.addEventListener('state', onState);
  room.addEventListener('joined', ({ detail }) => onJoined(detail));
  room.addEventListener('message', ({ detail }) => onMessage(detail));
  room.addEventListener('gap', ({ detail }) => onGap(detail));
  room.addEventListener('entry', ({ detail }) => list.add(detail, element('follow').checked));
  room.addEventListener('refused', ({ detail }) => conversation.note(`Refused: ${detail.message}`));
  room.addEventListener('switched', ({ detail }) => onSwitched(detail));
  room.addEventListener('lost', onLost);
  room.addEventListener('closed', ({ detail }) => onClosed(detail));
  // Behind what counts.
  account.watch(room);
  entered = false;
  element('transports').querySelector('[value=websocket]').checked = true;
  element('join-form').hidden = true;
  element('conversation').hidden = false;
  element('talk-heading').textContent = `Room ${roomId}`;
  element('message').focus();
  room.connect();
}

/** Where the reader stands. */
function after() {
  const isBeginning = room.cursor === undefined || placeOf(room.cursor).offset === 0;
  return isBeginning ? 'before the first message' : `after ${inShort(room.cursor)}`;
}

function onState() {
  const { state, via } = room;
  if (state === 'connecting') {
    inspection?.close();
    inspection = undefined;
    list.clear();
    chosen = undefined;
    view.clear(via === 'websocket' ? 'The opening handshake is under way.' : 'The request is under way.');
    element('frames-hint').textContent = hintOf(via);
    element('follow').checked = true;
  }
  element('ping').disabled = state !== 'open' || inspection === undefined;
  element('close').disabled = !entered || state === 'closed' || state === 'closing';
  element('reconnect').disabled = !entered || state !== 'closed';
  // Whoever has the focus keeps it: only what has ended for good cannot be broken any more.
  for (const id of ['cut', 'cut-long', 'silence']) element(id).disabled = !entered || state === 'closed';
}

async function breakOff(kind, time) {
  if (!(await room.breakOff(kind, time))) account.add('This server breaks no connections.');
}

function onJoined({ inspectionId, isFirst }) {
  entered = true;
  continuity.begin(room.cursor);
  if (isFirst) conversation.note(`You are in ${room.roomId} as ${room.name}.`);
  if (isLost) conversation.note(`Connected again (${nameOf(room.via)}).`);
  isLost = false;
  if (room.via === 'websocket') inspect(inspectionId);
  onState();
}

/** What passes over a WebSocket only the server sees. */
function inspect(inspectionId) {
  if (inspectionId === undefined) {
    view.clear('This server does not show its connections.');
    return;
  }
  const inspected = new Inspection(inspectionId);
  const ifCurrent =
    (act) =>
    ({ detail }) =>
      inspected === inspection && act(detail);
  inspected.addEventListener(
    'entry',
    ifCurrent((entry) => list.add(entry, element('follow').checked)),
  );
  inspected.addEventListener(
    'state',
    ifCurrent((state) => measures.showServer(state)),
  );
  inspection = inspected;
}

function onMessage(event) {
  const missing = continuity.judge(event.id, room.via);
  if (missing < 0) return;
  if (missing > 0) conversation.warn(`Lost: ${missing} before ${inShort(event.id)} never came, and nobody said so.`);
  conversation.addMessage(event, event.from === room.name);
}

function onGap({ from, to }) {
  continuity.gap(to);
  const behind = from === undefined ? '' : ` after ${inShort(from)}`;
  conversation.warn(`A gap: what followed${behind} is not kept any more, as the server says. On after ${inShort(to)}.`);
}

function onSwitched({ from, to }) {
  conversation.mark(`${nameOf(from)} → ${nameOf(to)}, ${after()}.`);
  measures.showState();
}

function onLost() {
  // Each attempt that fails is no loss of its own.
  if (!isLost) conversation.mark(`The connection is lost, ${after()}.`);
  isLost = true;
}

function onClosed(end) {
  isLost = false;
  if (entered) {
    conversation.note('The connection is closed. Reconnect, and what was said meanwhile comes after.');
    return;
  }
  element('join-form').hidden = false;
  element('conversation').hidden = true;
  view.clear(end.reason === '' ? 'There was no connection.' : `The server closed the connection: ${end.reason}.`);
}
