// Runs cases: against a server, by connecting to it once for each case; against a client, by letting it come and asking
// for them one by one, at the paths that Autobahn's clients know (/getCaseCount, /runCase?case=N, /updateReports).

import { once } from 'node:events';
import { connect as connectTcp, createServer, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Case, failed, type Outcome } from './case.ts';
import { MessageCodec } from './compression.ts';
import { acceptKey, agreementAsClient, agreementAsServer, type Head, readHead, request } from './handshake.ts';
import { Peer, TEXT } from './peer.ts';

/** A case and what came of it. */
export interface Result extends Outcome {
  readonly id: string;
  readonly title: string;
  readonly section: string;
  readonly milliseconds: number;
}

/** Called after each case. */
export type Progress = (result: Result, done: number, total: number) => void;

async function judge(subject: Case, open: () => Promise<Peer>): Promise<Result> {
  const { id, title, section } = subject;
  const start = performance.now();
  let outcome: Outcome;
  let peer: Peer | undefined;
  try {
    peer = await open();
    outcome = await subject.run(peer);
  } catch (error) {
    outcome = failed((error as Error).message);
  }
  peer?.destroy();
  return { id, title, section, ...outcome, milliseconds: Math.round(performance.now() - start) };
}

/** Tests a server that echoes. */
export async function testServer(url: string, cases: readonly Case[], progress?: Progress): Promise<Result[]> {
  const results: Result[] = [];
  for (const subject of cases) {
    const result = await judge(subject, () => connectTo(new URL(url), subject));
    results.push(result);
    progress?.(result, results.length, cases.length);
  }
  return results;
}

async function connectTo(url: URL, subject: Case): Promise<Peer> {
  const secure = url.protocol === 'wss:';
  const port = Number(url.port || (secure ? 443 : 80));
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const socket: Socket = secure
    ? connectTls({ host, port, rejectUnauthorized: false })
    : connectTcp({ host, port, allowHalfOpen: true });
  await once(socket, secure ? 'secureConnect' : 'connect');
  socket.setNoDelay(true);
  const { text, accept } = request(url.host, url.pathname + url.search, subject.offers ?? []);
  socket.write(text);
  const head = await headFrom(socket);
  if (!head.start.startsWith('HTTP/1.1 101')) throw new Error(`the server answered: ${head.start}`);
  if (head.fields.get('sec-websocket-accept') !== accept) throw new Error('Sec-WebSocket-Accept is wrong');
  const agreement = agreementAsClient(head.fields.get('sec-websocket-extensions'));
  if (agreement !== undefined && subject.offers === undefined) throw new Error('an extension that was not offered');
  return new Peer(socket, true, agreement && new MessageCodec(agreement), head.rest);
}

/** A tester that clients connect to. */
export interface ClientTester {
  readonly port: number;
  /** Resolves when a client has asked for the reports, with the results of all cases it ran. */
  readonly finished: Promise<Result[]>;
  close(): void;
}

/** Waits for a client that echoes, and tests it. */
export async function testClients(port: number, cases: readonly Case[], progress?: Progress): Promise<ClientTester> {
  const results = new Map<string, Result>();
  let finish: (results: Result[]) => void = () => {};
  const finished = new Promise<Result[]>((resolve) => {
    finish = resolve;
  });
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    socket.on('error', () => {});
    void serve(socket);
  });

  async function serve(socket: Socket): Promise<void> {
    const head = await headFrom(socket).catch(() => undefined);
    if (head === undefined) {
      socket.destroy();
      return;
    }
    const url = new URL(head.start.split(' ')[1] ?? '/', 'ws://tester');
    if (url.pathname === '/runCase') {
      const subject = cases[Number(url.searchParams.get('case')) - 1];
      if (subject === undefined) {
        socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
        return;
      }
      const result = await judge(subject, async () => accept(socket, head, subject));
      results.set(result.id, result);
      progress?.(result, results.size, cases.length);
      return;
    }
    const peer = accept(socket, head, undefined);
    if (url.pathname === '/getCaseCount') await peer.send({ opcode: TEXT, payload: String(cases.length) });
    await peer.close(1000);
    await peer.ended(CLOSE_PATIENCE);
    if (url.pathname === '/updateReports') {
      finish(cases.flatMap(({ id }) => results.get(id) ?? []));
    }
  }

  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as { port: number };
  return { port: address.port, finished, close: () => server.close() };
}

const CLOSE_PATIENCE = 10_000;

function accept(socket: Socket, head: Head, subject: Case | undefined): Peer {
  const agreed = agreementAsServer(head.fields.get('sec-websocket-extensions'), subject?.offers ?? []);
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${acceptKey(head.fields.get('sec-websocket-key') ?? '')}`,
  ];
  if (agreed !== undefined) lines.push(`Sec-WebSocket-Extensions: ${agreed.answer}`);
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  return new Peer(socket, false, agreed && new MessageCodec(agreed.agreement), head.rest);
}

function headFrom(socket: Socket): Promise<Head> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk]);
      const head = readHead(bytes);
      if (head === undefined) return;
      socket.removeListener('data', onData);
      socket.removeListener('close', onClose);
      socket.pause();
      // Paused until its new owner listens.
      resolve(head);
    };
    const onClose = (): void => reject(new Error('the connection ended before the handshake was done'));
    socket.on('data', onData);
    socket.on('error', () => {});
    socket.once('close', onClose);
  });
}
