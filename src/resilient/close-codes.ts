// Which close codes allow a client to come back: RFC 6455 §7.4 and the registry of §11.7, and those of `sluice.v1`.
// A code forbids it where coming back would meet the same answer, or where the server has finished.

/** The server, or the application, has finished. */
export const NORMAL = 1000;
/** RFC 6455 §7.1.5: the Close frame had no code. */
export const NO_STATUS = 1005;
/** RFC 6455 §7.1.5: no Close frame came. */
export const ABNORMAL = 1006;
/** More was to be sent than the outbox holds, under `overflow: 'close'`. */
export const OVERFLOW = 4013;
/** Who somebody is was not believed, or is over. */
export const UNAUTHENTICATED = 4001;
/** Not for you. */
export const FORBIDDEN = 4003;

const FINAL: ReadonlySet<number> = new Set([
  NORMAL,
  1002, // Protocol error: the same client would make it again.
  1003, // A kind of data that the server does not take.
  1007, // Data that was not what it said it was.
  1008, // Against the server's policy.
  1009, // Too large: sending it again makes it no smaller.
  1010, // An extension is missing.
  3000, // Unauthorized, in IANA's registry.
  3003, // Forbidden, in the same.
  UNAUTHENTICATED,
  FORBIDDEN,
  OVERFLOW,
]);

/** Whether a connection that ended with `code` may be made again. */
export function mayComeBack(code: number): boolean {
  return !FINAL.has(code);
}
