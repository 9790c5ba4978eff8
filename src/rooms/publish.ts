// Saying something in a room: what is said is checked, whoever says it is asked for, and the broker takes it.
import type { WebSocket } from '../websocket/index.ts';
import { requireAllowed } from './authorization.ts';
import type { Broker } from './broker.ts';
import { formatId } from './event-id.ts';
import { checkIdentity } from './join-options.ts';
import type { RoomMembership } from './member.ts';
import { checkKey, textOf } from './published.ts';
import type { RoomsSettings } from './rooms-options.ts';

/** What `publish` does besides. */
export interface PublishOptions {
  /** Not for this one: a WebSocket or a membership on this instance, or all memberships of an identity, everywhere. */
  readonly except?: WebSocket | RoomMembership | { readonly identity: string } | undefined;
  /**
   * What the publisher calls the event by, 1 to 255 characters: who tries again with the same key says nothing twice, as long
   * as the broker remembers (five minutes).
   */
  readonly key?: string | undefined;
  /** Who says it: `authorize` is asked for `'publish'`. Without one it is the server itself, and nobody is asked. */
  readonly identity?: string | undefined;
  /** Handed on to `authorize`. */
  readonly request?: unknown;
}

/**
 * Appends an event to the log of a room. Without anything to wait for, it is in a broker's hands when this returns.
 *
 * @param except as a log has it.
 * @returns the id. It rejects as `Rooms.publish`.
 */
export async function publish(
  broker: Broker,
  settings: RoomsSettings,
  room: string,
  event: object,
  except: string | undefined,
  options: PublishOptions,
): Promise<string> {
  const { key, identity, request } = options;
  checkKey(key);
  checkIdentity(identity);
  const text = textOf(event, settings.maxEventSize);
  if (identity !== undefined) {
    const answer = requireAllowed(settings.authorize, { room, action: 'publish', identity, request });
    if (answer !== undefined) await answer;
  }
  const { epoch, offset } = await broker.append(room, text, { except, key });
  return formatId(epoch, offset);
}
