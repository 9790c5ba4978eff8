// The id of an event, the same on every transport: `<epoch>-<offset>`. A client's place in a room is the id of the last
// event that it knows. Whatever text a client brings, reading it never throws.
import type { Position } from './broker.ts';

/** Epochs of brokers are words of up to 32 characters; fifteen digits are exact as a number. No id has two forms. */
const ID = /^([0-9A-Za-z_]{1,32})-(0|[1-9]\d{0,14})$/;

/** The id of the event at this place. */
export function formatId(epoch: string, offset: number): string {
  return `${epoch}-${offset}`;
}

/** The place that `id` names; `undefined` when it is no id. */
export function parseId(id: string): Position | undefined {
  const [, epoch, offset] = ID.exec(id) ?? [];
  return epoch === undefined ? undefined : { epoch, offset: Number(offset) };
}
