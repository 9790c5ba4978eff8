// A client that means no good: opens a WebSocket by hand, sends any bytes, and sees every frame that comes back.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { openingRequest } from '../server/raw-client.ts';
import { CLOSE, closeFrame, closeOf, RawPeer } from '../websocket/raw-peer.ts';

const END_OF_HEAD = Buffer.from('\r\n\r\n');

/** A victim, or a way to one. */
export type Target = Readonly<{ port: number }>;

/** Connections that are opened at once. */
const BATCH = 100;

/** What an attacker may say in its request. */
export interface Opening {
  /** Field lines more than the usual, or instead of those of the same name. */
  readonly lines?: readonly string[];
  /** Bytes right behind the request. */
  readonly behind?: Buffer;
}

/** A socket to the victim, from an address of this machine; it is gone when the test is. */
export async function dial(victim: Target, from = '127.0.0.1'): Promise<Socket> {
  const host = from.includes(':') ? '::1' : '127.0.0.1';
  const socket = connect({ port: victim.port, host, localAddress: from, allowHalfOpen: true, noDelay: true });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** An open WebSocket. */
export class Attacker extends RawPeer {
  /** Of the answer to the opening handshake. */
  readonly head: string;

  private constructor(socket: Socket, head: string) {
    super(socket);
    this.head = head;
  }

  /** @throws Error with the answer when it is no 101. */
  static async open(victim: Target, { lines = [], behind }: Opening = {}): Promise<Attacker> {
    const socket = await dial(victim);
    const request = Buffer.from(openingRequest(lines));
    socket.write(behind === undefined ? request : Buffer.concat([request, behind]));
    let head = Buffer.alloc(0);
    while (!head.includes(END_OF_HEAD)) {
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      head = Buffer.concat([head, chunk]);
    }
    const end = head.indexOf(END_OF_HEAD) + END_OF_HEAD.length;
    const text = head.toString('latin1', 0, end);
    if (!text.startsWith('HTTP/1.1 101 ')) throw new Error(`the attacker was not let in: ${text}`);
    const attacker = new Attacker(socket, text);
    if (head.length > end) socket.emit('data', head.subarray(end));
    return attacker;
  }

  /** So many open WebSockets. */
  static async crowd(victim: Target, count: number, opening: Opening = {}): Promise<Attacker[]> {
    const attackers: Attacker[] = [];
    while (attackers.length < count) {
      // No more at once than wait to be accepted.
      const batch = Array.from({ length: Math.min(BATCH, count - attackers.length) }, () =>
        Attacker.open(victim, opening),
      );
      attackers.push(...(await Promise.all(batch)));
    }
    return attackers;
  }

  /** The header of a masked frame under the key 0, whose payload nobody need ever send. */
  static header(opcode: number, length: bigint, first = 0x80): Buffer {
    const header = Buffer.alloc(14);
    header[0] = first | opcode;
    header[1] = 0x80 | 127;
    header.writeBigUInt64BE(length, 2);
    return header;
  }

  /** The header of a masked final frame under the key 0. */
  static shortestHeader(opcode: number, length: number): Buffer {
    if (length <= 125) return Buffer.from([0x80 | opcode, 0x80 | length, 0, 0, 0, 0]);
    if (length <= 65_535) return Buffer.from([0x80 | opcode, 0x80 | 126, length >> 8, length & 0xff, 0, 0, 0, 0]);
    return Attacker.header(opcode, BigInt(length));
  }

  /** The code of the victim's Close frame, whatever comes before it; `undefined` when there is none. */
  async closeCode(): Promise<number | undefined> {
    const frames = await this.rest();
    this.socket.end();
    const closing = frames.find(({ opcode }) => opcode === CLOSE);
    return closing === undefined ? undefined : closeOf(closing).code;
  }

  /** Leaves as one should. */
  async leave(): Promise<void> {
    this.send(closeFrame(1000));
    await this.rest();
    this.socket.end();
    if (!this.socket.closed) await once(this.socket, 'close');
  }

  /** Leaves by a reset. */
  reset(): void {
    this.socket.resetAndDestroy();
  }
}
