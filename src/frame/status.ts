// Close codes: RFC 6455 §7.4, and the IANA registry of §11.7 for those that came later.

/** The registered close codes (RFC 6455 §7.4.1; 1012 to 1014 from the IANA "WebSocket Close Code Number" registry). */
export const CloseCode = {
  /** The purpose is fulfilled. */
  NormalClosure: 1000,
  /** A server goes down, or a browser leaves the page. */
  GoingAway: 1001,
  /** The peer broke the protocol. */
  ProtocolError: 1002,
  /** Data of a type that this endpoint cannot accept. */
  UnsupportedData: 1003,
  /** Never on the wire: the Close frame had no code (§7.1.5). */
  NoStatusReceived: 1005,
  /** Never on the wire: there was no Close frame (§7.1.5). */
  AbnormalClosure: 1006,
  /** The bytes do not fit the type of the message, for instance text that is not UTF-8. */
  InvalidPayload: 1007,
  /** A policy forbids it, and no better code exists. */
  PolicyViolation: 1008,
  /** More than this endpoint is willing to take. */
  MessageTooBig: 1009,
  /** A client misses an extension in the server's answer. */
  MandatoryExtension: 1010,
  /** Something unexpected happened to the server. */
  InternalError: 1011,
  /** The server restarts: come back after a random delay. */
  ServiceRestart: 1012,
  /** The server is too busy, or you are too slow: come back later. */
  TryAgainLater: 1013,
  /** A gateway got a bad answer. */
  BadGateway: 1014,
  /** Never on the wire: the TLS handshake failed. */
  TlsHandshake: 1015,
} as const;
/** One of the registered close codes. Applications may send 3000 to 4999 besides (§7.4.2). */
export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];

/** §7.4.2: 3000 to 3999 are registered with IANA on request, 4000 to 4999 belong to applications. */
const FIRST_APPLICATION_CODE = 3000;
const LAST_APPLICATION_CODE = 4999;

/** Whether `code` may stand in a Close frame: §7.4.2(A). 1004, 1005, 1006 and 1015 may not: §7.4.1(a)(b)(d). */
export function mayTravel(code: number): boolean {
  if (code >= CloseCode.NormalClosure && code <= CloseCode.BadGateway) {
    // §7.4.1: 1004 is reserved without a meaning, 1005 and 1006 only ever stand for the absence of a code.
    return code !== 1004 && code !== CloseCode.NoStatusReceived && code !== CloseCode.AbnormalClosure;
  }
  return code >= FIRST_APPLICATION_CODE && code <= LAST_APPLICATION_CODE;
}
