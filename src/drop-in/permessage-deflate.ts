// The `PerMessageDeflate` export of `ws`, over the machines of deflate/: RFC 7692 §5 and §7 with the shapes of `ws`.
// For whoever frames messages with a Sender or a Receiver; a WebSocket never makes one of these.
// Never answers inside the call; never compresses part of a message: what has no end yet is kept for the rest.
import {
  acceptOffer,
  acceptResponse,
  createOffer,
  type DeflateParameters,
  Deflater,
  type Directions,
  directionsOf,
  EXTENSION_NAME,
  type ExtensionElement,
  type InflateFailure,
  InflateFailures,
  Inflater,
  isNegotiationFailure,
  isParameterFault,
  type JobQueue,
  MAX_WINDOW_BITS,
  type NormalisedOptions,
  normaliseOptions,
  type PerMessageDeflateOptions,
  parseParameters,
} from '../deflate/index.ts';
import { type Extension, parseExtensions } from '../handshake/index.ts';
import { amount, compressionJobs } from '../websocket/index.ts';
import { type Done, Lane } from './lane.ts';

/** The options of {@link PerMessageDeflate}. */
export interface PerMessageDeflateSettings extends PerMessageDeflateOptions {
  /** Which side of the negotiation this is. Default `false`: the client. */
  readonly isServer?: boolean | undefined;
  /** The longest message in bytes after inflation. Default 0: no limit. */
  readonly maxPayload?: number | undefined;
}

/** One offer or answer as `extension.parse()` reads it: every parameter with all its values. */
export type WrittenParameters = Readonly<Record<string, readonly (string | true)[]>>;

/** What was offered or agreed, as `extension.format()` writes it. */
export interface NegotiatedParameters {
  server_no_context_takeover?: true;
  client_no_context_takeover?: true;
  server_max_window_bits?: number;
  client_max_window_bits?: number | true;
}

/** What of an instance compresses for a Sender, and from how many bytes on. */
export let compressionOf: (extension: PerMessageDeflate) => { readonly deflater: Deflater; readonly threshold: number };
/** What of an instance inflates for a Receiver, and how much at most. */
export let inflationOf: (extension: PerMessageDeflate) => { readonly inflater: Inflater; readonly maxPayload: number };

/** permessage-deflate for one endpoint of one connection. */
export class PerMessageDeflate {
  /** `permessage-deflate`. */
  static get extensionName(): string {
    return EXTENSION_NAME;
  }

  /** What was agreed; `null` before {@link accept}. */
  params: NegotiatedParameters | null = null;
  readonly #isServer: boolean;
  readonly #options: NormalisedOptions;
  readonly #maxPayload: number;
  readonly #jobs: JobQueue;
  #directions: Directions | undefined = undefined;
  #deflater: Deflater | undefined = undefined;
  #inflater: Inflater | undefined = undefined;
  readonly #compressing = new Lane((payload, done) => this.#deflate(payload, done));
  readonly #decompressing = new Lane((payload, done) => this.#inflate(payload, done));

  static {
    compressionOf = (extension) => ({
      deflater: extension.#openDeflater(),
      threshold: extension.#options.threshold,
    });
    inflationOf = (extension) => ({ inflater: extension.#openInflater(), maxPayload: extension.#maxPayload });
  }

  /**
   * @param options as those of a WebSocket; without a word about context takeover it is allowed, as in `ws`.
   * @throws TypeError or RangeError naming the option that is not what it must be.
   */
  constructor(options: PerMessageDeflateSettings = {}) {
    this.#options = normaliseOptions({
      ...options,
      serverNoContextTakeover: options.serverNoContextTakeover ?? false,
      clientNoContextTakeover: options.clientNoContextTakeover ?? false,
    });
    this.#isServer = options.isServer === true;
    this.#maxPayload = amount('maxPayload', options.maxPayload, 0) || Number.POSITIVE_INFINITY;
    this.#jobs = compressionJobs(this.#options.concurrencyLimit);
  }

  /** What a client writes into its offer. */
  offer(): NegotiatedParameters {
    return negotiated(readOwn(createOffer(this.#options)));
  }

  /**
   * Server: takes the first offer that can be met. Client: judges the answer to {@link offer}.
   *
   * @param configurations the offers, or the answer, as `extension.parse()` reads them.
   * @returns what was agreed, also in {@link params}; a server writes it into its answer.
   * @throws Error when no offer can be met, or the answer does not fit the offer.
   */
  accept(configurations: readonly WrittenParameters[]): NegotiatedParameters {
    const elements = configurations.map(elementOf);
    this.params = this.#isServer ? this.#acceptOffer(elements) : this.#acceptResponse(elements);
    return this.params;
  }

  #acceptOffer(offers: readonly ExtensionElement[]): NegotiatedParameters {
    const accepted = acceptOffer(offers, this.#options);
    if (accepted === undefined) throw new Error('None of the extension offers can be accepted (RFC 7692 §5)');
    this.#directions = directionsOf(accepted.parameters, 'server');
    return negotiated(readOwn(accepted.response));
  }

  #acceptResponse(answers: readonly ExtensionElement[]): NegotiatedParameters {
    const agreed = acceptResponse(answers, this.#options);
    if (agreed === undefined) throw new Error('The answer does not mention permessage-deflate');
    if (isNegotiationFailure(agreed)) throw new Error(`${agreed.text} (${agreed.section})`);
    this.#directions = directionsOf(agreed, 'client');
    // As the server wrote it, and what our own offer had promised besides.
    const answer = parseParameters(answers[0] as ExtensionElement) as DeflateParameters;
    const promised = agreed.clientMaxWindowBits < MAX_WINDOW_BITS ? agreed.clientMaxWindowBits : undefined;
    return negotiated({ ...answer, clientMaxWindowBits: answer.clientMaxWindowBits ?? promised });
  }

  /**
   * Compresses a message.
   *
   * @param fin `false`: more of it follows with the next call, and the answer is empty until it is whole.
   * @throws TypeError before {@link accept}.
   */
  compress(data: Buffer | string, fin: boolean, callback: Done): void {
    this.#agreed();
    this.#compressing.add(Buffer.from(data), fin, callback);
  }

  /** Decompresses a message. As {@link compress}; a message that is longer than `maxPayload` or corrupt is an error. */
  decompress(data: Buffer, fin: boolean, callback: Done): void {
    this.#agreed();
    this.#decompressing.add(data, fin, callback);
  }

  /** Gives everything back; whoever waits for an answer gets an error. */
  cleanup(): void {
    this.#deflater?.close();
    this.#inflater?.close();
    this.#deflater = undefined;
    this.#inflater = undefined;
    this.#compressing.abandon(new Error('The deflate stream was closed while data was being processed'));
    this.#decompressing.abandon(new Error('The inflate stream was closed while data was being processed'));
  }

  #deflate(payload: Buffer, done: Done): void {
    const data = this.#openDeflater().deflate(payload, {
      onDeflated: (deflated) => done(null, deflated),
      onDeflateFailed: (error) => done(error),
    });
    if (data !== undefined) done(null, data);
  }

  #inflate(payload: Buffer, done: Done): void {
    const result = this.#openInflater().inflate(payload, this.#maxPayload, {
      onInflated: (data) => done(null, data),
      onInflateFailed: (failure) => done(errorOf(failure)),
    });
    if (Buffer.isBuffer(result)) done(null, result);
    else if (result !== undefined) done(errorOf(result));
  }

  #openDeflater(): Deflater {
    const { deflate } = this.#agreed();
    this.#deflater ??= new Deflater({ ...deflate, zlibOptions: this.#options.deflateSettings, jobs: this.#jobs });
    return this.#deflater;
  }

  #openInflater(): Inflater {
    const { inflate } = this.#agreed();
    this.#inflater ??= new Inflater({ ...inflate, zlibOptions: this.#options.inflateSettings, jobs: this.#jobs });
    return this.#inflater;
  }

  #agreed(): Directions {
    if (this.#directions === undefined) throw new TypeError('nothing was agreed yet: call accept() first');
    return this.#directions;
  }
}

function elementOf(configuration: WrittenParameters): ExtensionElement {
  return { name: EXTENSION_NAME, parameters: new Map(Object.entries(configuration)) };
}

/** Reads an element that deflate/ has just written. */
function readOwn(element: string): DeflateParameters {
  const [written] = parseExtensions(element) as readonly [Extension];
  const parameters = parseParameters(written);
  /* v8 ignore next -- what we write, we can read */
  if (isParameterFault(parameters)) throw new Error(parameters.text);
  return parameters;
}

/** Absent parameters are left out, as `extension.format()` would write every key. */
function negotiated(parameters: DeflateParameters): NegotiatedParameters {
  const written: NegotiatedParameters = {};
  if (parameters.serverNoContextTakeover) written.server_no_context_takeover = true;
  if (parameters.clientNoContextTakeover) written.client_no_context_takeover = true;
  if (parameters.serverMaxWindowBits !== undefined) written.server_max_window_bits = parameters.serverMaxWindowBits;
  if (parameters.clientMaxWindowBits !== undefined) written.client_max_window_bits = parameters.clientMaxWindowBits;
  return written;
}

function errorOf(failure: InflateFailure): Error {
  const message = `${failure.text} (${failure.section})`;
  if (failure !== InflateFailures.TooBig) return Object.assign(new Error(message), { closeCode: failure.status });
  return Object.assign(new RangeError(message), {
    code: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
    closeCode: failure.status,
  });
}
