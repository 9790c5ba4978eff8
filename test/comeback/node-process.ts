// A process of Node with witnesses in it, asked by whoever started it. Ends when that one is gone.
import { poll, sse, websocket } from '../../src/resilient/index.ts';
import { ResilientWebSocket } from '../../src/resilient-node/index.ts';
import { type Question, Witnesses, type WitnessSettings } from './witnesses.ts';

/** What it is told. `open` makes a witness; `question` asks one. */
export interface Request {
  readonly serial: number;
  readonly open?: WitnessSettings;
  readonly question?: readonly [number: number, question: Question, args: readonly unknown[]];
}

/** What it tells. */
export interface Response {
  readonly serial: number;
  readonly answer?: unknown;
  readonly error?: string;
}

const witnesses = new Witnesses(ResilientWebSocket, [websocket, sse, poll]);

process.on('message', async ({ serial, open, question }: Request) => {
  let response: Response;
  try {
    const answer = open === undefined ? question && (await witnesses.ask(...question)) : witnesses.open(open);
    response = { serial, answer };
  } catch (error) {
    response = { serial, error: String(error) };
  }
  process.send?.(response);
});
process.on('disconnect', () => process.exit());
