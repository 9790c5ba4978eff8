// `sluice/deflate`: RFC 7692, permessage-deflate, without a socket. Negotiate with `normaliseOptions` and then `acceptOffer`,
// or `createOffer` and `acceptResponse`; ask `directionsOf` what that means here; give it to a `Deflater` and an `Inflater`.
export { Deflater, type DeflaterOptions, type DeflateSink } from './deflater.ts';
export { type InflateFailure, type InflateFailureRow, InflateFailures } from './inflate-failure.ts';
export { Inflater, type InflaterOptions, type InflateSink } from './inflater.ts';
export { type Job, JobQueue } from './job-queue.ts';
export {
  type AcceptedOffer,
  acceptOffer,
  acceptResponse,
  createOffer,
  isNegotiationFailure,
  type NegotiationFailure,
  NegotiationFailures,
} from './negotiation.ts';
export {
  DEFAULT_CONCURRENCY_LIMIT,
  DEFAULT_THRESHOLD,
  type DeflateSettings,
  type InflateSettings,
  type NormalisedOptions,
  normaliseOptions,
  type PerMessageDeflateOptions,
} from './options.ts';
export {
  type AgreedParameters,
  type DeflateParameters,
  type Direction,
  type Directions,
  directionsOf,
  EXTENSION_NAME,
  type ExtensionElement,
  formatParameters,
  isParameterFault,
  MAX_WINDOW_BITS,
  MIN_WINDOW_BITS,
  type ParameterFault,
  type ParameterFaultRow,
  ParameterFaults,
  parseParameters,
} from './parameters.ts';
