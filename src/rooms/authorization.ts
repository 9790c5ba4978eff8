// Whether somebody may do something in a room. It fails closed: whatever is not a clear yes is a no.
import { RoomError } from './room-error.ts';
import type { AuthorizationQuestion, Authorize } from './rooms-options.ts';

/**
 * Asks `authorize`; without one everybody may do everything.
 *
 * @returns a promise, or `undefined` when nobody has to be asked: then nothing has to be waited for.
 *   It rejects with a RoomError `WS_ERR_ROOM_FORBIDDEN` whose `cause` is what `authorize` has thrown.
 */
export function requireAllowed(
  authorize: Authorize | undefined,
  question: AuthorizationQuestion,
): Promise<void> | undefined {
  return authorize === undefined ? undefined : ask(authorize, question);
}

async function ask(authorize: Authorize, question: AuthorizationQuestion): Promise<void> {
  let isAllowed: unknown;
  try {
    isAllowed = await authorize(question);
  } catch (cause) {
    throw new RoomError('WS_ERR_ROOM_FORBIDDEN', { cause });
  }
  if (isAllowed !== true) throw new RoomError('WS_ERR_ROOM_FORBIDDEN');
}
