// Statements about any messages at all: what is sent in frames comes out as messages, however the bytes are cut.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Opcode } from '../../src/frame/index.ts';
import { encodeFrame, type SlowFrame } from '../frame/slow-frames.ts';
import { cutAt } from '../http/cuttings.ts';
import { controlEvent, type MessageEvent, MessageRecorder, messageEvent, readMessages, SERVER } from './record.ts';

const { Continuation, Text, Binary, Ping, Pong } = Opcode;

const key = fc.uint8Array({ minLength: 4, maxLength: 4 });
const control = fc.record({ opcode: fc.constantFrom<number>(Ping, Pong), payload: fc.uint8Array({ maxLength: 10 }) });
const message = fc.record({
  content: fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.uint8Array({ maxLength: 60 }),
    fc.uint8Array({ minLength: 120, maxLength: 140 }),
  ),
  /** Where the message is cut into fragments. */
  cuts: fc.array(fc.nat(140), { maxLength: 5 }),
  /** What stands before each fragment. */
  controls: fc.array(fc.array(control, { maxLength: 2 }), { minLength: 6, maxLength: 6 }),
});
type Message = typeof message extends fc.Arbitrary<infer Value> ? Value : never;

/** The bytes of these messages, and what they should be told as. */
function scenario(messages: readonly Message[], keys: readonly Uint8Array[]): { wire: Buffer; events: MessageEvent[] } {
  const pieces: Buffer[] = [];
  const events: MessageEvent[] = [];
  let offset = 0;
  const add = (frame: SlowFrame): number => {
    const bytes = encodeFrame({ ...frame, key: keys[pieces.length % keys.length] });
    pieces.push(bytes);
    offset += bytes.length;
    return offset;
  };
  for (const { content, cuts, controls } of messages) {
    const opcode = typeof content === 'string' ? Text : Binary;
    const fragments = cutAt(Buffer.from(content), cuts);
    for (const [index, payload] of fragments.entries()) {
      for (const control of controls[index] ?? []) {
        events.push(controlEvent(control.opcode, control.payload, add(control) - control.payload.length));
      }
      add({ opcode: index === 0 ? opcode : Continuation, payload, fin: index === fragments.length - 1 });
    }
    events.push(messageEvent(opcode, Buffer.from(content)));
  }
  return { wire: Buffer.concat(pieces), events };
}

const messages = fc.array(message, { maxLength: 5 });
const keys = fc.array(key, { minLength: 1, maxLength: 4 });
const places = fc.array(fc.nat(800), { maxLength: 8 });

// RFC 6455 §5.4(a)(c)(e)(f), §6.2(d)
test('messages come out as they went in, with the control frames where they stood', () => {
  fc.assert(
    fc.property(messages, keys, places, (sent, masks, cuts) => {
      const { wire, events } = scenario(sent, masks);
      expect(readMessages(cutAt(wire, cuts), SERVER).events).toEqual(events);
    }),
    { numRuns: 1000 },
  );
});

test('stopping anywhere changes nothing', () => {
  fc.assert(
    fc.property(messages, keys, places, fc.array(fc.boolean(), { minLength: 1 }), (sent, masks, cuts, answers) => {
      const { wire, events } = scenario(sent, masks);
      const recorder = new MessageRecorder(SERVER);
      recorder.answer = (call) => answers[call % answers.length] as boolean;
      for (const chunk of cutAt(wire, cuts)) recorder.push(chunk);
      expect(recorder.events).toEqual(events);
    }),
    { numRuns: 500 },
  );
});

test('any bytes give the same events however they are cut, and never throw', () => {
  const options = { ...SERVER, maxPayload: 50, maxFragments: 3 };
  // Headers that mostly pass, so that the assembler sees something.
  const frame = fc
    .record({
      opcode: fc.constantFrom(0, 1, 2, 8, 9, 10),
      fin: fc.boolean(),
      payload: fc.uint8Array({ maxLength: 30 }),
      key,
    })
    .map((fields) => encodeFrame({ ...fields, fin: fields.fin || fields.opcode >= 8 }));
  const bytes = fc
    .array(fc.oneof(frame, fc.uint8Array({ maxLength: 6 })), { maxLength: 8 })
    .map((all) => Buffer.concat(all));
  fc.assert(
    fc.property(bytes, places, (wire, cuts) => {
      const whole = readMessages([Buffer.from(wire)], options);
      expect(readMessages(cutAt(wire, cuts), options).events).toEqual(whole.events);
      const single = readMessages(
        Array.from(wire, (byte) => Buffer.of(byte)),
        options,
      );
      expect(single.events).toEqual(whole.events);
      expect(single.assembler.underWay).toBe(whole.assembler.underWay);
    }),
    { numRuns: 2000 },
  );
});
