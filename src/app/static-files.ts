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
  ['/icon.svg', 'icon.svg', IMAGE],
  ['/main.js', 'main.js', SCRIPT],
  ['/room.js', 'room.js', SCRIPT],
  ['/inspection.js', 'inspection.js', SCRIPT],
  ['/entry-list.js', 'entry-list.js', SCRIPT],
  ['/entry-view.js', 'entry-view.js', SCRIPT],
  ['/measures.js', 'measures.js', SCRIPT],
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
