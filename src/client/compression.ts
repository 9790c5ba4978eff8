// permessage-deflate as a client agrees on it: what the server's answer means, and the two machines that follow from it.
// RFC 7692 §5, §7.1.
import type { Compression } from '../connection/index.ts';
import {
  acceptResponse,
  Deflater,
  directionsOf,
  Inflater,
  isNegotiationFailure,
  type NegotiationFailure,
  type NormalisedOptions,
} from '../deflate/index.ts';
import type { Extension } from '../handshake/index.ts';
import { compressionJobs } from '../websocket/index.ts';

/**
 * Judges what the server said about permessage-deflate. Without its consent there is none: RFC 6455 §5.8(a), §9.1(e).
 *
 * @param extensionsInUse the extensions in the server's answer.
 * @param options what the offer was made from; `undefined` when there was none.
 * @returns `undefined` when nothing will be compressed; a row that says why the handshake fails.
 */
export function agreeOnCompression(
  extensionsInUse: readonly Extension[],
  options: NormalisedOptions | undefined,
): Compression | NegotiationFailure | undefined {
  if (options === undefined) return undefined;
  const agreed = acceptResponse(extensionsInUse, options);
  if (agreed === undefined || isNegotiationFailure(agreed)) return agreed;
  const directions = directionsOf(agreed, 'client');
  const jobs = compressionJobs(options.concurrencyLimit);
  return {
    deflater: new Deflater({ ...directions.deflate, zlibOptions: options.deflateSettings, jobs }),
    inflater: new Inflater({ ...directions.inflate, zlibOptions: options.inflateSettings, jobs }),
  };
}

/** Whether {@link agreeOnCompression} gives up. */
export function isCompressionFailure(
  result: Compression | NegotiationFailure | undefined,
): result is NegotiationFailure {
  return result !== undefined && 'section' in result;
}
