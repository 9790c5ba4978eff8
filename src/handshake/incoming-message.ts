// Makes the head of an opening handshake of a request that `node:http` has parsed: for servers attached to an
// http.Server. RFC 6455 §4.2.1, RFC 6585 §5. Reads rawHeaders, for `headers` hides a second Host and joins a second
// key. Never imports node:http: anything of that shape will do.
import { DEFAULT_MAX_HEADERS_COUNT, Fields } from '../http/index.ts';
import type { UpgradeHead } from './upgrade-head.ts';

/** What is read of an `http.IncomingMessage`. */
export interface IncomingMessageLike {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly httpVersionMajor: number;
  readonly httpVersionMinor: number;
  /** Names and values by turns. */
  readonly rawHeaders: readonly string[];
}

/**
 * The head of `message`, to be judged by `readOpeningHandshake`.
 *
 * `node:http` drops the fields above its own limit without a word, so a request that has more than
 * `maxHeadersCount` is marked as truncated, and then refused.
 *
 * @param maxHeadersCount how many fields a request may have, 100 by default. Not more than the `maxHeadersCount` of the
 *   `http.Server`.
 */
export function headOfIncomingMessage(
  message: IncomingMessageLike,
  maxHeadersCount: number = DEFAULT_MAX_HEADERS_COUNT,
): UpgradeHead {
  const fields = Fields.from(message.rawHeaders);
  return {
    method: message.method ?? '',
    target: message.url ?? '',
    majorVersion: message.httpVersionMajor,
    minorVersion: message.httpVersionMinor,
    fields,
    truncated: fields.size > maxHeadersCount,
  };
}
