// What the script that reads a log answers: epoch, newest offset, its time, whether there is a gap; then id and body of each event.
import { BrokerError, BrokerFault, type LogEvent, type LogPage } from '../rooms/broker.ts';
import { readBody } from './announcement.ts';

/** Where the events begin. */
const HEAD = 4;
/** Id and body. */
const STEP = 2;

/** @throws BrokerError when the log holds what no broker has written. */
export function readPage(reply: readonly string[]): LogPage {
  const [epoch = '', last, , gap] = reply;
  const events: LogEvent[] = [];
  for (let index = HEAD; index + 1 < reply.length; index += STEP) {
    const [offset, time] = (reply[index] as string).split('-');
    const body = readBody(reply[index + 1] as string);
    if (body === undefined)
      throw new BrokerError(BrokerFault.Down, `the event ${reply[index]} in Redis cannot be read`);
    events.push({ offset: Number(offset), data: body.data, time: Number(time), except: body.except });
  }
  return { epoch, events, last: Number(last), isGap: gap === '1' };
}
