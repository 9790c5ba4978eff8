// What a message takes on the wire, as two tables of Markdown, which are as readable on a terminal.
// @ts-check

const DIRECTIONS = /** @type {const} */ ([
  ['toClient', 'From the server to the client'],
  ['toServer', 'From the client to the server'],
]);

/**
 * @param {import('../wire.mjs').WireRecord} record
 * @returns {string} Markdown
 */
export function wireTables({ messages, findings }) {
  const heads = messages.map(({ content, bytes }) => `${bytes.toLocaleString('en-GB')} B of ${content}`);
  const tables = DIRECTIONS.map(([direction, title]) =>
    aligned([
      [title, 'opening', ...heads],
      ...findings.map((finding) => [
        finding.transport,
        finding.opening.toLocaleString('en-GB'),
        ...finding[direction].map((bytes, index) => cell(bytes, messages[index]?.bytes ?? 0)),
      ]),
    ]),
  );
  return tables.join('\n\n');
}

/**
 * @param {number} bytes on the wire
 * @param {number} payload bytes of the message
 * @returns {string} such as `1,048 (+8)`
 */
function cell(bytes, payload) {
  const more = bytes - payload;
  const sign = more < 0 ? '−' : '+';
  return `${bytes.toLocaleString('en-GB')} (${sign}${Math.abs(more).toLocaleString('en-GB')})`;
}

/**
 * @param {readonly (readonly string[])[]} rows of as many cells each, the heads first
 * @returns {string} a table of Markdown whose columns stand below each other; all but the first one to the right
 */
function aligned(rows) {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const lines = rows.map((cells) =>
    cells.map((text, column) => (column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0))),
  );
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  const [heads = [], ...rest] = lines;
  return [heads, rule, ...rest].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
