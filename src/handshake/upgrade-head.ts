// What the opening handshake needs of a request, wherever it was parsed: by http/ or by somebody else.
// RFC 6455 §4.2.1. A type and nothing more: it says what is read, never how it came.

/** The fields of a request as far as the handshake asks for them. `Fields` of http/ is one. */
export interface UpgradeFields {
  /** The value of a field, of several lines all, joined by `', '`; `undefined` when there is none. */
  get(name: string): string | undefined;
  /** The values of all lines of a field, in order. */
  getAll(name: string): string[];
  /** How many lines of a field there are. */
  count(name: string): number;
  /** The whole head, one character per octet, where it is at hand: so that a refusal can show what it is about. */
  readonly source?: string | undefined;
}

/** The head of a request that may be an opening handshake. `RequestHead` of http/ is one. */
export interface UpgradeHead {
  readonly method: string;
  /** The request target as it was written. */
  readonly target: string;
  readonly majorVersion: number;
  readonly minorVersion: number;
  readonly fields: UpgradeFields;
  /** True when fields may be missing. Nothing can be believed of such a head: what is missing may be a second Host. */
  readonly truncated?: boolean | undefined;
}
