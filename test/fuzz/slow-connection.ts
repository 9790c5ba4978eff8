// What a peer's frames mean, as slowly and as obviously as can be: RFC 6455 §5 to §7 and RFC 7692 §6 over one buffer that
// holds everything, with a fresh look at the whole message for every frame. The oracle for parser, assembler and connection.
import { inflateRawSync } from 'node:zlib';
import { slowVerdict } from '../bytes/slow-utf8.ts';
import { slowMask } from '../frame/slow-frames.ts';

/** Of the endpoint that reads. */
export interface SlowRole {
  readonly isServer: boolean;
  readonly deflate: boolean;
  readonly contextTakeover: boolean;
  readonly windowBits: number;
  readonly maxPayload: number;
  readonly maxFragments: number;
}

/** A failure with more than one name: which of them is found first depends on how much is inflated at a time. */
const BAD_DEFLATE = 'CorruptDeflate|InflatedTooBig|TooManyFinalBlocks';
const MAX_FINAL_BLOCKS = 64;

/** Reads frames. @returns events in words; the last may be `fail <violations> <offset>`. */
export function slowEvents(bytes: Buffer, role: SlowRole): string[] {
  const events: string[] = [];
  const fail = (violations: string, offset: number): string[] => [...events, `fail ${violations} ${offset}`];
  let opcode = 0;
  let compressed = false;
  let announced = 0;
  let fragments = 0;
  /** The payloads of the message under way, and where each began. */
  let message: { payload: Buffer; start: number }[] = [];
  let window: Buffer = Buffer.alloc(0);

  for (let at = 0; bytes.length - at >= 2; ) {
    const [first, second] = [bytes[at] as number, bytes[at + 1] as number];
    const kind = first & 15;
    const control = kind >= 8;
    const fin = first >= 128;
    const rsv1 = (first & 64) !== 0;
    const masked = second >= 128;
    if ((first & 48) !== 0) return fail('ReservedBits2And3', at);
    if (![0, 1, 2, 8, 9, 10].includes(kind)) return fail('ReservedOpcode', at);
    if (rsv1 && !role.deflate) return fail('ReservedBit1', at);
    if (rsv1 && control) return fail('ReservedBit1OnControl', at);
    if (masked !== role.isServer) return fail(role.isServer ? 'UnmaskedClientFrame' : 'MaskedServerFrame', at + 1);
    if (control && !fin) return fail('FragmentedControl', at);
    let length = BigInt(second & 127);
    if (control && length > 125n) return fail('ControlTooLong', at + 1);
    let start = at + 2;
    if (length === 126n) {
      start += 2;
      if (bytes.length < start) break;
      length = BigInt(bytes.readUInt16BE(at + 2));
      if (length < 126n) return fail('NonMinimalLength', at + 2);
    } else if (length === 127n) {
      start += 8;
      if (bytes.length < start) break;
      length = bytes.readBigUInt64BE(at + 2);
      if (length >= 2n ** 63n) return fail('LengthTopBit', at + 2);
      if (length < 65_536n) return fail('NonMinimalLength', at + 2);
    }
    if (masked) start += 4;
    if (bytes.length < start) break;

    if (!control) {
      if (kind === 0 && fragments === 0) return fail('ContinuationOfNothing', at);
      if (kind === 0 && rsv1) return fail('ReservedBit1OnContinuation', at);
      if (kind !== 0 && fragments > 0) return fail('MessageInsideMessage', at);
      if (kind !== 0) [opcode, compressed] = [kind, rsv1];
      fragments++;
      announced += Number(length);
      // What is compressed may be a little longer on the wire than it is in the end.
      const most = compressed ? role.maxPayload * (1 + 1 / 24) + 64 : role.maxPayload;
      if (announced > most) return fail('MessageTooBig', at + 1);
      if (fragments > role.maxFragments) return fail('TooManyFragments', at);
    }
    const whole = BigInt(bytes.length - start) >= length;
    if (control && !whole) break;
    const end = whole ? start + Number(length) : bytes.length;
    const wire = bytes.subarray(start, end);
    const payload = masked ? slowMask(wire, bytes.subarray(start - 4, start)) : Buffer.from(wire);
    at = end;

    if (kind === 8) {
      const wrong = slowClose(payload);
      if (wrong !== undefined) return fail(wrong.violation, start + wrong.index);
      return [
        ...events,
        `close ${payload.length === 0 ? 1005 : payload.readUInt16BE(0)} ${payload.toString('hex', 2)}`,
      ];
    }
    if (control) {
      events.push(`${kind === 9 ? 'ping' : 'pong'} ${payload.toString('hex')}`);
      continue;
    }
    message.push({ payload, start });
    const data = Buffer.concat(message.map((part) => part.payload));
    if (opcode === 1 && !compressed) {
      const { bad, complete } = slowVerdict(data);
      if (bad !== -1) return fail('InvalidText', offsetOf(bad, message));
      if (whole && fin && !complete) return fail('InvalidText', end - 1);
    }
    if (!whole) break;
    if (!fin) continue;
    let result: Buffer = data;
    if (compressed) {
      const inflated = slowInflate(data, role, window);
      if (typeof inflated === 'string') return fail(inflated, end - 1);
      result = inflated;
      if (role.contextTakeover) window = Buffer.concat([window, result]).subarray(-(2 ** role.windowBits));
      const { bad, complete } = opcode === 1 ? slowVerdict(result) : { bad: -1, complete: true };
      if (bad !== -1 || !complete) return fail('InvalidText', end - 1);
    }
    events.push(`${opcode === 1 ? 'text' : 'binary'} ${result.toString('hex')}`);
    [fragments, announced, message] = [0, 0, []];
  }
  return events;
}

/** Where the byte at `index` of a message stood. */
function offsetOf(index: number, message: readonly { payload: Buffer; start: number }[]): number {
  for (const { payload, start } of message) {
    if (index < payload.length) return start + index;
    index -= payload.length;
  }
  return -1;
}

/** RFC 6455 §5.5.1, §7.4: what is wrong with the body of a Close frame, and where. */
export function slowClose(body: Buffer): { violation: string; index: number } | undefined {
  if (body.length === 0) return undefined;
  if (body.length === 1) return { violation: 'CloseBodyTooShort', index: 0 };
  const code = body.readUInt16BE(0);
  const registered = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014];
  if (!registered.includes(code) && (code < 3000 || code > 4999)) return { violation: 'InvalidCloseCode', index: 0 };
  const { bad, complete } = slowVerdict(body.subarray(2));
  if (bad !== -1) return { violation: 'InvalidCloseReason', index: 2 + bad };
  return complete ? undefined : { violation: 'InvalidCloseReason', index: body.length - 1 };
}

/** What a role says about inflating. */
export type SlowWindow = Pick<SlowRole, 'windowBits' | 'maxPayload'>;

/**
 * RFC 7692 §7.2.2 by zlib's call for whole buffers, again behind every block with BFINAL.
 *
 * @returns the message; or the names of what may be wrong with it, where a limit may be passed before the fault is met.
 */
export function slowInflate(payload: Buffer, { windowBits, maxPayload }: SlowWindow, window: Buffer): Buffer | string {
  // §7.2.2 step 1, and an empty block that ends the stream.
  const input = Buffer.concat([payload, Buffer.from('0000ffff010000ffff', 'hex')]);
  let output = Buffer.alloc(0);
  for (let at = 0, blocks = 0; at < payload.length; blocks++) {
    if (blocks > MAX_FINAL_BLOCKS) return BAD_DEFLATE;
    const dictionary = Buffer.concat([window, output]).subarray(-(2 ** windowBits));
    try {
      const { buffer, engine } = inflateRawSync(input.subarray(at), {
        windowBits,
        info: true,
        ...(dictionary.length === 0 ? {} : { dictionary }),
      }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
      output = Buffer.concat([output, buffer]);
      at += engine.bytesWritten;
    } catch {
      return BAD_DEFLATE;
    }
  }
  return output.length > maxPayload ? 'InflatedTooBig|TooManyFinalBlocks' : output;
}
