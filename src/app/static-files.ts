// The files of the demo page, and the modules of the client that it is made with: read once into memory. A path is looked up,
// never joined with a folder, so there is no way to any other file.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';

/** One file, ready to be sent. */
export interface StaticFile {
  readonly body: Buffer;
  readonly contentType: string;
  /** RFC 9110 §8.8.3, strong. */
  readonly etag: string;
}

/** The folder above this file's: src/ or dist/. */
const ROOT = new URL('../', import.meta.url);
/** Below it, in both alike. */
const PAGE = 'app/page/';
/** Below it, and served under the same name: JavaScript for browsers in dist/. In src/ it is TypeScript, and not served. */
const MODULES = ['resilient/', 'eventstream/'];

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
  ['/account.js', 'account.js', SCRIPT],
  ['/chosen-transport.js', 'chosen-transport.js', SCRIPT],
  ['/continuity.js', 'continuity.js', SCRIPT],
  ['/conversation.js', 'conversation.js', SCRIPT],
  ['/entry-list.js', 'entry-list.js', SCRIPT],
  ['/entry-text.js', 'entry-text.js', SCRIPT],
  ['/entry-view.js', 'entry-view.js', SCRIPT],
  ['/event-id.js', 'event-id.js', SCRIPT],
  ['/event-stream-blocks.js', 'event-stream-blocks.js', SCRIPT],
  ['/http-entries.js', 'http-entries.js', SCRIPT],
  ['/http-meanings.js', 'http-meanings.js', SCRIPT],
  ['/inspection.js', 'inspection.js', SCRIPT],
  ['/json-places.js', 'json-places.js', SCRIPT],
  ['/main.js', 'main.js', SCRIPT],
  ['/make.js', 'make.js', SCRIPT],
  ['/measures.js', 'measures.js', SCRIPT],
  ['/observed-fetch.js', 'observed-fetch.js', SCRIPT],
  ['/observed-link.js', 'observed-link.js', SCRIPT],
  ['/offset-check.js', 'offset-check.js', SCRIPT],
  ['/options.js', 'options.js', SCRIPT],
  ['/room.js', 'room.js', SCRIPT],
  ['/transport-names.js', 'transport-names.js', SCRIPT],
];

/**
 * Reads the files of the page.
 *
 * @param root where src/ or dist/ is.
 * @returns the files by their paths.
 * @throws Error of node:fs when one cannot be read: the installation is broken.
 */
export async function readStaticFiles(root: URL = ROOT): Promise<ReadonlyMap<string, StaticFile>> {
  const files = new Map<string, StaticFile>();
  const read = async (path: string, name: string, contentType: string): Promise<void> => {
    const body = await readFile(new URL(name, root));
    files.set(path, { body, contentType, etag: `"${createHash('sha256').update(body).digest('base64url')}"` });
  };
  for (const [path, name, contentType] of FILES) await read(path, PAGE + name, contentType);
  for (const folder of MODULES) {
    // A program of which only a part was compiled has no page to serve.
    const names = await readdir(new URL(folder, root)).catch(() => []);
    for (const name of names.filter((each) => each.endsWith('.js')))
      await read(`/${folder}${name}`, folder + name, SCRIPT);
  }
  return files;
}
