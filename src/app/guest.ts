// Who somebody is where nobody has a secret to prove it by: a guest, by the name that the guest chose.
import { AuthenticationError } from '../server/index.ts';
import { MAX_NAME_LENGTH, readClientMessage } from './message.ts';
import type { User } from './user.ts';

/** What would be carried out instead of shown: control characters, ends of lines, turns of the reading direction. */
const NOT_A_NAME = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

/** The name that a guest's token is; `undefined` when it can be none. */
export function guestName(token: string): string | undefined {
  const name = token.trim();
  return name === '' || name.length > MAX_NAME_LENGTH || NOT_A_NAME.test(name) ? undefined : name;
}

/**
 * Believes every guest's AUTH.
 *
 * @throws AuthenticationError when the message is none, or its token no name.
 */
export function authenticateGuest(data: Buffer, isBinary: boolean): User {
  const message = isBinary ? undefined : readClientMessage(data.toString('utf8'));
  if (message?.type !== 'AUTH') throw new AuthenticationError('the first message must be AUTH');
  const userId = guestName(message.token);
  if (userId === undefined) throw new AuthenticationError('the token is no name');
  return { userId };
}
