// The echo endpoints that are tested: ours and those of `ws`, as server and as client.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket as WsWebSocket, WebSocketServer as WsWebSocketServer } from 'ws';
import { WebSocket, WebSocketServer } from '../../src/index.ts';

/** Case 9.1.6 sends 16 MiB in one message; every other limit stays what it is by default. */
export const MAX_PAYLOAD = 16 * 1_048_576;

interface Classes {
  readonly WebSocket: typeof WebSocket;
  readonly WebSocketServer: typeof WebSocketServer;
}

const LIBRARIES = {
  sluice: { WebSocket, WebSocketServer },
  // The face is the same: that is the point of the one behind it.
  ws: { WebSocket: WsWebSocket, WebSocketServer: WsWebSocketServer } as unknown as Classes,
} as const;

export type Library = keyof typeof LIBRARIES;

/** Every agreement that the cases ask for can be had. */
const perMessageDeflate = { serverNoContextTakeover: false, clientNoContextTakeover: false, threshold: 0 };

/**
 * A server that sends back what it gets.
 *
 * @param compression by default every agreement that the cases ask for can be had.
 */
export async function echoServer(
  library: Library,
  compression: typeof perMessageDeflate | true = perMessageDeflate,
): Promise<{ url: string; close(): Promise<void> }> {
  const { WebSocketServer }: Classes = LIBRARIES[library];
  const server = new WebSocketServer({ port: 0, perMessageDeflate: compression, maxPayload: MAX_PAYLOAD });
  server.on('connection', echo);
  await once(server, 'listening');
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: async () => {
      for (const client of server.clients ?? []) client.terminate();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** A client that runs all cases of the tester at `url`. */
export async function echoClient(library: Library, url: string): Promise<void> {
  const { WebSocket }: Classes = LIBRARIES[library];
  const options = { perMessageDeflate, maxPayload: MAX_PAYLOAD };
  const counter = new WebSocket(`${url}/getCaseCount`, options);
  const [count] = await once(counter, 'message');
  await closed(counter);
  for (let number = 1; number <= Number(count); number++) {
    const socket = new WebSocket(`${url}/runCase?case=${number}&agent=${library}`, options);
    echo(socket);
    await closed(socket);
  }
  await closed(new WebSocket(`${url}/updateReports?agent=${library}`, options));
}

/** Not by `once` of node:events, which would reject on the errors that the tester provokes. */
function closed(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

function echo(socket: WebSocket): void {
  // What the tester does wrong on purpose is an error for `ws`, and would end this process without a listener.
  socket.on('error', () => {});
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    socket.send(data, { binary: isBinary });
  });
}
