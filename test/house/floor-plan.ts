// The floors of the house as data: which folder of src/ may import which, and which modules of Node.
// floors.test.ts holds every import against it. Type imports count.
// It never grows by itself: a new folder, or a new word in a row, is a decision and shows in a diff.

export interface Row {
  /** A folder imports only from lower floors. */
  readonly floor: number;
  readonly folders: readonly string[];
  /** Modules of Node it may use, besides node:buffer; `'any'` for those who stand above everything. */
  readonly node?: readonly string[] | 'any';
  /** Modules of Node of which it may only import types. */
  readonly nodeTypes?: readonly string[];
  /** Modules of Node that one file of the folder may use and its neighbours may not. */
  readonly nodeInFile?: Readonly<Record<string, readonly string[]>>;
  /** Optional peers that it is made for; never loaded by another subpath than its own. */
  readonly packages?: readonly string[];
  /** Folders of its own floor it may import: a person at a terminal starts a whole server. */
  readonly sideways?: readonly string[];
  /** It runs in browsers too: not even node:buffer, nor a folder below that does not. */
  readonly browser?: true;
}

const HTTP_TYPES = ['http', 'https', 'net', 'tls', 'stream'];
const ENDPOINT = ['websocket', 'connection', 'handshake', 'message', 'frame', 'deflate', 'http', 'transport', 'bytes'];
const EVERYTHING_BELOW = [
  ...ENDPOINT,
  'eventstream',
  'server',
  'client',
  'sse',
  'poll',
  'resilient',
  'rooms',
  'redis',
  'jwt',
];

export const FLOOR_PLAN: ReadonlyMap<string, Row> = new Map<string, Row>([
  ['bytes', { floor: 0, folders: [] }],

  ['frame', { floor: 1, folders: ['bytes'], nodeInFile: { 'masking-key.ts': ['crypto'] } }],
  ['deflate', { floor: 1, folders: ['bytes'], node: ['zlib'] }],
  ['http', { floor: 1, folders: ['bytes'] }],
  // Not on bytes/, which is made of Buffers: resilient/ stands on it, in browsers.
  ['eventstream', { floor: 1, folders: [], browser: true }],

  ['handshake', { floor: 2, folders: ['http', 'deflate', 'bytes'], nodeInFile: { 'key.ts': ['crypto'] } }],
  ['message', { floor: 2, folders: ['frame', 'deflate', 'bytes'] }],

  ['connection', { floor: 3, folders: ['message', 'frame', 'deflate', 'bytes'] }],

  // The wing: beside the floors, above nothing but the ground. The only folder that touches sockets and timers.
  ['transport', { floor: 3, folders: ['bytes'], node: ['net', 'tls', 'timers'], nodeTypes: ['events', 'stream'] }],

  [
    'websocket',
    {
      floor: 4,
      folders: ['connection', 'message', 'frame', 'deflate', 'transport', 'bytes'],
      node: ['events', 'stream', 'stream/web', 'diagnostics_channel'],
    },
  ],

  [
    'server',
    {
      floor: 5,
      folders: ENDPOINT,
      node: ['events', 'diagnostics_channel'],
      nodeTypes: HTTP_TYPES,
      // The class that applications know requests by, and the server that answers requests which are no upgrades.
      nodeInFile: { 'node-http.ts': ['http', 'module'] },
    },
  ],
  [
    'client',
    {
      floor: 5,
      folders: ENDPOINT,
      node: ['events', 'diagnostics_channel'],
      nodeTypes: HTTP_TYPES,
      // The body of an unexpected response is a stream that the application may read.
      nodeInFile: { 'response.ts': ['stream'] },
    },
  ],
  ['sse', { floor: 5, folders: ['eventstream', 'http', 'transport', 'bytes'], nodeTypes: ['http'] }],
  ['poll', { floor: 5, folders: ['eventstream', 'http', 'transport', 'bytes'], nodeTypes: ['http'] }],
  ['resilient', { floor: 5, folders: ['eventstream'], browser: true }],
  // The same in Node, where the package's condition `node` puts our own client under it.
  ['resilient-node', { floor: 6, folders: ['resilient', 'client', 'websocket'] }],

  [
    'rooms',
    {
      floor: 6,
      folders: ['websocket', 'sse', 'poll', 'eventstream', 'message', 'transport', 'bytes'],
      node: ['events', 'crypto'],
      nodeTypes: ['http'],
    },
  ],
  ['redis', { floor: 6, folders: ['transport'], node: ['crypto'], sideways: ['rooms'] }],

  ['jwt', { floor: 6, folders: ['server'], node: ['crypto'], packages: ['jose'] }],

  ['app', { floor: 7, folders: EVERYTHING_BELOW, node: 'any' }],
  ['inspect', { floor: 7, folders: EVERYTHING_BELOW, node: 'any' }],
  [
    'cli',
    {
      floor: 7,
      folders: EVERYTHING_BELOW,
      node: 'any',
      sideways: ['app', 'inspect'],
      // For --redis: a person at a terminal has no client to give.
      packages: ['redis', 'ioredis'],
    },
  ],

  // The face of `ws`, right under the roof: on the class that require() gives hangs everything the package exports.
  [
    'drop-in',
    {
      floor: 8,
      folders: [...ENDPOINT, 'server', 'client', 'rooms', 'app'],
      node: ['stream'],
      nodeTypes: ['http', 'net'],
    },
  ],
]);

/** Folders below the I/O line: no socket, no clock, no process, no console, no chance; time comes in as an argument. */
export const BELOW_THE_IO_LINE: readonly string[] = [
  'bytes',
  'frame',
  'deflate',
  'http',
  'eventstream',
  'handshake',
  'message',
  'connection',
];
