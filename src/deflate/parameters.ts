// RFC 7692 §7.1: the four parameters of permessage-deflate, read from an extension element and written as one.
// A peer's bad parameter is a row of `ParameterFaults`, never an exception. Which parameters to offer or to answer
// is not decided here: see negotiation.ts.

/** The registered name of the extension (§7, RFC 6455 §9.1(c)). Extension names are compared exactly. */
export const EXTENSION_NAME = 'permessage-deflate';

/** The smallest window a peer may name, as a power of two (§7.1.2.1, §7.1.2.2). */
export const MIN_WINDOW_BITS = 8;

/** The largest window of DEFLATE, 32,768 bytes (§7.2.1(d)), and what holds when nothing was said: §7.2.2(d)(e). */
export const MAX_WINDOW_BITS = 15;

/**
 * One element of a `Sec-WebSocket-Extensions` field, already split by the handshake (RFC 6455 §9.1).
 * A parameter maps to every value it was given, in order; `true` stands for "named without a value".
 */
export interface ExtensionElement {
  readonly name: string;
  readonly parameters: ReadonlyMap<string, readonly (string | true)[]>;
}

/** The parameters as they stand in one offer or one response. */
export interface DeflateParameters {
  /** `server_no_context_takeover` is present (§7.1.1.1). */
  readonly serverNoContextTakeover: boolean;
  /** `client_no_context_takeover` is present (§7.1.1.2). */
  readonly clientNoContextTakeover: boolean;
  /** The value of `server_max_window_bits`, 8 to 15; `undefined`: absent (§7.1.2.1). */
  readonly serverMaxWindowBits: number | undefined;
  /** The value of `client_max_window_bits`, 8 to 15; `true`: present without a value; `undefined`: absent (§7.1.2.2). */
  readonly clientMaxWindowBits: number | true | undefined;
}

/** What both sides hold to once the handshake is done. Nothing is left implied: defaults are filled in. */
export interface AgreedParameters {
  /** The server forgets its window after every message. */
  readonly serverNoContextTakeover: boolean;
  /** The client forgets its window after every message. */
  readonly clientNoContextTakeover: boolean;
  /** The server compresses with a window of at most this power of two, 8 to 15. */
  readonly serverMaxWindowBits: number;
  /** The client compresses with a window of at most this power of two, 8 to 15. */
  readonly clientMaxWindowBits: number;
}

/** One way in which a peer's parameters cannot be read. */
export interface ParameterFaultRow {
  /** Where the rule stands. */
  readonly section: string;
  /** What was wrong, for a log line or an error message. */
  readonly text: string;
  /** What would have been right. */
  readonly expected: string;
}

/**
 * Every way in which an element can be unreadable. In an offer it means "decline this offer", in a response "fail the
 * connection" (§7).
 */
export const ParameterFaults = {
  UnknownParameter: {
    section: 'RFC 7692 §7',
    text: 'permessage-deflate: a parameter that is not defined',
    expected: 'the four parameters of RFC 7692 §7.1 and no other',
  },
  RepeatedParameter: {
    section: 'RFC 7692 §7',
    text: 'permessage-deflate: a parameter was given more than once',
    expected: 'each parameter once',
  },
  ServerNoContextTakeoverValue: {
    section: 'RFC 7692 §7.1.1.1',
    text: 'permessage-deflate: server_no_context_takeover takes no value',
    expected: 'server_no_context_takeover alone',
  },
  ClientNoContextTakeoverValue: {
    section: 'RFC 7692 §7.1.1.2',
    text: 'permessage-deflate: client_no_context_takeover takes no value',
    expected: 'client_no_context_takeover alone',
  },
  ServerMaxWindowBitsValue: {
    section: 'RFC 7692 §7.1.2.1',
    text: 'permessage-deflate: server_max_window_bits must be a decimal number from 8 to 15 without leading zeros',
    expected: '8, 9, 10, 11, 12, 13, 14 or 15',
  },
  ClientMaxWindowBitsValue: {
    section: 'RFC 7692 §7.1.2.2',
    text: 'permessage-deflate: client_max_window_bits must be a decimal number from 8 to 15 without leading zeros',
    expected: '8, 9, 10, 11, 12, 13, 14 or 15',
  },
} as const satisfies Record<string, ParameterFaultRow>;

/** A row of {@link ParameterFaults}. */
export type ParameterFault = (typeof ParameterFaults)[keyof typeof ParameterFaults];

/**
 * §7.1.2.1(a), §7.1.2.2(a): "a decimal integer value without leading zeroes between 8 to 15 inclusive". No sign, no blank,
 * no fraction.
 */
const WINDOW_BITS = /^(?:[89]|1[0-5])$/;

/**
 * Reads the parameters of one permessage-deflate element. Whether the element is an offer or a response makes one
 * difference only, and it is the caller's to check: a response must give `client_max_window_bits` a value.
 *
 * @param element - an element whose name is {@link EXTENSION_NAME}
 * @returns the parameters, or the row that says why they cannot be read. Never throws.
 */
export function parseParameters(element: ExtensionElement): DeflateParameters | ParameterFault {
  let serverNoContextTakeover = false;
  let clientNoContextTakeover = false;
  let serverMaxWindowBits: number | undefined;
  let clientMaxWindowBits: number | true | undefined;

  for (const [name, values] of element.parameters) {
    // §7(c)(g): an element with two parameters of one name is invalid, even when both say the same.
    if (values.length !== 1) return ParameterFaults.RepeatedParameter;
    const value = values[0]!;
    switch (name) {
      case 'server_no_context_takeover':
        if (value !== true) return ParameterFaults.ServerNoContextTakeoverValue; // §7.1.1.1(c)
        serverNoContextTakeover = true;
        break;
      case 'client_no_context_takeover':
        if (value !== true) return ParameterFaults.ClientNoContextTakeoverValue; // §7.1.1.2(b)
        clientNoContextTakeover = true;
        break;
      case 'server_max_window_bits':
        if (value === true || !WINDOW_BITS.test(value)) return ParameterFaults.ServerMaxWindowBitsValue;
        serverMaxWindowBits = Number(value);
        break;
      case 'client_max_window_bits':
        if (value !== true && !WINDOW_BITS.test(value)) return ParameterFaults.ClientMaxWindowBitsValue;
        clientMaxWindowBits = value === true ? true : Number(value);
        break;
      default:
        return ParameterFaults.UnknownParameter;
    }
  }
  return { serverNoContextTakeover, clientNoContextTakeover, serverMaxWindowBits, clientMaxWindowBits };
}

/**
 * Tells the two answers of {@link parseParameters} apart.
 *
 * @param result - what `parseParameters` answered
 * @returns true when it is a fault
 */
export function isParameterFault(result: DeflateParameters | ParameterFault): result is ParameterFault {
  return 'section' in result;
}

/**
 * Writes the element for a `Sec-WebSocket-Extensions` field, in the order in which §7.1 introduces the parameters, and none
 * besides (RFC 6455 §9.1(d)).
 *
 * @param parameters - what to say; absent parameters are left out
 * @returns for example `permessage-deflate; server_no_context_takeover; client_max_window_bits=10`
 */
export function formatParameters(parameters: DeflateParameters): string {
  let element: string = EXTENSION_NAME;
  if (parameters.serverNoContextTakeover) element += '; server_no_context_takeover';
  if (parameters.clientNoContextTakeover) element += '; client_no_context_takeover';
  if (parameters.serverMaxWindowBits !== undefined) {
    element += `; server_max_window_bits=${parameters.serverMaxWindowBits}`;
  }
  if (parameters.clientMaxWindowBits === true) element += '; client_max_window_bits';
  else if (parameters.clientMaxWindowBits !== undefined) {
    element += `; client_max_window_bits=${parameters.clientMaxWindowBits}`;
  }
  return element;
}

/** What holds for the messages that travel one way. */
export interface Direction {
  /** The sender's window is at most this power of two, 8 to 15. */
  readonly windowBits: number;
  /** The sender may refer to earlier messages, so the receiver must remember them. */
  readonly contextTakeover: boolean;
}

/** What one endpoint compresses with and what it decompresses with. */
export interface Directions {
  readonly deflate: Direction;
  readonly inflate: Direction;
}

/**
 * Turns "server" and "client" into "what I send" and "what I receive": §5(c).
 *
 * @param agreed - the outcome of the negotiation
 * @param role - which of the two this endpoint is
 * @returns the options for this endpoint's `Deflater` and `Inflater`
 */
export function directionsOf(agreed: AgreedParameters, role: 'server' | 'client'): Directions {
  const server: Direction = {
    windowBits: agreed.serverMaxWindowBits,
    contextTakeover: !agreed.serverNoContextTakeover,
  };
  const client: Direction = {
    windowBits: agreed.clientMaxWindowBits,
    contextTakeover: !agreed.clientNoContextTakeover,
  };
  return role === 'server' ? { deflate: server, inflate: client } : { deflate: client, inflate: server };
}

/**
 * Guards a constructor or an option: a window size that the caller got wrong is thrown at once.
 *
 * @param name - the option, for the message
 * @param value - what the caller gave
 * @throws RangeError when the value is not an integer from 8 to 15
 */
export function assertWindowBits(name: string, value: number): void {
  if (!Number.isInteger(value) || value < MIN_WINDOW_BITS || value > MAX_WINDOW_BITS) {
    throw new RangeError(`${name} must be an integer from ${MIN_WINDOW_BITS} to ${MAX_WINDOW_BITS}, got ${value}`);
  }
}
