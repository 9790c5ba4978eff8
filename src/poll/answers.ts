// The responses that a poll, or a body, can be answered with. RFC 9110 §15, RFC 9111 §5.2.2.5: none of them is kept by
// anybody, because the next one to the same request is another.
import { reasonPhrase } from '../http/index.ts';
import type { Answer } from './reply.ts';

const NO_STORE = { 'Cache-Control': 'no-store' } as const;

/** 200 with `body`, which is JSON. */
export function jsonAnswer(body: Buffer, status = 200): Answer {
  const fields = { ...NO_STORE, 'Content-Type': 'application/json', 'Content-Length': String(body.length) };
  return { status, fields, body };
}

/** An error, with its reason as JSON. */
export function refusal(status: number, more: Readonly<Record<string, string>> = {}): Answer {
  const answer = jsonAnswer(Buffer.from(JSON.stringify({ error: reasonPhrase(status) })), status);
  return { ...answer, fields: { ...answer.fields, ...more } };
}

/** 204: there is nothing to say, and nothing has gone wrong. */
export const NO_CONTENT: Answer = { status: 204, fields: NO_STORE, body: undefined };

/** Those fields that an application adds, in the order in which it has them. */
export function* additionalFields(
  headers: Readonly<Record<string, string | number | readonly string[] | undefined>> | undefined,
): Generator<[string, string | string[]]> {
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (value === undefined) continue;
    yield [name, typeof value === 'object' ? value.map(String) : String(value)];
  }
}
