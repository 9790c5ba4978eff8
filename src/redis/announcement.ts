// What Redis carries of an event: the body, which stands in the log, and the announcement, which is the body behind a line that
// says whose and where. The script of an append writes that line (scripts.ts); here it is read. Garbage is a value: no input
// throws.
import type { LogEvent } from '../rooms/broker.ts';

/** What every announcement begins with: another version would have another word. */
export const ANNOUNCEMENT = 'sluice1';

/** What stands in the log of an event, beside its id. */
export interface Body {
  readonly data: string;
  readonly except: string | undefined;
}

/** What was said on a channel. */
export interface Announcement {
  readonly epoch: string;
  readonly event: LogEvent;
}

/** Epoch, offset, time; then the line of the body that says whom it is not for, and everything else is data. */
const FORM = /^sluice1 ([0-9a-f]{1,64}) ([1-9][0-9]{0,15}) ([0-9]{1,16})\n/;
const LINE_END = '\n';

/**
 * The body of an event: a line with the member that it is not for, as a JSON string, or nothing; then the data. JSON has no
 * line end inside, and nothing that UTF-8 could not carry.
 */
export function writeBody(data: string, except: string | undefined): string {
  return (except === undefined ? '' : JSON.stringify(except)) + LINE_END + data;
}

/** Reads what {@link writeBody} wrote; `undefined` when it did not. */
export function readBody(text: string): Body | undefined {
  const end = text.indexOf(LINE_END);
  if (end === -1) return undefined;
  const data = text.slice(end + 1);
  if (end === 0) return { data, except: undefined };
  const except = jsonString(text.slice(0, end));
  return except === undefined ? undefined : { data, except };
}

/** Reads what was said on a channel; `undefined` when it is no announcement. */
export function readAnnouncement(text: string): Announcement | undefined {
  const head = FORM.exec(text);
  if (head === null) return undefined;
  const [line, epoch, offset, time] = head as unknown as [string, string, string, string];
  const body = readBody(text.slice(line.length));
  if (body === undefined) return undefined;
  const event = { offset: Number(offset), data: body.data, time: Number(time), except: body.except };
  return Number.isSafeInteger(event.offset) ? { epoch, event } : undefined;
}

function jsonString(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
