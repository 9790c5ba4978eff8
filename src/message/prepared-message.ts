// One message framed once for many connections, and deflated once for all that agreed to the same parameters: the
// bytes of a frame from a server depend on nothing else (RFC 6455 §5.1, RFC 7692 §7.2.1). Never masked: servers only.
import { type ByteSink, isWholeUtf8 } from '../bytes/index.ts';
import { frameHeaderLength, Opcode, UNMASKED, writeFrameHeader } from '../frame/index.ts';

/** A message made ready by `prepare()`, to be sent any number of times, to any number of connections. */
export class PreparedMessage {
  /** Text or Binary. */
  readonly opcode: number;
  /** The payload, uncompressed. */
  readonly payload: Buffer;
  #frame: Buffer | undefined = undefined;
  /** The compressed frames by the deflater's parameters: see `Deflater.key`. */
  readonly #deflated = new Map<string, Buffer>();

  /**
   * @param payload the bytes; they are copied into frames on first use and must not change before.
   * @param isBinary `false` for text, which must be UTF-8.
   * @throws TypeError when text is not valid UTF-8.
   */
  constructor(payload: Buffer, isBinary: boolean) {
    // RFC 6455 §5.6(a) binds the sender too; checked once here, never at a member.
    if (!isBinary && !isWholeUtf8(payload)) throw new TypeError('a text message must be valid UTF-8 (RFC 6455 §8.1)');
    this.opcode = isBinary ? Opcode.Binary : Opcode.Text;
    this.payload = payload;
  }

  /** The whole frame, uncompressed. Shared: nobody may change it. */
  get frame(): Buffer {
    this.#frame ??= wholeFrame(this.opcode, false, this.payload);
    return this.#frame;
  }

  /** The whole compressed frame that {@link keepDeflated} made for the same `key`. */
  deflatedFrame(key: string): Buffer | undefined {
    return this.#deflated.get(key);
  }

  /** Makes and keeps the compressed frame for all connections whose deflater has the same `key`. */
  keepDeflated(key: string, compressed: Buffer): Buffer {
    const frame = wholeFrame(this.opcode, true, compressed);
    this.#deflated.set(key, frame);
    return frame;
  }
}

/** Memory for exactly one frame. */
function wholeFrame(opcode: number, rsv1: boolean, payload: Buffer): Buffer {
  const headerLength = frameHeaderLength(payload.length, false);
  const frame = Buffer.allocUnsafeSlow(headerLength + payload.length);
  writeFrameHeader(frame, 0, opcode, true, rsv1, payload.length, UNMASKED);
  frame.set(payload, headerLength);
  return frame;
}

/** Writes a prepared frame: those below `shareFrom` bytes are copied next to their neighbours, the others are shared. */
export function writePrepared(sink: ByteSink, frame: Buffer, shareFrom: number): void {
  if (frame.length >= shareFrom) {
    sink.share(frame);
    return;
  }
  const offset = sink.reserve(frame.length);
  sink.target.set(frame, offset);
  sink.commit(frame.length);
}
