// Who somebody is where nobody has a secret to prove it by: a guest, by the name that the guest chose.
import { MAX_NAME_LENGTH } from './message.ts';

/** What would be carried out instead of shown: control characters, ends of lines, turns of the reading direction. */
const NOT_A_NAME = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

/** The name that a guest's token is; `undefined` when it can be none. */
export function guestName(token: string): string | undefined {
  const name = token.trim();
  return name === '' || name.length > MAX_NAME_LENGTH || NOT_A_NAME.test(name) ? undefined : name;
}
