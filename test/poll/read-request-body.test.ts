// Bodies over the Fetch API, within limits.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BodyOptions, readRequestBody } from '../../src/poll/index.ts';
import { clock } from '../../src/transport/index.ts';

let timers = 0;
beforeEach(() => {
  timers = clock.size;
});
afterEach(() => expect(clock.size).toBe(timers));

type Given = Exclude<ConstructorParameters<typeof Request>[1], undefined>['body'];

const post = (body: Given, headers: Record<string, string> = {}): Request =>
  new Request('http://localhost/', { method: 'POST', body: body as never, headers, duplex: 'half' } as never);

/** A body that comes in pieces and, if it does, ends; and whether it was cancelled. */
function pieces(...given: readonly (string | Error)[]): { body: ReadableStream; cancelled: () => boolean } {
  let isCancelled = false;
  const rest = [...given];
  const body = new ReadableStream({
    pull(controller) {
      const piece = rest.shift();
      if (piece instanceof Error) controller.error(piece);
      else if (piece !== undefined) controller.enqueue(Buffer.from(piece));
    },
    cancel() {
      isCancelled = true;
    },
  });
  return { body, cancelled: () => isCancelled };
}

const status = async (request: Request, options?: BodyOptions): Promise<unknown> => {
  const read = await readRequestBody(request, options);
  return typeof read === 'string' ? read : read.status;
};

describe('the body of a Request', () => {
  it('is read within its limit', async () => {
    expect(await status(post('ключ'), { maxBodySize: 8, bodyTimeout: 0 })).toBe('ключ');
    expect(await status(new Request('http://localhost/'))).toBe('');
  });

  it('is refused before it is read when it says that it is too long, or compressed', async () => {
    const long = pieces('x');
    expect(await status(post(long.body, { 'Content-Length': '11' }), { maxBodySize: 10 })).toBe(413);
    expect(long.cancelled()).toBe(true);
    expect(await status(post('x', { 'Content-Encoding': 'br' }))).toBe(415);
  });

  it.each([
    ['it is too long', ['01234', '567890'], 413],
    ['it does not come', ['01234'], 408],
    ['its client has gone', ['0', new Error('aborted')], 400],
  ])('is refused when %s, and let go', async (_what, given, expected) => {
    const { body, cancelled } = pieces(...given);
    expect(await status(post(body), { maxBodySize: 10, bodyTimeout: 10 })).toBe(expected);
    expect(cancelled()).toBe(expected !== 400);
  });

  it('is refused when it is no UTF-8', async () => {
    expect(await status(post(Buffer.from([0xff])))).toBe(400);
  });

  it('is not read twice', async () => {
    const request = post('x');
    await request.text();
    await expect(readRequestBody(request)).rejects.toThrow(TypeError);
  });
});
