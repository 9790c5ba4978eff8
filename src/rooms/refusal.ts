// How a request is answered that rooms have refused: a status, and the code as JSON. RFC 9110 §15, §10.2.3.
import type { ServerResponse } from 'node:http';
import type { RoomError } from './room-error.ts';

const TOO_MANY_REQUESTS = 429;
const SERVICE_UNAVAILABLE = 503;
/** Seconds until a client may try again whom nothing but the moment has kept out. */
const RETRY_AFTER = '5';

function fieldsOf({ status }: RoomError): Record<string, string> {
  const isMoment = status === TOO_MANY_REQUESTS || status === SERVICE_UNAVAILABLE;
  const fields = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' };
  return isMoment ? { ...fields, 'Retry-After': RETRY_AFTER } : fields;
}

function bodyOf({ code, message }: RoomError): string {
  return JSON.stringify({ error: message, code });
}

/** Answers a request of node:http. */
export function answerRefusal(response: ServerResponse, error: RoomError): void {
  if (response.headersSent || response.destroyed) return;
  const body = bodyOf(error);
  response.writeHead(error.status, { ...fieldsOf(error), 'Content-Length': Buffer.byteLength(body) }).end(body);
}

/** A response of the Fetch API. */
export function refusalResponse(error: RoomError): Response {
  return new Response(bodyOf(error), { status: error.status, headers: fieldsOf(error) });
}
