// What each opcode is called and what it is for: RFC 6455 §5.2, in words for somebody who sees one for the first time.
import { isControl, Opcode } from '../frame/index.ts';

/** One opcode in words. */
export interface OpcodeName {
  readonly title: string;
  readonly meaning: string;
  readonly section: string;
}

const NAMES: ReadonlyMap<number, OpcodeName> = new Map<number, OpcodeName>([
  [
    Opcode.Continuation,
    { title: 'Continuation', meaning: 'more of the message that an earlier frame began', section: 'RFC 6455 §5.4' },
  ],
  [Opcode.Text, { title: 'Text', meaning: 'the message is text in UTF-8', section: 'RFC 6455 §5.6' }],
  [
    Opcode.Binary,
    {
      title: 'Binary',
      meaning: 'the message is bytes that only the application understands',
      section: 'RFC 6455 §5.6',
    },
  ],
  [
    Opcode.Close,
    {
      title: 'Close',
      meaning: 'the last frame from this side; the other side answers with its own',
      section: 'RFC 6455 §5.5.1',
    },
  ],
  [Opcode.Ping, { title: 'Ping', meaning: 'are you there? a Pong must answer', section: 'RFC 6455 §5.5.2' }],
  [Opcode.Pong, { title: 'Pong', meaning: 'the answer to a Ping, with the same payload', section: 'RFC 6455 §5.5.3' }],
]);

/** The name of `opcode`, reserved ones included. */
export function nameOpcode(opcode: number): OpcodeName {
  const name = NAMES.get(opcode);
  if (name !== undefined) return name;
  const kind = isControl(opcode) ? 'control frames' : 'data frames';
  return {
    title: `Reserved ${hexDigit(opcode)}`,
    meaning: `nothing yet: kept for ${kind} of the future, and refused until then`,
    section: 'RFC 6455 §5.2',
  };
}

/** An opcode as the RFC writes it. */
export function hexDigit(opcode: number): string {
  return `0x${opcode.toString(16).toUpperCase()}`;
}
