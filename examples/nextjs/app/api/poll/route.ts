// The room by long polling: `?since=<id>` asks for what came behind that, and waits for it if need be.
import { ROOM, rooms } from '@/lib/rooms';

export function GET(request: Request): Promise<Response> {
  return rooms.pollResponse(request, ROOM);
}
