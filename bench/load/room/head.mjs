// Heads of requests and responses, for members of rooms.
// @ts-check
import { fetchFields, UPGRADE_FIELDS } from '../../wire/browser.mjs';

const END = '\r\n\r\n';
/** RFC 6455 §1.3: any 16 bytes will do, and what must be answered to them is the handshake rows' business. */
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

/**
 * @param {string} path
 * @param {Record<string, string>} fields
 * @returns {string}
 */
function requestHead(path, fields) {
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
  return [`GET ${path} HTTP/1.1`, ...lines, END.slice(2)].join('\r\n');
}

/**
 * @param {number} port
 * @param {string} path
 * @returns {string}
 */
export function upgradeHead(port, path) {
  return requestHead(path, {
    Host: `127.0.0.1:${port}`,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': KEY,
    ...UPGRADE_FIELDS,
  });
}

/**
 * @param {number} port
 * @param {string} path
 * @param {string} accept
 * @returns {string}
 */
export function getHead(port, path, accept) {
  return requestHead(path, fetchFields(port, accept));
}

/**
 * Takes the head of a response off the front of what has come.
 *
 * @param {Buffer} bytes
 * @param {number} status that it must have
 * @returns {{ fields: Map<string, string>, end: number } | undefined} `undefined` when it is not all there
 * @throws Error when it has another status
 */
export function responseHead(bytes, status) {
  const end = bytes.indexOf(END);
  if (end === -1) return undefined;
  const [line = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  if (!line.startsWith(`HTTP/1.1 ${status} `)) throw new Error(`the server answered "${line}", expected ${status}`);
  const fields = lines.map(
    (field) =>
      /** @type {const} */ ([
        field.slice(0, field.indexOf(':')).toLowerCase(),
        field.slice(field.indexOf(':') + 1).trim(),
      ]),
  );
  return { fields: new Map(fields), end: end + END.length };
}
