// Where the socket of an opening handshake comes from: an agent, the caller's own function, or the transport.
// RFC 6455 §4.1 steps 2 to 5. Agents are used through what `node:http` documents, `createConnection(options, callback)`, or
// through the `connect(request, options)` of proxy agents. Never leaks a socket that comes too late or twice.
import type { Agent as HttpAgent } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  connectPlain,
  connectSecure,
  type DialOptions,
  type DialTarget,
  type SocketOptions,
  socketOptions,
} from '../transport/index.ts';
import type { HandshakeRequest } from './request.ts';

/** Told once: the socket, or why there is none. */
type CreateConnectionCallback = (error?: Error | null, socket?: Duplex) => void;

/** What agents and `createConnection` are told. */
export interface ConnectionRequest extends SocketOptions {
  /** As {@link SocketOptions.host}. */
  hostname: string;
  /** The scheme that a request by `node:http` or `node:https` would have. */
  protocol: 'http:' | 'https:';
  /** Whether TLS is spoken: proxy agents add it themselves. */
  secureEndpoint: boolean;
  socketPath?: string;
}

/** Something that makes sockets: an `http.Agent` or an `https.Agent`, for instance. */
export interface SocketMaker {
  /** Returns the socket, or calls `callback` with it. */
  createConnection(options: ConnectionRequest, callback: CreateConnectionCallback): Duplex | null | undefined;
}

/** A proxy agent: its socket is connected through to the server already (§4.1(f)). */
export interface ProxyAgent {
  connect(
    request: HandshakeRequest,
    options: ConnectionRequest,
  ): Duplex | HttpAgent | SocketMaker | PromiseLike<Duplex | HttpAgent | SocketMaker>;
}

/** Everything that the option `agent` may be; `false` is none. */
export type ClientAgent = HttpAgent | SocketMaker | ProxyAgent | false;

/** What a socket is made from. */
export interface SocketSource {
  readonly target: DialTarget;
  readonly agent: ClientAgent | undefined;
  readonly createConnection: SocketMaker['createConnection'] | undefined;
  readonly dialOptions: DialOptions;
}

/** When a socket of ours may be written to; a socket of somebody else's may be at once. */
export type ReadyEvent = 'connect' | 'secureConnect' | undefined;

/** Takes the socket, or the reason why there is none. Called once. */
export type SocketTaker = (error: Error | undefined, socket?: Duplex, readyEvent?: ReadyEvent) => void;

/**
 * §10.6(b): Refuses an agent that would speak another protocol than the URL says: one of `node:http` would send the
 * request of a `wss:` URL in clear text.
 *
 * @throws TypeError when it does, or when it is no agent.
 */
export function checkAgent(agent: ClientAgent | undefined, secure: boolean): void {
  if (agent === undefined || agent === false || isProxyAgent(agent)) return;
  if (!isSocketMaker(agent)) {
    throw new TypeError('agent must have a method createConnection(options, callback) or connect(request, options)');
  }
  const { protocol } = agent as { protocol?: unknown };
  const wanted = secure ? 'https:' : 'http:';
  if (typeof protocol === 'string' && protocol !== wanted) {
    throw new TypeError(`agent must be for ${wanted} as the URL is, and it is for ${protocol}`);
  }
}

/**
 * Makes a socket, or has one made. What others throw goes to `take`.
 *
 * @throws TypeError or RangeError when an option of the connection is not what it must be.
 */
export function obtainSocket(source: SocketSource, request: HandshakeRequest, take: SocketTaker): void {
  const { agent, createConnection, target } = source;
  if (agent) {
    askAgent(agent, source, request, take);
  } else if (createConnection !== undefined) {
    askMaker({ createConnection }, connectionRequest(source, {}), take);
  } else if (target.secure) {
    take(undefined, connectSecure(socketOptions(target, source.dialOptions)), 'secureConnect');
  } else {
    take(undefined, connectPlain(socketOptions(target, source.dialOptions)), 'connect');
  }
}

/** @param own the options of an agent; they come last, as in `node:http`. */
function connectionRequest({ target, dialOptions }: SocketSource, own: DialOptions): ConnectionRequest {
  const request: ConnectionRequest = {
    ...socketOptions(target, { ...dialOptions, ...own }),
    hostname: target.host,
    protocol: target.secure ? 'https:' : 'http:',
    secureEndpoint: target.secure,
  };
  if (target.socketPath !== undefined) request.socketPath = target.socketPath;
  return request;
}

function askAgent(
  agent: HttpAgent | SocketMaker | ProxyAgent,
  source: SocketSource,
  request: HandshakeRequest,
  take: SocketTaker,
): void {
  const options = connectionRequest(source, 'options' in agent && isObject(agent.options) ? agent.options : {});
  if (!isProxyAgent(agent)) {
    askMaker(agent as SocketMaker, options, take);
    return;
  }
  const takeAnswer = (answer: Duplex | HttpAgent | SocketMaker): void => {
    if (!isDuplex(answer) && (isSocketMaker(answer) || isProxyAgent(answer))) askAgent(answer, source, request, take);
    else takeOrRefuse(answer, take);
  };
  // Later in any case: what `connect` throws is told as what it rejects with is.
  new Promise<Duplex | HttpAgent | SocketMaker>((resolve) => resolve(agent.connect(request, options))).then(
    takeAnswer,
    (error: Error) => take(error),
  );
}

/** The socket may be returned, or given to the callback, or both: the first counts. */
function askMaker(maker: SocketMaker, options: ConnectionRequest, take: SocketTaker): void {
  let taken: Duplex | undefined;
  let done = false;
  const settle = (error: Error | null | undefined, socket?: Duplex | null): void => {
    if (done) {
      if (isDuplex(socket) && socket !== taken) socket.destroy();
      return;
    }
    done = true;
    if (error) {
      take(error);
      return;
    }
    taken = socket ?? undefined;
    takeOrRefuse(socket, take);
  };
  let socket: Duplex | null | undefined;
  try {
    socket = maker.createConnection(options, settle);
  } catch (error) {
    settle(error as Error);
    return;
  }
  if (socket) settle(null, socket);
}

function takeOrRefuse(socket: unknown, take: SocketTaker): void {
  if (isDuplex(socket)) take(undefined, socket);
  else take(new TypeError('the agent, or createConnection, must give a Duplex'));
}

function isDuplex(value: unknown): value is Duplex {
  return isObject(value) && 'write' in value && 'on' in value && 'destroy' in value;
}

function isSocketMaker(value: unknown): value is SocketMaker {
  return isObject(value) && typeof (value as Partial<SocketMaker>).createConnection === 'function';
}

function isProxyAgent(value: unknown): value is ProxyAgent {
  return isObject(value) && typeof (value as Partial<ProxyAgent>).connect === 'function';
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
