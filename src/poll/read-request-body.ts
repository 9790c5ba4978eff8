// Reads the body of a request of the Fetch API, within limits: WHATWG Fetch §5.3. On every path the reader is let go.
import { clock, type Timed } from '../transport/index.ts';
import { refusal } from './answers.ts';
import { BodyFault, BodyText, faultOf, readBodySettings } from './body-text.ts';
import { responseOf } from './fetch-reply.ts';
import type { BodyOptions } from './options.ts';

/**
 * Reads the body of `request` as UTF-8; as `readBody`, which says what is refused, and how.
 *
 * @returns the text; or, when it is refused, the response that the handler has to return.
 * @throws TypeError or RangeError (as a rejection) for an option that is not what it must be, and TypeError when the body has
 *   been read already.
 */
export async function readRequestBody(request: Request, options: BodyOptions = {}): Promise<string | Response> {
  const settings = readBodySettings(options);
  if (request.bodyUsed) throw new TypeError('the body of this request has been read already');
  const refuse = (fault: BodyFault): Response => responseOf(refusal(fault), request.method);
  const fault = faultOf(
    {
      contentLength: request.headers.get('content-length'),
      contentEncoding: request.headers.get('content-encoding'),
    },
    settings,
  );
  if (fault !== undefined) {
    await request.body?.cancel().catch(() => {});
    return refuse(fault);
  }
  if (request.body === null) return '';
  const reader = request.body.getReader();
  const patience = new Patience(settings.bodyTimeout);
  const text = new BodyText(settings.maxBodySize);
  try {
    for (;;) {
      const read = await Promise.race([reader.read(), patience.isOver]);
      if (read === undefined) return refuse(BodyFault.RequestTimeout);
      if (read.done) return text.take() ?? refuse(BodyFault.BadRequest);
      if (!text.add(read.value)) return refuse(BodyFault.ContentTooLarge);
    }
  } catch {
    // The client has gone in the middle of it.
    return refuse(BodyFault.BadRequest);
  } finally {
    patience.end();
    // Does nothing to a body that has been read to its end.
    reader.cancel().catch(() => {});
  }
}

/** Resolves when a time is over. */
class Patience implements Timed {
  clockIndex = -1;
  clockDeadline = 0;
  readonly isOver: Promise<undefined>;
  #resolve: (nothing: undefined) => void = () => {};

  /** @param time in milliseconds; 0 for no end. */
  constructor(time: number) {
    this.isOver = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    if (time > 0) clock.schedule(this, clock.now() + time);
  }

  onTime(): void {
    this.#resolve(undefined);
  }

  end(): void {
    clock.cancel(this);
  }
}
