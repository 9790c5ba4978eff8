// The five clients of the comparison in docs/resilience.md, each of the installed package, in one world: a WebSocket whose server
// is played by the test, timers that stand still, and a network that comes and goes. It is there before any of them is loaded.
import { vi } from 'vitest';

/** A browser's WebSocket, as far as the five use one. */
export class FakeSocket extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  static made: FakeSocket[] = [];
  /** What becomes of the next one. */
  static onMade: (socket: FakeSocket) => void = () => {};

  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSING = 2;
  readonly CLOSED = 3;
  readonly bufferedAmount = 0;
  readonly extensions = '';
  readonly protocol = '';
  binaryType = 'blob';
  readyState = 0;
  readonly url: string;
  readonly madeAt = Date.now();
  /** When the client has given it up. */
  closedAt: number | undefined;
  readonly sent: string[] = [];
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: Event) => void) | null = null;
  onclose: ((event: Event) => void) | null = null;
  onerror: ((event: Event) => void) | null = null;

  constructor(url: string | URL) {
    super();
    this.url = String(url);
    FakeSocket.made.push(this);
    queueMicrotask(() => FakeSocket.onMade(this));
  }

  send(data: unknown): void {
    this.sent.push(String(data));
  }

  close(code = 1005, reason = ''): void {
    if (this.readyState >= 2) return;
    this.closedAt = Date.now();
    this.readyState = 2;
    queueMicrotask(() => this.end(code, reason));
  }

  // ---- what the server does

  open(): void {
    this.readyState = 1;
    this.#tell(new Event('open'));
  }

  tell(data: string): void {
    this.#tell(new MessageEvent('message', { data }));
  }

  end(code = 1006, reason = ''): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    if (code === 1006) this.#tell(Object.assign(new Event('error'), { message: 'it broke off' }));
    this.#tell(Object.assign(new Event('close'), { code, reason, wasClean: code !== 1006 }));
  }

  #tell(event: Event): void {
    this[`on${event.type}` as 'onopen']?.(event);
    this.dispatchEvent(event);
  }
}

/** What a page hears of its network. */
export const network = new EventTarget();

const page = globalThis as unknown as Record<string, unknown>;
page['WebSocket'] = FakeSocket;
page['addEventListener'] = network.addEventListener.bind(network);
page['removeEventListener'] = network.removeEventListener.bind(network);

const { ResilientWebSocket } = await import('../../src/resilient/index.ts');
const { default: loaded } = await import('reconnecting-websocket');
// Its CommonJS, as Node loads it, and its module, as a bundler does.
const ReconnectingWebSocket = (
  'default' in loaded ? loaded.default : loaded
) as typeof import('reconnecting-websocket').default;
const { WebSocket: PartySocket } = await import('partysocket');
const { Centrifuge } = await import('centrifuge');
// What a page loads: that of Node has a WebSocket of its own.
const { default: socketIo } = (await import('socket.io-client/dist/socket.io.js' as string)) as {
  default: typeof import('socket.io-client');
};

/** A client, as the test sees it. */
export interface Client {
  /** What the package gives. */
  readonly native: object;
  isOpen(): boolean;
  /** Sends something. */
  say(text: string): unknown;
  close(): void;
}

/** One of the five. */
export interface Subject {
  connect(options?: object): Client;
  /** The server answers whatever the client asks for when it has connected. */
  welcome(socket: FakeSocket): void;
  /** The server sends the client away for good, in the way that this client knows. */
  sendAway(socket: FakeSocket): void;
}

const URL = 'ws://example.test/ws';

/** Stands for a WebSocket, and is opened anew behind it. */
interface ReopeningClient {
  readonly readyState: number;
  send(text: string): unknown;
  close(): void;
}

/** The two that have the shape of a WebSocket. */
function reopening(Client: new (url: string, protocols: string[], options: object) => ReopeningClient): Subject {
  return {
    connect(options = {}) {
      const { url = URL, ...rest } = options as { url?: string };
      const client = new Client(url, [], rest);
      return {
        native: client,
        isOpen: () => client.readyState === 1,
        say: (text) => client.send(text),
        close: () => client.close(),
      };
    },
    welcome: (socket) => socket.open(),
    sendAway: (socket) => socket.end(4003, 'not for you'),
  };
}

/** Answers each message that `asks`. */
function answering(socket: FakeSocket, answer: (text: string) => string | undefined): void {
  const { send } = socket;
  socket.send = (data) => {
    send.call(socket, data);
    const text = answer(String(data));
    if (text !== undefined) queueMicrotask(() => socket.readyState === 1 && socket.tell(text));
  };
}

export const SUBJECTS = {
  sluice: {
    connect(options = {}) {
      const { url = URL, ...rest } = options as { url?: string };
      const client = new ResilientWebSocket(url, { token: 'ada', ...rest });
      return {
        native: client,
        isOpen: () => client.readyState === 1,
        say: (text) => client.send(text),
        close: () => client.close(),
      };
    },
    welcome(socket) {
      answering(socket, (text) => (text.includes('"AUTH"') ? '{"type":"AUTH_OK"}' : undefined));
      socket.open();
    },
    sendAway: (socket) => socket.end(4003, 'not for you'),
  },
  'reconnecting-websocket': reopening(ReconnectingWebSocket),
  partysocket: reopening(PartySocket),
  centrifuge: {
    connect(options = {}) {
      const { url = URL, ...rest } = options as { url?: string };
      const client = new Centrifuge(url, rest);
      client.on('error', () => {});
      client.connect();
      return {
        native: client,
        isOpen: () => client.state === 'connected',
        say: (text) => client.publish('room', text),
        close: () => client.disconnect(),
      };
    },
    welcome(socket) {
      answering(socket, (text) => {
        const { id, connect } = JSON.parse(text.split('\n')[0] as string) as { id: number; connect?: object };
        return connect && JSON.stringify({ id, connect: { client: 'c', version: '6', ping: 25, pong: true } });
      });
      socket.open();
    },
    sendAway: (socket) => socket.end(3500, 'not for you'),
  },
  'socket.io-client': {
    connect(options = {}) {
      const client = socketIo.io('http://example.test', { transports: ['websocket'], forceNew: true, ...options });
      return {
        native: client,
        isOpen: () => client.connected,
        say: (text) => client.emit('say', text),
        close: () => client.disconnect(),
      };
    },
    welcome(socket) {
      answering(socket, (text) => (text.startsWith('40') ? '40{"sid":"s","pid":"p"}' : undefined));
      socket.open();
      socket.tell('0{"sid":"e","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}');
    },
    sendAway: (socket) => socket.tell('41'),
  },
} satisfies Record<string, Subject>;

export type SubjectName = keyof typeof SUBJECTS;

/** Lets time go on. */
export const pass = (milliseconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(milliseconds);
