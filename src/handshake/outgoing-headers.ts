// Headers as an application gives them, made into field lines. RFC 9110 §5.1 to §5.5.
// Refuses names that differ only in case: the reader would take the first, the last or both (RFC 9112 §3.2 for Host).
// Never lets a character through that could end a line: every value goes through the one check in http/.
import { checkFieldName, checkFieldValue } from '../http/index.ts';

/** Names and values; an array stands for several lines of one field. */
export type OutgoingHeaders = Readonly<Record<string, string | number | readonly string[]>>;

/** One field line. */
export type FieldLine = readonly [name: string, value: string];

/**
 * Makes field lines of headers, checked.
 *
 * @throws TypeError when a name is no token, a value holds what no field value may hold, or two names differ only in
 *   case.
 */
export function fieldLines(headers: OutgoingHeaders): FieldLine[] {
  const lines: FieldLine[] = [];
  const seen = new Set<string>();
  for (const [name, given] of Object.entries(headers)) {
    checkFieldName(name);
    const folded = name.toLowerCase();
    if (seen.has(folded)) throw new TypeError(`The header ${name} is given twice; give one array instead`);
    seen.add(folded);
    const values = Array.isArray(given) ? (given as readonly string[]) : [given as string | number];
    for (const value of values) {
      const text = typeof value === 'number' ? String(value) : value;
      checkFieldValue(name, text);
      lines.push([name, text]);
    }
  }
  return lines;
}
