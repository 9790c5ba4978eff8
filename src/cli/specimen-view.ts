// A dissection as text for a terminal: the bytes in rows of sixteen, and below them every field with its place, what it holds
// and what it means. In colours, a field has the same one above and below. Prints nothing itself.
import { hexByte } from '../bytes/index.ts';
import type { Field, Specimen } from '../inspect/index.ts';

const BYTES_IN_ROW = 16;
/** Longer specimens are cut in the dump; the fields are all there. */
const MOST_ROWS = 32;
/** Bytes of a field that are written out beside it. */
const MOST_BYTES_OF_FIELD = 8;
/** What a field means stands in a column, except behind longer values. */
const VALUE_COLUMN = 14;

const RESET = '\x1b[0m';
const BOLD = '\x1b[1m';
const DIM = '\x1b[2m';
const RED = '\x1b[31m';
/** Cyan, yellow, green, magenta, blue, bright cyan: told apart on dark and on light. */
const FIELD_COLOURS = ['\x1b[36m', '\x1b[33m', '\x1b[32m', '\x1b[35m', '\x1b[34m', '\x1b[96m'] as const;

const PRINTABLE_FIRST = 0x20;
const PRINTABLE_LAST = 0x7e;

/** The text for one specimen, with a line end behind each line. */
export function viewSpecimen({ bytes, dissection }: Specimen, colours: boolean): string {
  const paint = colours ? painted : plain;
  const { kind, author, title, length, complete, fields, breach } = dissection;
  const size = complete ? `${length} bytes` : `${bytes.length} of ${length} bytes`;
  const what = kind === 'frame' ? `${title} frame` : `${title}, opening handshake`;
  const lines = [paint(BOLD, `${what} from the ${author}, ${size}`), '', ...dump(bytes, fields, paint), ''];
  lines.push(...table(bytes, fields, paint));
  if (breach !== undefined) {
    lines.push('', paint(RED, `Refused: ${breach.text} (byte ${breach.offset}, ${breach.section})`));
    lines.push(paint(RED, `Expected: ${breach.expected}`));
  } else if (!complete) {
    lines.push('', paint(DIM, 'The bytes end here; more belong to it.'));
  }
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

type Paint = (colour: string, text: string) => string;

function painted(colour: string, text: string): string {
  return text === '' || colour === '' ? text : `${colour}${text}${RESET}`;
}

function plain(_colour: string, text: string): string {
  return text;
}

function colourOf(index: number): string {
  return FIELD_COLOURS[index % FIELD_COLOURS.length] as string;
}

function dump(bytes: Buffer, fields: readonly Field[], paint: Paint): string[] {
  const colours = coloursOf(bytes.length, fields);
  const rows: string[] = [];
  for (let at = 0; at < bytes.length && rows.length < MOST_ROWS; at += BYTES_IN_ROW) {
    const row = [...bytes.subarray(at, at + BYTES_IN_ROW)];
    const hex = row.map((byte, index) => paint(colours[at + index] ?? '', hexByte(byte))).join(' ');
    const text = row.map(asCharacter).join('');
    const space = '   '.repeat(BYTES_IN_ROW - row.length);
    rows.push(`  ${paint(DIM, at.toString(16).padStart(4, '0'))}  ${hex}${space}  ${paint(DIM, text)}`);
  }
  const shown = rows.length * BYTES_IN_ROW;
  if (shown < bytes.length) rows.push(`  … ${bytes.length - shown} bytes more`);
  return rows;
}

/** The colour of each byte: that of the first field that it belongs to. */
function coloursOf(length: number, fields: readonly Field[]): string[] {
  const colours: string[] = [];
  for (const [index, field] of fields.entries()) {
    const end = Math.min(length, field.offset + field.length);
    for (let at = field.offset; at < end; at++) colours[at] ??= colourOf(index);
  }
  return colours;
}

function asCharacter(byte: number): string {
  return byte >= PRINTABLE_FIRST && byte <= PRINTABLE_LAST ? String.fromCharCode(byte) : '·';
}

function table(bytes: Buffer, fields: readonly Field[], paint: Paint): string[] {
  const rows = fields.map((field) => [placeOf(field), wireOf(bytes, field), field.name, field.value] as const);
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => (row[column] as string).length)));
  return rows.map(([place, wire, name, value], index) => {
    const { meaning, section } = fields[index] as Field;
    const [placeWidth = 0, wireWidth = 0, nameWidth = 0] = widths;
    const colour = colourOf(index);
    const start = `  ${place.padStart(placeWidth)}  ${paint(colour, wire.padEnd(wireWidth))}  ${paint(colour, name.padEnd(nameWidth))}`;
    return `${start}  ${paint(BOLD, value.padEnd(VALUE_COLUMN))}  ${paint(DIM, `${meaning} (${section})`)}`;
  });
}

function placeOf({ offset, length }: Field): string {
  return length === 1 ? String(offset) : `${offset}-${offset + length - 1}`;
}

/** The bits of a small field in their places, or the first bytes of a large one. */
function wireOf(bytes: Buffer, { offset, length, bits }: Field): string {
  if (bits === undefined) {
    const end = Math.min(offset + length, offset + MOST_BYTES_OF_FIELD);
    return `${bytes.toString('hex', offset, end)}${length > MOST_BYTES_OF_FIELD ? '…' : ''}`;
  }
  const all = (bytes[offset] as number).toString(2).padStart(8, '0');
  const end = bits.first + bits.count;
  return '·'.repeat(bits.first) + all.slice(bits.first, end) + '·'.repeat(all.length - end);
}
