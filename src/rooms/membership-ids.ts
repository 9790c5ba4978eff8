// Ids of memberships: unique over all instances, because each draws its own beginning.
import { randomBytes } from 'node:crypto';

/** 72 bits: no two instances draw the same. */
const INSTANCE_BYTES = 9;

/** The ids of one instance. */
export class MembershipIds {
  readonly #instance = randomBytes(INSTANCE_BYTES).toString('base64url');
  #last = 0;

  next(): string {
    this.#last++;
    return `${this.#instance}.${this.#last.toString(36)}`;
  }
}
