// RFC 7692 §5 and §7.1: who may compress how. A server picks one of the client's offers and answers it; a client writes
// its offer and judges the answer. Pure: elements in, a header value or a verdict out. An offer that cannot be met is
// declined and never an error; an answer that does not fit the offer fails the connection.
import type { NormalisedOptions } from './options.ts';
import {
  type AgreedParameters,
  type DeflateParameters,
  EXTENSION_NAME,
  type ExtensionElement,
  formatParameters,
  isParameterFault,
  MAX_WINDOW_BITS,
  type ParameterFaultRow,
  ParameterFaults,
  parseParameters,
} from './parameters.ts';

/** What a server does with an offer it can meet. */
export interface AcceptedOffer {
  /** What both sides now hold to. */
  readonly parameters: AgreedParameters;
  /** The element to put into the response's `Sec-WebSocket-Extensions`. */
  readonly response: string;
}

/**
 * Server: takes the first offer that can be met; the client's order is its preference (§5(a)). It is the only one taken, of
 * any extension: §5(d)(f), RFC 6455 §4.2.2(h)(i), §9(a).
 *
 * @param offers - every element of the request's `Sec-WebSocket-Extensions`, in order; other extensions are passed over
 * @param options - this server's options
 * @returns the agreement and the answer, or `undefined`: decline, and say nothing about permessage-deflate (§5.1)
 */
export function acceptOffer(
  offers: readonly ExtensionElement[],
  options: NormalisedOptions,
): AcceptedOffer | undefined {
  for (const element of offers) {
    if (element.name !== EXTENSION_NAME) continue;
    const offer = parseParameters(element);
    // §7(a)(b)(c): an offer with an undefined, repeated or invalid parameter MUST be declined. The next one may be sound.
    if (isParameterFault(offer)) continue;
    const response = answerTo(offer, options);
    if (response === undefined) continue; // §5(l), §7(d)
    return {
      parameters: {
        serverNoContextTakeover: response.serverNoContextTakeover,
        clientNoContextTakeover: response.clientNoContextTakeover,
        serverMaxWindowBits: response.serverMaxWindowBits ?? MAX_WINDOW_BITS,
        clientMaxWindowBits: response.clientMaxWindowBits ?? MAX_WINDOW_BITS, // §7.2.2(e)
      },
      response: formatParameters(response), // §5(k)
    };
  }
  return undefined;
}

/** A response never names `client_max_window_bits` without a value (§7.1.2.2). */
interface ResponseParameters extends DeflateParameters {
  readonly clientMaxWindowBits: number | undefined;
}

/** The answer to one offer (§5(j)(m), RFC 6455 §9(b)), or `undefined` when this server cannot do what the offer demands. */
function answerTo(offer: DeflateParameters, options: NormalisedOptions): ResponseParameters | undefined {
  // §7.1.2.1(b)(d): a demanded server window must be answered with the same or a smaller one. An answer may also name one
  // that was not demanded; saying 15 then would say nothing.
  if (offer.serverMaxWindowBits !== undefined && options.serverMaxWindowBits === false) return undefined;
  const ownLimit = typeof options.serverMaxWindowBits === 'number' ? options.serverMaxWindowBits : MAX_WINDOW_BITS;
  const serverWindow = Math.min(ownLimit, offer.serverMaxWindowBits ?? MAX_WINDOW_BITS);
  const serverMaxWindowBits =
    offer.serverMaxWindowBits !== undefined || serverWindow < MAX_WINDOW_BITS ? serverWindow : undefined;

  // §5(n), §7.1.2.2(b)(c): a client window may be named only when the client said that it can be limited, and then the same or
  // smaller than its own hint. §7.1.2.2(A): A server that insists on a smaller one has to decline a client that did not.
  let clientMaxWindowBits: number | undefined;
  if (offer.clientMaxWindowBits !== undefined) {
    if (options.clientMaxWindowBits !== false) {
      const hint = offer.clientMaxWindowBits === true ? undefined : offer.clientMaxWindowBits;
      const demand = options.clientMaxWindowBits === true ? undefined : options.clientMaxWindowBits;
      if (hint !== undefined || demand !== undefined) {
        clientMaxWindowBits = Math.min(hint ?? MAX_WINDOW_BITS, demand ?? MAX_WINDOW_BITS);
      }
    }
  } else if (typeof options.clientMaxWindowBits === 'number' && options.clientMaxWindowBits < MAX_WINDOW_BITS) {
    return undefined;
  }

  return {
    // §7.1.1.1(a)(b): what was demanded must be in the answer; it may be there unasked.
    serverNoContextTakeover: offer.serverNoContextTakeover || options.serverNoContextTakeover,
    // §7.1.1.2: a client has to support this one in an answer whether it offered it or not.
    clientNoContextTakeover: offer.clientNoContextTakeover || options.clientNoContextTakeover,
    serverMaxWindowBits,
    clientMaxWindowBits,
  };
}

/**
 * Client: writes the one offer these options stand for: §5(h)(i).
 *
 * @param options - this client's options
 * @returns the element for the request's `Sec-WebSocket-Extensions`
 */
export function createOffer(options: NormalisedOptions): string {
  return formatParameters(offerOf(options));
}

function offerOf(options: NormalisedOptions): DeflateParameters {
  return {
    serverNoContextTakeover: options.serverNoContextTakeover,
    clientNoContextTakeover: options.clientNoContextTakeover,
    serverMaxWindowBits: typeof options.serverMaxWindowBits === 'number' ? options.serverMaxWindowBits : undefined,
    clientMaxWindowBits: options.clientMaxWindowBits === false ? undefined : options.clientMaxWindowBits,
  };
}

/** Every way in which a server's answer can be wrong. Each one fails the connection (§7, RFC 6455 §4.1). */
export const NegotiationFailures = {
  ...ParameterFaults,
  RepeatedExtension: {
    section: 'RFC 7692 §5',
    text: 'permessage-deflate: accepted more than once, but only one can own the RSV1 bit',
    expected: 'permessage-deflate once',
  },
  ServerContextTakeover: {
    section: 'RFC 7692 §7.1.1.1',
    text: 'permessage-deflate: server_no_context_takeover was demanded and is missing from the answer',
    expected: 'server_no_context_takeover',
  },
  ServerMaxWindowBitsMissing: {
    section: 'RFC 7692 §7.1.2.1',
    text: 'permessage-deflate: server_max_window_bits was demanded and is missing from the answer',
    expected: 'server_max_window_bits, with the value of the offer or a smaller one',
  },
  ServerMaxWindowBitsTooLarge: {
    section: 'RFC 7692 §7.1.2.1',
    text: 'permessage-deflate: server_max_window_bits in the answer is larger than the demanded one',
    expected: 'the value of the offer or a smaller one',
  },
  ClientMaxWindowBitsNotOffered: {
    section: 'RFC 7692 §7.1.2.2',
    text: 'permessage-deflate: client_max_window_bits is in the answer but was not in the offer',
    expected: 'no client_max_window_bits',
  },
  ClientMaxWindowBitsMissingValue: {
    section: 'RFC 7692 §7.1.2.2',
    text: 'permessage-deflate: client_max_window_bits in an answer must have a value',
    expected: 'client_max_window_bits with a value from 8 to 15',
  },
  ClientMaxWindowBitsTooLarge: {
    section: 'RFC 7692 §7.1.2.2',
    text: 'permessage-deflate: client_max_window_bits in the answer is larger than the offered one',
    expected: 'the value of the offer or a smaller one',
  },
} as const satisfies Record<string, ParameterFaultRow>;

/** A row of {@link NegotiationFailures}. */
export type NegotiationFailure = (typeof NegotiationFailures)[keyof typeof NegotiationFailures];

/**
 * Client: judges the server's answer to {@link createOffer} of the same options: §5(b).
 *
 * @param elements - every element of the response's `Sec-WebSocket-Extensions`; other extensions are passed over
 * @param options - the options the offer was made from
 * @returns the agreement; or `undefined`: the server declined, so nothing is compressed (§5.1); or the row of
 *   {@link NegotiationFailures} that says why the connection must be failed. Never throws.
 */
export function acceptResponse(
  elements: readonly ExtensionElement[],
  options: NormalisedOptions,
): AgreedParameters | NegotiationFailure | undefined {
  const answers = elements.filter((element) => element.name === EXTENSION_NAME);
  const element = answers[0];
  if (element === undefined) return undefined; // §5(p)
  if (answers.length > 1) return NegotiationFailures.RepeatedExtension; // §5(A)
  const answer = parseParameters(element);
  if (isParameterFault(answer)) return answer; // §7(e)(f)(g)
  const offer = offerOf(options);

  // §7.1.1.1(A), §7(h): accepting an offer with this parameter means repeating it.
  if (offer.serverNoContextTakeover && !answer.serverNoContextTakeover) {
    return NegotiationFailures.ServerContextTakeover;
  }
  // §7.1.2.1(A), §7(h): "the same or smaller value as the offer".
  if (offer.serverMaxWindowBits !== undefined) {
    if (answer.serverMaxWindowBits === undefined) return NegotiationFailures.ServerMaxWindowBitsMissing;
    if (answer.serverMaxWindowBits > offer.serverMaxWindowBits) return NegotiationFailures.ServerMaxWindowBitsTooLarge;
  }
  // §7(e)(h): only if offered, only with a value, only the same or smaller. Missing is fine: it was an ability, no demand.
  const promised = typeof offer.clientMaxWindowBits === 'number' ? offer.clientMaxWindowBits : MAX_WINDOW_BITS;
  if (answer.clientMaxWindowBits !== undefined) {
    if (offer.clientMaxWindowBits === undefined) return NegotiationFailures.ClientMaxWindowBitsNotOffered;
    if (answer.clientMaxWindowBits === true) return NegotiationFailures.ClientMaxWindowBitsMissingValue;
    if (answer.clientMaxWindowBits > promised) return NegotiationFailures.ClientMaxWindowBitsTooLarge;
  }
  return {
    serverNoContextTakeover: answer.serverNoContextTakeover, // §7.1.1.1(d)
    // §7.1.1.2(a)(c): what the offer promised holds even when the answer does not repeat it.
    clientNoContextTakeover: answer.clientNoContextTakeover || offer.clientNoContextTakeover,
    serverMaxWindowBits: answer.serverMaxWindowBits ?? MAX_WINDOW_BITS, // §7.1.2.1(c), §7.2.2(d)
    clientMaxWindowBits: answer.clientMaxWindowBits ?? promised, // §7.1.2.2(d)
  };
}

/**
 * Tells the answers of {@link acceptResponse} apart.
 *
 * @param result - what `acceptResponse` answered
 * @returns true when the connection must be failed
 */
export function isNegotiationFailure(
  result: AgreedParameters | NegotiationFailure | undefined,
): result is NegotiationFailure {
  return result !== undefined && 'section' in result;
}
