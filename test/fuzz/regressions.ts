// Inputs that once broke something, one file each: `regressions/<target>/<hash>.hex`. The first lines, with `#`, say what
// was wrong; the rest is the input in hexadecimal digits.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** An input that was kept. */
export interface Regression {
  readonly file: string;
  /** What was wrong. */
  readonly explanation: string;
  readonly input: Buffer;
}

const DIGITS_PER_LINE = 100;

/** Keeps an input. @returns the name of its file. */
export function keep(folder: string, target: string, input: Buffer, explanation: string): string {
  const file = `${createHash('sha256').update(input).digest('hex').slice(0, 16)}.hex`;
  const comment = explanation.split('\n').map((line) => `# ${line}`);
  const digits = input.toString('hex').match(new RegExp(`.{1,${DIGITS_PER_LINE}}`, 'g')) ?? [];
  mkdirSync(join(folder, target), { recursive: true });
  writeFileSync(join(folder, target, file), `${[...comment, ...digits].join('\n')}\n`);
  return file;
}

/** Every input that was kept for a target. */
export function kept(folder: string, target: string): Regression[] {
  const place = join(folder, target);
  if (!existsSync(place)) return [];
  return readdirSync(place).map((file) => {
    const lines = readFileSync(join(place, file), 'utf8').split('\n');
    const comment = lines.filter((line) => line.startsWith('#')).map((line) => line.replace(/^# ?/, ''));
    const digits = lines.filter((line) => !line.startsWith('#')).join('');
    return { file, explanation: comment.join('\n'), input: Buffer.from(digits, 'hex') };
  });
}
