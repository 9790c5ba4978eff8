// One run of the command `sluice`, from its arguments to its exit code.
import { readCommandLine } from './command-line.ts';
import { helpText, version } from './help.ts';
import { inspect } from './inspect.ts';
import { serve } from './serve.ts';
import { complain, type Terminal } from './terminal.ts';

/**
 * Does what the arguments say.
 *
 * @returns the exit code: 0, or 1 after one line that says why.
 */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const command = readCommandLine(args, terminal.environment);
  switch (command.name) {
    case 'help':
      terminal.output.write(helpText());
      return 0;
    case 'version':
      terminal.output.write(`${version()}\n`);
      return 0;
    case 'fault':
      return complain(terminal, command.text);
    case 'serve':
      return serve(command.options, terminal);
    case 'inspect':
      return inspect(command.options, terminal);
  }
}
