// Why an opening handshake failed, as an application sees it on either side: RFC 6455 §4.2.2 for servers, §4.1 and §7.1.7 for
// clients. One stable code for each reason, the section, the octet and what would have been right.
import type { Excerpt } from '../bytes/index.ts';
import type { Finding } from '../http/index.ts';

/** A row that says what a peer did wrong: of `HandshakeRefusals`, `HandshakeFailures`, `HttpRefusals` and the like. */
export interface HandshakeFault {
  readonly name: string;
  readonly section: string;
  readonly text: string;
  readonly expected: string;
  /** The status of the answer, where there is one. */
  readonly status?: number | undefined;
}

/** The opening handshake failed. */
export class HandshakeError extends Error {
  override readonly name = 'HandshakeError';
  /** `WS_ERR_HANDSHAKE_` and the reason, for instance `WS_ERR_HANDSHAKE_ACCEPT_MISMATCH`. */
  readonly code: string;
  /** The rule that was broken, for instance `RFC 6455 §4.1`; `undefined` when none was. */
  readonly section: string | undefined;
  /** What would have been right; `undefined` when no rule was broken. */
  readonly expected: string | undefined = undefined;
  /**
   * Which octet broke the rule, counted from the first of the head it is in, or of the body for `excerpt.of` `'body'`. What
   * is missing is missing where the head ends. `undefined` when `node:http` has read the head, which keeps no octets.
   */
  readonly offset: number | undefined = undefined;
  /** The octets around it. They are the peer's: think before they go into a log. */
  readonly excerpt: Excerpt | undefined = undefined;

  /** @param reason the name of the reason in CamelCase. */
  constructor(reason: string, message: string, section?: string, fault?: HandshakeFault, finding?: Finding) {
    super(message);
    this.code = `WS_ERR_HANDSHAKE_${reason.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()}`;
    this.section = section;
    this.expected = fault?.expected;
    this.offset = finding?.offset;
    this.excerpt = finding?.excerpt;
  }
}

/** A request that was refused: what the listener of `wsClientError` and `sluice:violation` get. */
export interface RefusedHandshake extends HandshakeError {
  /** The status of the answer. */
  readonly status: number;
}

/** The client's opening handshake broke a rule. */
export function invalidHandshake(fault: HandshakeFault & { status: number }, finding?: Finding): RefusedHandshake {
  const { status } = fault;
  return Object.assign(faulty('Invalid opening handshake', fault, finding), { status });
}

/** The server's answer broke a rule. */
export function invalidAnswer(fault: HandshakeFault, finding?: Finding): HandshakeError {
  return faulty('Invalid answer to the opening handshake', fault, finding);
}

function faulty(what: string, fault: HandshakeFault, finding: Finding | undefined): HandshakeError {
  const { name, section, text, expected } = fault;
  const where = finding === undefined ? '' : `, byte ${finding.offset}${shown(finding.excerpt)}`;
  const message = `${what}: ${text.replace(/\.$/, '')} (${section}${where}); expected ${expected}`;
  return new HandshakeError(name, message, section, fault, finding);
}

function shown(excerpt: Excerpt | undefined): string {
  if (excerpt === undefined) return '';
  return excerpt.of === 'body' ? ` of the body: ${excerpt.hex}` : `: ${excerpt.hex}`;
}
