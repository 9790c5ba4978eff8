// An honest client: connects, says something, and wants it back within a second, whatever others are doing to the server.
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { openingRequest } from '../server/raw-client.ts';
import { BINARY, FrameReader, frame, TEXT } from '../websocket/raw-peer.ts';
import type { Victim } from './victim.ts';
import { TOKEN } from './victim-report.ts';

/** Milliseconds from the first packet to the echo. */
const PATIENCE = 1_000;
/** The machine itself may stand still for a second; not five times in a row. */
const ATTEMPTS = 5;

/** Resolves when an honest client has been served; rejects with what went wrong the last time. */
export async function isServed(victim: Victim): Promise<void> {
  let reason: unknown;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      await (victim.options.library === 'node:http' ? fetchOnce(victim.port) : echoOnce(victim));
      return;
    } catch (error) {
      reason = error;
    }
  }
  throw reason;
}

async function fetchOnce(port: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(PATIENCE) });
  await response.text();
}

function echoOnce({ port, options }: Victim): Promise<void> {
  const payload = randomBytes(32);
  const wantsEcho = options.behaviour !== 'swallow';
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const reader = new FrameReader();
    let head = '';
    const timer = setTimeout(() => fail(new Error(`an honest client was not served within ${PATIENCE} ms`)), PATIENCE);
    const fail = (error: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const succeed = (): void => {
      clearTimeout(timer);
      socket.on('close', () => resolve());
      socket.destroy();
    };
    socket.on('error', fail);
    socket.on('end', () => fail(new Error(`an honest client was sent away: ${head.slice(0, 200)}`)));
    socket.on('connect', () => socket.write(openingRequest()));
    socket.on('data', (chunk) => {
      let frames = chunk;
      if (!head.includes('\r\n\r\n')) {
        head += chunk.toString('latin1');
        const end = head.indexOf('\r\n\r\n');
        if (end === -1) return;
        if (!head.startsWith('HTTP/1.1 101'))
          return fail(new Error(`an honest client was refused: ${head.slice(0, 200)}`));
        if (!wantsEcho) return succeed();
        frames = Buffer.from(head.slice(end + 4), 'latin1');
        if (options.behaviour === 'authenticate') socket.write(frame(TEXT, TOKEN));
        socket.write(frame(BINARY, payload));
      }
      // In a room others speak too.
      if (reader.push(frames).some((echo) => echo.payload.equals(payload))) succeed();
    });
  });
}
