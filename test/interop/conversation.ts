// One conversation that every client can have with every echo server: what it sends must come back, in order, byte for
// byte, and the goodbye must arrive. Written once, for all pairs.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { expect } from 'vitest';

/** What the conversation needs of a client: the face of `ws`. */
export interface Client {
  send(data: string | Buffer, options?: { fin?: boolean; binary?: boolean }): unknown;
  ping(data: Buffer): void;
  close(code?: number, reason?: string): void;
  on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): unknown;
  readonly extensions: string;
}

const MEBIBYTE = 1_048_576;

/** Text with characters of one to four bytes. */
const MANY_SCRIPTS = 'Schleuse, écluse, шлюз, 水門, 🌊 ';

/** Every length at which the header changes, and a few that meet other limits on the way. */
const LENGTHS = [0, 1, 2, 124, 125, 126, 127, 128, 1_023, 1_024, 4_096, 16_383, 16_384, 65_535, 65_536, 200_000];

/** Talks to an echo server over `client`, which is open or about to be. */
export async function converse(client: Client): Promise<void> {
  const sent: { isBinary: boolean; digest: string }[] = [];
  const received: typeof sent = [];
  let enough: () => void = () => {};
  client.on('message', (data: Buffer, isBinary: boolean) => {
    received.push({ isBinary, digest: digestOf(data) });
    if (received.length === sent.length) enough();
  });
  const everythingBack = async (): Promise<void> => {
    if (received.length < sent.length) await new Promise<void>((resolve) => (enough = resolve));
    expect(received).toEqual(sent);
  };
  const say = (data: string | Buffer): void => {
    sent.push({ isBinary: typeof data !== 'string', digest: digestOf(Buffer.from(data)) });
    client.send(data);
  };

  for (const length of LENGTHS) {
    say(randomBytes(length));
    say('x'.repeat(length));
    say(MANY_SCRIPTS.repeat(Math.ceil(length / MANY_SCRIPTS.length)));
  }
  await everythingBack();

  say(randomBytes(MEBIBYTE));
  say(MANY_SCRIPTS.repeat(10_000));
  await everythingBack();

  // A message in three fragments, the cut inside a character, and a Ping between two of them.
  const text = Buffer.from(MANY_SCRIPTS.repeat(100));
  sent.push({ isBinary: false, digest: digestOf(text) });
  const pong = once(client as never, 'pong');
  client.send(text.subarray(0, 9), { fin: false, binary: false });
  client.ping(Buffer.from('between'));
  client.send(text.subarray(9, 1_001), { fin: false, binary: false });
  client.send(text.subarray(1_001), { fin: true, binary: false });
  expect(String((await pong)[0])).toBe('between');
  await everythingBack();

  const closed = once(client as never, 'close');
  client.close(4_321, 'tout est dit');
  const [code, reason] = (await closed) as [number, Buffer];
  expect({ code, reason: String(reason) }).toEqual({ code: 4_321, reason: 'tout est dit' });
}

function digestOf(data: Buffer): string {
  return `${data.length} ${createHash('sha1').update(data).digest('hex')}`;
}
