// Section 9: large messages, many fragments, small writes, many messages (RFC 6455 §5.4, §5.6). No time is judged.
import { binary, type Case, expectAnswers, failed, type Outcome, PATIENCE, text } from '../case.ts';
import { BINARY, type Peer, TEXT } from '../peer.ts';

const SECTION = 'RFC 6455 §5.4, §5.6';
const KIBIBYTE = 1_024;
const MEBIBYTE = 1_024 * KIBIBYTE;

/** A valid text, or any bytes, of a given length. */
function payloadOf(opcode: number, length: number): Buffer {
  return Buffer.alloc(length, opcode === TEXT ? 'BAsd7&jh23' : Buffer.from([0x00, 0xfe, 0x00, 0xff]));
}

async function echo(peer: Peer, opcode: number, payload: Buffer): Promise<Outcome> {
  return expectAnswers(peer, [opcode === TEXT ? text(payload) : binary(payload)]);
}

const SIZES = [64 * KIBIBYTE, 256 * KIBIBYTE, MEBIBYTE, 4 * MEBIBYTE, 8 * MEBIBYTE, 16 * MEBIBYTE];
const FRAGMENTS = [
  64,
  256,
  KIBIBYTE,
  4 * KIBIBYTE,
  16 * KIBIBYTE,
  64 * KIBIBYTE,
  256 * KIBIBYTE,
  MEBIBYTE,
  4 * MEBIBYTE,
];
const CHOPS = [64, 128, 256, 512, 1_024, 2_048];
const ROUND_TRIPS = [0, 16, 64, 256, 1_024, 4_096];
/** How many messages make a round-trip case. */
const MESSAGES = 1_000;

const kindOf = (opcode: number): string => (opcode === TEXT ? 'text' : 'binary');

function large(opcode: number): Case[] {
  return SIZES.map((size, index) => ({
    id: `9.${opcode}.${index + 1}`,
    title: `a ${kindOf(opcode)} message of ${size} bytes comes back`,
    section: SECTION,
    run: async (peer) => {
      const payload = payloadOf(opcode, size);
      await peer.send({ opcode, payload });
      return echo(peer, opcode, payload);
    },
  }));
}

function fragmented(opcode: number): Case[] {
  return FRAGMENTS.map((fragment, index) => ({
    id: `9.${opcode + 2}.${index + 1}`,
    title: `a ${kindOf(opcode)} message of 4 MiB in fragments of ${fragment} bytes comes back`,
    section: SECTION,
    run: async (peer) => {
      const payload = payloadOf(opcode, 4 * MEBIBYTE);
      await peer.sendMessage(opcode, payload, fragment);
      return echo(peer, opcode, payload);
    },
  }));
}

function chopped(opcode: number): Case[] {
  return CHOPS.map((chop, index) => ({
    id: `9.${opcode + 4}.${index + 1}`,
    title: `a ${kindOf(opcode)} message of 1 MiB in writes of ${chop} bytes comes back`,
    section: SECTION,
    run: async (peer) => {
      const payload = payloadOf(opcode, MEBIBYTE);
      await peer.send({ opcode, payload }, chop);
      return echo(peer, opcode, payload);
    },
  }));
}

function roundTrips(opcode: number): Case[] {
  return ROUND_TRIPS.map((size, index) => ({
    id: `9.${opcode + 6}.${index + 1}`,
    title: `${MESSAGES} ${kindOf(opcode)} messages of ${size} bytes come back one by one`,
    section: SECTION,
    run: async (peer): Promise<Outcome> => {
      const payload = payloadOf(opcode, size);
      for (let count = 1; count <= MESSAGES; count++) {
        await peer.send({ opcode, payload });
        if (!(await peer.until(() => peer.events.length >= count, PATIENCE)))
          return failed(`echo ${count} did not come`);
      }
      const event = opcode === TEXT ? text(payload) : binary(payload);
      return expectAnswers(peer, new Array<typeof event>(MESSAGES).fill(event));
    },
  }));
}

export const limits: readonly Case[] = [large, fragmented, chopped, roundTrips].flatMap((make) => [
  ...make(TEXT),
  ...make(BINARY),
]);
