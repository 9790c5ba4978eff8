// Answers to requests: a status, a few fields and a body that is known. RFC 9110; nothing of the request is ever repeated.
import type { IncomingMessage, ServerResponse } from 'node:http';

export const TEXT = 'text/plain; charset=utf-8';
export const JSON_TYPE = 'application/json';

/** Answers with a body; HEAD without it (RFC 9110 §9.3.2). */
export function answer(
  { method }: IncomingMessage,
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string | Buffer,
): void {
  const content = typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
  response.writeHead(status, { 'Content-Type': contentType, 'Content-Length': content.length });
  response.end(method === 'HEAD' ? undefined : content);
}

/** Answers with JSON that is true only now. */
export function answerJson(request: IncomingMessage, response: ServerResponse, status: number, value: object): void {
  response.setHeader('Cache-Control', 'no-store');
  answer(request, response, status, JSON_TYPE, `${JSON.stringify(value)}\n`);
}

/** Answers that a method is not allowed (RFC 9110 §15.5.6). What comes as a body is not wanted: the connection ends. */
export function answerMethod(request: IncomingMessage, response: ServerResponse, allowed: string): void {
  response.setHeader('Allow', allowed);
  response.setHeader('Connection', 'close');
  answer(request, response, 405, TEXT, `Only ${allowed.replaceAll(', ', ' and ')} are answered here.\n`);
}
