// The room as Server-Sent Events. Who comes back with `Last-Event-ID`, as EventSource does by itself, is told what it missed.
import { ROOM, rooms } from '@/lib/rooms';

export function GET(request: Request): Promise<Response> {
  return rooms.eventStreamResponse(request, ROOM);
}
