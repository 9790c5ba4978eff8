// Every way a peer can break RFC 6455 §5 to §8 and RFC 7692 §6 to §7, one row each. A row is a value, never thrown:
// it travels up through the sinks, becomes the code of our Close frame (§7.1.7 _Fail the WebSocket Connection_), and
// the application sees it as an error. To add one: see CONTRIBUTING.md.
import { CloseCode } from './status.ts';

/** One way to break the protocol. */
export interface Violation {
  /** Its name, which is its key in {@link Violations}. */
  readonly name: string;
  /** The stable `code` of the error, `ws`'s own wherever it has one. */
  readonly code: string;
  /** The close code that the peer is told. */
  readonly status: number;
  /** The rule that was broken. */
  readonly section: string;
  /** What the peer did. */
  readonly text: string;
  /** What would have been right. */
  readonly expected: string;
}

function row(name: string, code: string, status: number, section: string, text: string, expected: string): Violation {
  return Object.freeze({ name, code, status, section, text, expected });
}

const { ProtocolError, InvalidPayload, PolicyViolation, MessageTooBig, InternalError } = CloseCode;

/** All of them: RFC 6455 §10.7(a). Tests and documents loop over this table. */
export const Violations = Object.freeze({
  // ---- one frame's header, judged by the frame parser
  ReservedBits2And3: row(
    'ReservedBits2And3',
    'WS_ERR_UNEXPECTED_RSV_2_3',
    ProtocolError,
    'RFC 6455 §5.2',
    'RSV2 or RSV3 is set',
    'RSV2 and RSV3 clear, as no extension that defines them was agreed',
  ),
  ReservedBit1: row(
    'ReservedBit1',
    'WS_ERR_UNEXPECTED_RSV_1',
    ProtocolError,
    'RFC 6455 §5.2',
    'RSV1 is set',
    'RSV1 clear, as permessage-deflate was not agreed',
  ),
  ReservedBit1OnControl: row(
    'ReservedBit1OnControl',
    'WS_ERR_UNEXPECTED_RSV_1',
    ProtocolError,
    'RFC 7692 §6.1',
    'RSV1 is set on a control frame',
    'RSV1 clear, as only messages of data are compressed',
  ),
  ReservedBit1OnContinuation: row(
    'ReservedBit1OnContinuation',
    'WS_ERR_UNEXPECTED_RSV_1',
    ProtocolError,
    'RFC 7692 §6.1',
    'RSV1 is set on a continuation frame',
    'RSV1 only on the first frame of a message',
  ),
  ReservedOpcode: row(
    'ReservedOpcode',
    'WS_ERR_INVALID_OPCODE',
    ProtocolError,
    'RFC 6455 §5.2',
    'the opcode is reserved',
    'opcode 0, 1, 2, 8, 9 or 10',
  ),
  UnmaskedClientFrame: row(
    'UnmaskedClientFrame',
    'WS_ERR_EXPECTED_MASK',
    ProtocolError,
    'RFC 6455 §5.1',
    'a client sent an unmasked frame',
    'the MASK bit set and a masking key',
  ),
  MaskedServerFrame: row(
    'MaskedServerFrame',
    'WS_ERR_UNEXPECTED_MASK',
    ProtocolError,
    'RFC 6455 §5.1',
    'a server sent a masked frame',
    'the MASK bit clear',
  ),
  NonMinimalLength: row(
    'NonMinimalLength',
    'WS_ERR_NON_MINIMAL_PAYLOAD_LENGTH',
    ProtocolError,
    'RFC 6455 §5.2',
    'the payload length takes more bytes than it needs',
    'the minimal number of bytes: 7 bits up to 125, 16 bits up to 65,535',
  ),
  LengthTopBit: row(
    'LengthTopBit',
    'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH',
    ProtocolError,
    'RFC 6455 §5.2',
    'the most significant bit of the 64-bit payload length is set',
    'a length below 2^63',
  ),
  FragmentedControl: row(
    'FragmentedControl',
    'WS_ERR_EXPECTED_FIN',
    ProtocolError,
    'RFC 6455 §5.5',
    'a control frame is fragmented',
    'FIN set on every control frame',
  ),
  ControlTooLong: row(
    'ControlTooLong',
    'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH',
    ProtocolError,
    'RFC 6455 §5.5',
    'the payload of a control frame is longer than 125 bytes',
    'at most 125 bytes',
  ),

  // ---- frames in their order, judged by the assembler
  ContinuationOfNothing: row(
    'ContinuationOfNothing',
    'WS_ERR_INVALID_OPCODE',
    ProtocolError,
    'RFC 6455 §5.4',
    'a continuation frame came while no message was under way',
    'opcode 1 or 2 to begin a message',
  ),
  MessageInsideMessage: row(
    'MessageInsideMessage',
    'WS_ERR_INVALID_OPCODE',
    ProtocolError,
    'RFC 6455 §5.4',
    'a new message began before the last one ended',
    'opcode 0 until a frame with FIN set',
  ),
  MessageTooBig: row(
    'MessageTooBig',
    'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
    MessageTooBig,
    'RFC 6455 §10.4',
    'the message is longer than maxPayload',
    'a message of at most maxPayload bytes',
  ),
  TooManyFragments: row(
    'TooManyFragments',
    'WS_ERR_TOO_MANY_BUFFERED_PARTS',
    PolicyViolation,
    'RFC 6455 §10.4',
    'the message has more fragments than maxFragments',
    'at most maxFragments frames for one message, empty ones counted',
  ),
  MessageTimeout: row(
    'MessageTimeout',
    'WS_ERR_MESSAGE_TIMEOUT',
    PolicyViolation,
    'RFC 6455 §10.4',
    'the message was not finished within messageTimeout',
    'the final fragment in time',
  ),
  TooManyMessages: row(
    'TooManyMessages',
    'WS_ERR_TOO_MANY_MESSAGES',
    PolicyViolation,
    'RFC 6455 §10.4',
    'the peer sends more messages than maxMessageRate',
    'at most maxMessageRate messages and control frames in a second',
  ),
  InvalidText: row(
    'InvalidText',
    'WS_ERR_INVALID_UTF8',
    InvalidPayload,
    'RFC 6455 §8.1',
    'a text message is not UTF-8',
    'text as RFC 3629 defines it',
  ),

  // ---- permessage-deflate, judged by the assembler
  CorruptDeflate: row(
    'CorruptDeflate',
    'WS_ERR_INVALID_DEFLATE_DATA',
    InvalidPayload,
    'RFC 7692 §7.2.2',
    'the payload of a compressed message is not DEFLATE data',
    'DEFLATE blocks that end where the message ends',
  ),
  InflatedTooBig: row(
    'InflatedTooBig',
    'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
    MessageTooBig,
    'RFC 6455 §10.4',
    'the message inflates to more than maxPayload',
    'a message of at most maxPayload bytes after inflation',
  ),

  TooManyFinalBlocks: row(
    'TooManyFinalBlocks',
    'WS_ERR_TOO_MANY_BUFFERED_PARTS',
    PolicyViolation,
    'RFC 7692 §7.2.3.4',
    'a compressed message has too many DEFLATE blocks with BFINAL set',
    'one such block, at the end of the message',
  ),
  OutOfMemory: row(
    'OutOfMemory',
    'WS_ERR_OUT_OF_MEMORY',
    InternalError,
    'RFC 6455 §7.4.1',
    'there is no memory to hold the message',
    'nothing else: the fault is ours',
  ),

  // ---- no fault of the peer's, who has to be told all the same
  UnreadablePart: row(
    'UnreadablePart',
    'WS_ERR_UNREADABLE_PART',
    InternalError,
    'RFC 6455 §5.4',
    'a part of a message of ours could not be read',
    'nothing else: the fault is ours',
  ),

  // ---- the body of a Close frame, judged by close-body
  CloseBodyTooShort: row(
    'CloseBodyTooShort',
    'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH',
    ProtocolError,
    'RFC 6455 §5.5.1',
    'the body of a Close frame is one byte long',
    'no body, or a two-byte close code with an optional reason',
  ),
  InvalidCloseCode: row(
    'InvalidCloseCode',
    'WS_ERR_INVALID_CLOSE_CODE',
    ProtocolError,
    'RFC 6455 §7.4',
    'the close code may not be used',
    '1000 to 1003, 1007 to 1014 or 3000 to 4999',
  ),
  InvalidCloseReason: row(
    'InvalidCloseReason',
    'WS_ERR_INVALID_UTF8',
    InvalidPayload,
    'RFC 6455 §5.5.1',
    'the close reason is not UTF-8',
    'text as RFC 3629 defines it',
  ),
});
