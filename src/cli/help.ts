// What `sluice --help` and `sluice --version` print.
import { readFileSync } from 'node:fs';
import { SETTINGS, type Setting } from './setting.ts';

/** The text of `sluice --help`. */
export function helpText(): string {
  const flags = SETTINGS.map(({ flag, value }) => `--${flag} ${value}`);
  const widest = Math.max(...flags.map((flag) => flag.length));
  const rows = SETTINGS.map(({ variable, alias, help }: Setting, index) => {
    const flag = (flags[index] as string).padEnd(widest);
    return `  ${flag}  ${help}\n  ${' '.repeat(widest)}  (${alias === undefined ? variable : `${variable} or ${alias}`})`;
  });
  return `Usage: sluice serve [options]             start a server with rooms, and a page to try it
       sluice inspect [--from WHO] [HEX]  name every field of frames and of opening handshakes
       sluice --help | --version

sluice serve
${rows.join('\n')}

  In brackets: the variable of the environment that says the same; commas separate several.
  Without a secret everybody is a guest, and only this machine can connect.

sluice inspect
  HEX          bytes in hex, such as 81 85 37fa213d 7f9f4d5158; without it they are read from the standard input
  --from WHO   client or server; without it the MASK bit is believed
`;
}

/** The version of the package. */
export function version(): string {
  // Two folders up, from src/ and from dist/ alike.
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return (manifest as { version: string }).version;
}
