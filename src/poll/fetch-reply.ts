// The answer to a poll as a Response of the Fetch API: a promise that the handler returns. Whether its client has taken the
// answer is the server's business, and nobody says.
import { additionalFields } from './answers.ts';
import type { PollOptions } from './options.ts';
import type { Answer, Reply } from './reply.ts';

/** One response. */
export class FetchReply implements Reply {
  /** Kept also when the client has gone: with a response that reaches nobody. */
  readonly response: Promise<Response>;
  readonly #request: Request;
  readonly #headers: PollOptions['headers'];
  #resolve: (response: Response) => void = () => {};
  #onAbort: (() => void) | undefined = undefined;
  #onGone: () => void = () => {};

  constructor(request: Request, headers: PollOptions['headers']) {
    this.#request = request;
    this.#headers = headers;
    this.response = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  start(onGone: () => void): void {
    const { signal } = this.#request;
    this.#onGone = onGone;
    this.#onAbort = () => {
      this.#forget();
      this.#resolve(new Response(null, { status: 204 }));
      onGone();
    };
    if (signal.aborted) queueMicrotask(this.#onAbort);
    else signal.addEventListener('abort', this.#onAbort);
  }

  send(answer: Answer): void {
    this.#forget();
    this.#resolve(responseOf(answer, this.#request.method, this.#headers));
    this.#onGone();
  }

  destroy(): void {}

  #forget(): void {
    if (this.#onAbort !== undefined) this.#request.signal.removeEventListener('abort', this.#onAbort);
  }
}

/** An answer as a Response. */
export function responseOf({ status, fields, body }: Answer, method: string, more?: PollOptions['headers']): Response {
  const headers = new Headers();
  for (const [name, value] of additionalFields(more)) {
    for (const each of typeof value === 'string' ? [value] : value) headers.append(name, each);
  }
  for (const [name, value] of Object.entries(fields)) headers.set(name, value);
  return new Response(method === 'HEAD' || body === undefined ? null : new Uint8Array(body), { status, headers });
}
