// The opcodes of RFC 6455 §5.2 and §11.8, and the questions the other floors ask about them.

/** What a frame is (RFC 6455 §5.2). The values 3 to 7 and 11 to 15 are reserved and refused. */
export const Opcode = {
  /** §5.4: more of the message under way. */
  Continuation: 0x0,
  /** §5.6: text, UTF-8. */
  Text: 0x1,
  /** §5.6: binary data. */
  Binary: 0x2,
  /** §5.5.1: the closing handshake. */
  Close: 0x8,
  /** §5.5.2: answered by a Pong with the same payload. */
  Ping: 0x9,
  /** §5.5.3: the answer to a Ping, or a heartbeat nobody asked for. */
  Pong: 0xa,
} as const;
/** One of the six opcodes that RFC 6455 defines. */
export type Opcode = (typeof Opcode)[keyof typeof Opcode];

/** §5.5: control frames are those whose opcode has its top bit set. */
const CONTROL_BIT = 0x8;

/** Whether `opcode` is a control frame's (§5.5), reserved ones included. */
export function isControl(opcode: number): boolean {
  return (opcode & CONTROL_BIT) !== 0;
}

/** Whether `opcode` is one of the ten that §5.2 reserves for the future. */
export function isReserved(opcode: number): boolean {
  return (opcode & ~CONTROL_BIT) > 2;
}
