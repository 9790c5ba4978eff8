// `sluice inspect`: bytes in hex, from the arguments or the standard input, to the names of their fields.
import { dissectAll } from '../inspect/index.ts';
import type { InspectOptions } from './command-line.ts';
import { readHex } from './hex-input.ts';
import { viewSpecimen } from './specimen-view.ts';
import { complain, type Terminal, wantsColours } from './terminal.ts';

/** Characters of input: half a mebibyte of bytes is more than anybody reads. */
const MOST_INPUT = 1_048_576;

/**
 * Prints what the bytes are.
 *
 * @returns the exit code: 1 when they are not hex. Bytes that break the protocol are worth looking at, and no failure.
 */
export async function inspect({ hex, from }: InspectOptions, terminal: Terminal): Promise<number> {
  const fromInput = hex.length === 0 || (hex.length === 1 && hex[0] === '-');
  if (fromInput && terminal.input.isTTY) {
    return complain(terminal, 'expected bytes in hex: as an argument, or through a pipe (see sluice --help)');
  }
  const text = fromInput ? await readAll(terminal.input) : hex.join(' ');
  if (text === undefined) return complain(terminal, `expected at most ${MOST_INPUT} characters of hex`);
  const bytes = readHex(text);
  if (typeof bytes === 'string') return complain(terminal, bytes);
  const colours = wantsColours(terminal);
  const views = dissectAll(bytes, { author: from, compression: true }).map((specimen) =>
    viewSpecimen(specimen, colours),
  );
  terminal.output.write(views.join('\n'));
  return 0;
}

async function readAll(input: Terminal['input']): Promise<string | undefined> {
  let text = '';
  for await (const chunk of input) {
    text += String(chunk);
    if (text.length > MOST_INPUT) return undefined;
  }
  return text;
}
