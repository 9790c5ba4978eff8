// The record of a run: every single measurement as JSON, for bench/publish.mjs and other programs. It says nothing about
// the folders of the machine it was made on, so that it can be committed.
// @ts-check
import { isHttp, isRoom } from './rows.mjs';

/** What a file of JSON holds, told apart by `kind`. */
export const Kind = /** @type {const} */ ({ Rows: 'rows', Http: 'http', Rooms: 'rooms', Wire: 'wire', Codec: 'codec' });

/** @typedef {import('./table.mjs').Findings} Findings */

/**
 * @typedef {object} RowsRecord
 * @property {'rows'} kind
 * @property {import('./machine.mjs').Machine} machine
 * @property {readonly string[]} about lines about the run
 * @property {{ row: import('./rows.mjs').Row, results: Record<string, import('./measure.mjs').Result[]>, failures: Record<string, string> }[]} findings
 */

/** @typedef {Omit<RowsRecord, 'kind'> & { kind: 'http' }} HttpRecord when there are no other rows */

/** @typedef {Omit<RowsRecord, 'kind'> & { kind: 'rooms' }} RoomsRecord the same for rooms */

/** @typedef {RowsRecord | HttpRecord | RoomsRecord | import('./wire.mjs').WireRecord | import('./codec.mjs').CodecRecord} AnyRecord */

/**
 * @param {readonly Findings[]} all
 * @param {import('./machine.mjs').Machine} machine
 * @param {readonly string[]} about
 * @returns {RowsRecord | HttpRecord | RoomsRecord}
 */
export function recordOf(all, machine, about) {
  const findings = all.map(({ row, results, failures }) => ({
    row,
    results: Object.fromEntries(results),
    failures: Object.fromEntries(failures),
  }));
  return { kind: kindOf(all), machine, about, findings };
}

/** @param {readonly Findings[]} all */
function kindOf(all) {
  if (all.every(({ row }) => isHttp(row))) return Kind.Http;
  return all.every(({ row }) => isRoom(row)) ? Kind.Rooms : Kind.Rows;
}

/**
 * @param {RowsRecord | HttpRecord | RoomsRecord} record
 * @returns {Findings[]}
 */
export function findingsOf({ findings }) {
  return findings.map(({ row, results, failures }) => ({
    row,
    results: new Map(Object.entries(results)),
    failures: new Map(Object.entries(failures)),
  }));
}
