// HTML §9.2.5 and §9.2.6 once more, in the words of the standard and without a thought for speed, limits or chunks:
// the whole stream is there, it is decoded first, cut into lines next, and each line is interpreted.
import type { Told } from './record.ts';

/** What is told of a stream that ends here. */
export function slowEvents(stream: Uint8Array): Told[] {
  const told: Told[] = [];
  const buffers = { data: '', type: '', id: '' };
  let lastEventId = '';
  const lines = new TextDecoder().decode(stream).split(/\r\n|\n|\r/);
  lines.pop(); // It has no end.
  for (const line of lines) {
    if (line === '') {
      lastEventId = buffers.id;
      const { data, type } = buffers;
      Object.assign(buffers, { data: '', type: '' });
      if (data !== '') told.push({ type: type || 'message', data: data.replace(/\n$/, ''), lastEventId });
      continue;
    }
    const [, field = '', value = ''] = /^([^:]*)(?::[ ]?(.*))?$/s.exec(line) ?? [];
    if (field === '') told.push({ comment: value });
    else if (field === 'event') buffers.type = value;
    else if (field === 'data') buffers.data += `${value}\n`;
    else if (field === 'id' && !value.includes('\0')) buffers.id = value;
    else if (field === 'retry' && /^[0-9]+$/.test(value)) {
      told.push({ retry: Math.min(Number.parseInt(value, 10), Number.MAX_SAFE_INTEGER) });
    }
  }
  return told;
}
