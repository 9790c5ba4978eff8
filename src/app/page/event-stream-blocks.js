// An event stream, block by block as it came: HTML §9.2.5 and §9.2.6. What EventSource does, written out, because EventSource
// shows neither comments nor `retry` nor a single line of the text itself. Knows nothing of rooms.

/** The end of a block: an empty line. A CR at the very end may be half of a CRLF. */
const BLOCK_END = /(?:\r\n|\n|\r(?!\n|$)){2}/;
const LINE = /([^\r\n]*)(\r\n|\n|\r)/g;

/** The blocks of one stream. */
export class EventStreamBlocks {
  #rest = '';

  /**
   * Takes what has come.
   *
   * @param {string} text
   * @returns the blocks that are complete with it
   */
  push(text) {
    this.#rest += text;
    const blocks = [];
    for (let end = BLOCK_END.exec(this.#rest); end !== null; end = BLOCK_END.exec(this.#rest)) {
      const length = end.index + end[0].length;
      blocks.push(readBlock(this.#rest.slice(0, length)));
      this.#rest = this.#rest.slice(length);
    }
    return blocks;
  }
}

/** {text, lines: [{name, value, offset, valueOffset}], id, event, data, retry}; a comment is a line without a name. */
function readBlock(text) {
  const block = { text, lines: [], id: undefined, event: 'message', data: undefined, retry: undefined };
  for (const { 1: line, index: offset } of text.matchAll(LINE)) {
    if (line === '') continue;
    const colon = line.indexOf(':');
    const name = colon === -1 ? line : line.slice(0, colon);
    const start = colon === -1 ? line.length : colon + (line[colon + 1] === ' ' ? 2 : 1);
    const value = line.slice(start);
    block.lines.push({ name, value, offset, valueOffset: offset + start });
    if (name === 'id' && !value.includes('\0')) block.id = value;
    else if (name === 'event') block.event = value || 'message';
    else if (name === 'data') block.data = block.data === undefined ? value : `${block.data}\n${value}`;
    else if (name === 'retry' && /^\d+$/.test(value)) block.retry = Number(value);
  }
  return block;
}
