import { describe, expect, test } from 'vitest';
import { viewSpecimen } from '../../src/cli/specimen-view.ts';
import { dissectAll } from '../../src/inspect/index.ts';

function view(bytes: Buffer, colours = false): string {
  return dissectAll(bytes, { compression: false })
    .map((specimen) => viewSpecimen(specimen, colours))
    .join('\n');
}

const HELLO = Buffer.from('818537fa213d7f9f4d5158', 'hex');
const COLOUR = new RegExp(`${'\x1b'}\\[\\d+m`, 'g');

test('a frame is a line about it, its bytes, and its fields', () => {
  expect(view(HELLO)).toBe(`Text frame from the client, 11 bytes

  0000  81 85 37 fa 21 3d 7f 9f 4d 51 58                 ··7·!=··MQX

     0  1·······    FIN             1               the message ends with this frame (RFC 6455 §5.4)
     0  ·0······    RSV1            0               reserved for extensions; none uses it (RFC 6455 §5.2)
     0  ··0·····    RSV2            0               reserved for extensions; none uses it (RFC 6455 §5.2)
     0  ···0····    RSV3            0               reserved for extensions; none uses it (RFC 6455 §5.2)
     0  ····0001    Opcode          0x1 Text        the message is text in UTF-8 (RFC 6455 §5.6)
     1  1·······    MASK            1               masked: every frame of a client is (RFC 6455 §5.1)
     1  ·0000101    Payload length  5               the payload has 5 bytes (RFC 6455 §5.2)
   2-5  37fa213d    Masking key     37fa213d        new for each frame: byte i of the payload is XORed with byte i mod 4 of it (RFC 6455 §5.3)
  6-10  7f9f4d5158  Payload data    “Hello”         the text of the message; on the wire each byte is masked (RFC 6455 §5.6)
`);
});

test('in colours it says the same', () => {
  expect(view(HELLO, true)).toMatch(COLOUR);
  const lines = (text: string): string[] =>
    text
      .replaceAll(COLOUR, '')
      .split('\n')
      .map((line) => line.trimEnd());
  expect(lines(view(HELLO, true))).toEqual(lines(view(HELLO)));
});

test('in colours, a field has the same one in the dump and in the list', () => {
  const text = view(HELLO, true);
  // The first byte of the key, with the escape sequence before it.
  const [colour] = text.slice(0, text.indexOf('37\x1b')).match(/.\[\d+m$/) ?? [];
  expect(colour).toBeDefined();
  expect(text).toContain(`${colour}Masking key`);
});

test('a breach says what, where and what would have been right', () => {
  expect(view(Buffer.from('8300', 'hex'))).toContain(
    'Refused: the opcode is reserved (byte 0, RFC 6455 §5.2)\nExpected: opcode 0, 1, 2, 8, 9 or 10\n',
  );
});

test('what is not all there says so', () => {
  const text = view(HELLO.subarray(0, 8));
  expect(text).toContain('Text frame from the client, 8 of 11 bytes');
  expect(text).toContain('The bytes end here; more belong to it.');
});

test('a head is an opening handshake', () => {
  expect(view(Buffer.from('GET /chat HTTP/1.1\r\nHost: a\r\n\r\n'))).toContain(
    'GET /chat, opening handshake from the client, 31 bytes',
  );
});

describe('a long specimen', () => {
  const text = view(Buffer.concat([Buffer.from('827e0400', 'hex'), Buffer.alloc(1_024, 0xab)]));

  test('is cut in the dump', () => {
    expect(text).toContain('  … 516 bytes more');
    expect(text.split('\n').length).toBeLessThan(60);
  });

  test('is cut beside its fields', () => {
    expect(text).toContain('4-1027  abababababababab…  Payload data');
  });
});

test('nothing that a peer sends is carried out by the terminal', () => {
  const head = Buffer.from('GET /\x1b]0;x\x07 HTTP/1.1\r\nX: \x1b[2J\r\n\r\n');
  const frame = Buffer.from([0x81, 4, ...Buffer.from('\x1b[2J')]);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
  expect(view(head) + view(frame)).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
});
