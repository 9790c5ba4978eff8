// The rows about addEventListener() and the on… properties: the WHATWG face of an open connection.
import type ws from 'ws';
import { type Row, rows } from './row.ts';
import { next, type Pair, type Role, type Stage } from './stage.ts';

/** Sends a text from the peer, and waits for it. */
async function hear({ socket, peer }: Pair, text = 'text'): Promise<void> {
  const arrived = next(socket, 'message');
  peer.send(text);
  await arrived;
}

async function closeBoth({ socket, peer }: Pair, code: number, reason: string): Promise<void> {
  const both = Promise.all([next(socket, 'close'), next(peer, 'close')]);
  peer.close(code, reason);
  await both;
}

export const listenerRows: readonly Row[] = [
  ...rows(
    'tells listeners about messages, text as a string',
    async (stage: Stage, role: Role) => {
      const pair = await stage.pair(role);
      const seen: unknown[] = [];
      pair.socket.addEventListener('message', (event) => {
        seen.push([event.type, event.target === pair.socket, Buffer.isBuffer(event.data), String(event.data)]);
      });
      await hear(pair);
      const arrived = next(pair.socket, 'message');
      pair.peer.send(Buffer.from('bytes'));
      await arrived;
      return seen;
    },
    [
      ['message', true, false, 'text'],
      ['message', true, true, 'bytes'],
    ],
  ),
  ...rows(
    'tells listeners how it closed',
    async (stage, role) => {
      const pair = await stage.pair(role);
      const seen: unknown[] = [];
      pair.socket.addEventListener('close', ({ type, target, code, reason, wasClean }) => {
        seen.push([type, target === pair.socket, code, reason, wasClean]);
      });
      await closeBoth(pair, 4000, 'why');
      const other = await stage.pair(role);
      other.socket.addEventListener('close', ({ code, reason, wasClean }) => seen.push([code, reason, wasClean]));
      const closed = next(other.socket, 'close');
      other.peer.terminate();
      await closed;
      return seen;
    },
    [
      ['close', true, 4000, 'why', true],
      [1006, '', false],
    ],
  ),
  ...rows(
    'tells listeners about errors',
    async (stage, role) => {
      const { socket, wire } = await stage.wired(role);
      const seen: unknown[] = [];
      socket.addEventListener('error', ({ type, target, error, message }) => {
        seen.push([type, target === socket, error.code, message === error.message]);
      });
      const closed = next(socket, 'close');
      wire.frame(3);
      await closed;
      return seen;
    },
    [['error', true, 'WS_ERR_INVALID_OPCODE', true]],
  ),
  ...rows(
    'calls a listener once for each time it was added, which is once',
    async (stage, role) => {
      const pair = await stage.pair(role);
      const seen: string[] = [];
      const twice = (event: ws.MessageEvent): unknown => seen.push(`twice ${event.data}`);
      const onlyOnce = (event: ws.MessageEvent): unknown => seen.push(`once ${event.data}`);
      const object = {
        name: 'object',
        handleEvent: (event: ws.MessageEvent): unknown => seen.push(`handled ${event.data}`),
      };
      pair.socket.addEventListener('message', twice);
      pair.socket.addEventListener('message', twice);
      pair.socket.addEventListener('message', onlyOnce, { once: true });
      pair.socket.addEventListener('message', object);
      await hear(pair, '1');
      await hear(pair, '2');
      pair.socket.removeEventListener('message', twice);
      pair.socket.removeEventListener('message', object);
      pair.socket.removeEventListener('message', object);
      await hear(pair, '3');
      return seen;
    },
    ['twice 1', 'once 1', 'handled 1', 'twice 2', 'handled 2'],
  ),
  ...rows(
    'calls listeners with the right this',
    async (stage, role) => {
      const pair = await stage.pair(role);
      const seen: boolean[] = [];
      const object = {
        handleEvent(): void {
          seen.push((this as unknown) === object);
        },
      };
      pair.socket.addEventListener('message', function (this: unknown) {
        seen.push(this === pair.socket);
      });
      pair.socket.addEventListener('message', object);
      await hear(pair);
      return seen;
    },
    [true, true],
  ),
  ...rows(
    'ignores types of events that there are not',
    async (stage, role) => {
      const { socket } = await stage.pair(role);
      socket.addEventListener('ping' as 'message', () => {});
      return socket.listenerCount('ping');
    },
    0,
  ),
  ...rows(
    'has properties for listeners, each with room for one function',
    async (stage, role) => {
      const pair = await stage.pair(role);
      const { socket } = pair;
      const seen: unknown[] = [socket.onmessage, socket.onopen, socket.onclose, socket.onerror];
      const first = (): unknown => seen.push('first');
      const second = ({ data }: ws.MessageEvent): unknown => seen.push(`second ${data}`);
      socket.onmessage = first;
      seen.push(socket.onmessage === first);
      socket.onmessage = second;
      await hear(pair);
      // Not the same as a listener that was added.
      socket.removeEventListener('message', second);
      seen.push(socket.onmessage === second);
      socket.onmessage = 'nonsense' as never;
      seen.push(socket.onmessage);
      await hear(pair);
      return seen;
    },
    [null, null, null, null, true, 'second text', true, null],
  ),
  ...rows(
    'calls whoever listens in the order in which they came',
    async (stage, role) => {
      const pair = await stage.pair(role);
      const seen: string[] = [];
      pair.socket.on('message', () => seen.push('on'));
      pair.socket.addEventListener('message', () => seen.push('added'));
      pair.socket.onmessage = () => seen.push('property');
      await hear(pair);
      return seen;
    },
    ['on', 'added', 'property'],
  ),
];
