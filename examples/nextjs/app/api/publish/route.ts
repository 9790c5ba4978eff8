// Says something in the room: `{ "content": "..." }` as JSON.
import { readRequestBody } from 'sluice/poll';
import { ROOM, rooms } from '@/lib/rooms';

const MAX_CONTENT_LENGTH = 10_000;

export async function POST(request: Request): Promise<Response> {
  // A page of another site cannot send this type without being asked for by CORS, which is not on here.
  if (!request.headers.get('content-type')?.startsWith('application/json')) {
    return Response.json({ error: 'application/json is expected' }, { status: 415 });
  }
  // Next.js does not limit the body of a route handler. Too much of it, or too slow, and this is the answer to give.
  const body = await readRequestBody(request);
  if (typeof body !== 'string') return body;

  const content = contentOf(body);
  if (content === undefined) {
    const error = `content must be a string of 1 to ${MAX_CONTENT_LENGTH} characters`;
    return Response.json({ error }, { status: 400 });
  }
  return Response.json({ id: await rooms.publish(ROOM, { type: 'MESSAGE', content }) }, { status: 201 });
}

function contentOf(body: string): string | undefined {
  try {
    const { content } = JSON.parse(body) as { content?: unknown };
    return typeof content === 'string' && content !== '' && content.length <= MAX_CONTENT_LENGTH ? content : undefined;
  } catch {
    return undefined;
  }
}
