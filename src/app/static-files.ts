// The files of the demo page: a fixed list, read once into memory. A path is looked up, never joined with a folder, so there
// is no way to any other file.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** One file, ready to be sent. */
export interface StaticFile {
  readonly body: Buffer;
  readonly contentType: string;
  /** RFC 9110 §8.8.3, strong. */
  readonly etag: string;
}

/** Beside this file, in src/ and in dist/ alike. */
const FOLDER = new URL('./page/', import.meta.url);

const HTML = 'text/html; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';
const STYLE = 'text/css; charset=utf-8';
const IMAGE = 'image/svg+xml';

/** Path → file and type. What is not in it is not served. */
const FILES: readonly (readonly [path: string, name: string, contentType: string])[] = [
  ['/', 'index.html', HTML],
  ['/style.css', 'style.css', STYLE],
  ['/carriage.css', 'carriage.css', STYLE],
  ['/icon.svg', 'icon.svg', IMAGE],
  ['/main.js', 'main.js', SCRIPT],
  ['/room.js', 'room.js', SCRIPT],
  ['/inspection.js', 'inspection.js', SCRIPT],
  ['/entry-list.js', 'entry-list.js', SCRIPT],
  ['/entry-view.js', 'entry-view.js', SCRIPT],
  ['/measures.js', 'measures.js', SCRIPT],
  ['/backoff.js', 'backoff.js', SCRIPT],
  ['/continuity.js', 'continuity.js', SCRIPT],
  ['/conversation.js', 'conversation.js', SCRIPT],
  ['/entry-text.js', 'entry-text.js', SCRIPT],
  ['/event-id.js', 'event-id.js', SCRIPT],
  ['/event-stream-blocks.js', 'event-stream-blocks.js', SCRIPT],
  ['/event-stream-transport.js', 'event-stream-transport.js', SCRIPT],
  ['/http-entries.js', 'http-entries.js', SCRIPT],
  ['/http-meanings.js', 'http-meanings.js', SCRIPT],
  ['/http-request.js', 'http-request.js', SCRIPT],
  ['/json-places.js', 'json-places.js', SCRIPT],
  ['/long-poll-transport.js', 'long-poll-transport.js', SCRIPT],
  ['/make.js', 'make.js', SCRIPT],
  ['/offset-check.js', 'offset-check.js', SCRIPT],
  ['/publish.js', 'publish.js', SCRIPT],
  ['/transport-names.js', 'transport-names.js', SCRIPT],
  ['/websocket-transport.js', 'websocket-transport.js', SCRIPT],
];

/**
 * Reads the files of the page.
 *
 * @returns the files by their paths.
 * @throws Error of node:fs when one cannot be read: the installation is broken.
 */
export async function readStaticFiles(): Promise<ReadonlyMap<string, StaticFile>> {
  const files = new Map<string, StaticFile>();
  for (const [path, name, contentType] of FILES) {
    const body = await readFile(new URL(name, FOLDER));
    files.set(path, { body, contentType, etag: `"${createHash('sha256').update(body).digest('base64url')}"` });
  }
  return files;
}
