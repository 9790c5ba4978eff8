import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { readStaticFiles, type StaticFile } from '../../src/app/static-files.ts';

let files: ReadonlyMap<string, StaticFile>;
beforeAll(async () => {
  files = await readStaticFiles();
});

test('the modules of the client are served as they are built, and nothing beside them', async () => {
  const root = mkdtempSync(join(tmpdir(), 'sluice-static-'));
  try {
    cpSync(fileURLToPath(new URL('../../src/app/page/', import.meta.url)), join(root, 'app/page'), { recursive: true });
    for (const folder of ['resilient', 'eventstream', 'frame']) {
      mkdirSync(join(root, folder));
      for (const name of ['index.js', 'index.d.ts', 'index.ts'])
        writeFileSync(join(root, folder, name), `// ${folder}`);
    }
    const built = await readStaticFiles(pathToFileURL(`${root}/`));
    const more = [...built.keys()].filter((path) => !files.has(path));
    expect(more).toEqual(['/resilient/index.js', '/eventstream/index.js']);
    expect(built.get('/resilient/index.js')).toMatchObject({
      body: Buffer.from('// resilient'),
      contentType: 'text/javascript; charset=utf-8',
    });
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('every file of the folder is served, and nothing else', () => {
  const folder = readdirSync(fileURLToPath(new URL('../../src/app/page/', import.meta.url)));
  const paths = folder.map((name) => (name === 'index.html' ? '/' : `/${name}`));
  expect([...files.keys()].sort()).toEqual(paths.sort());
});

test.each([
  ['/', 'text/html; charset=utf-8'],
  ['/style.css', 'text/css; charset=utf-8'],
  ['/main.js', 'text/javascript; charset=utf-8'],
  ['/icon.svg', 'image/svg+xml'],
])('%s is %s', (path, contentType) => {
  expect(files.get(path)).toMatchObject({ contentType, etag: expect.stringMatching(/^"[\w-]{43}"$/) });
  expect(files.get(path)?.body.length).toBeGreaterThan(0);
});

describe('the page', () => {
  test('has no script, style or handler in its HTML: its policy would forbid them', () => {
    const html = files.get('/')?.body.toString() ?? '';
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)/);
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=/);
  });

  test('weighs less than 100 KiB, uncompressed: it is read, and it is read by people', () => {
    const weight = [...files.values()].reduce((sum, { body }) => sum + body.length, 0);
    expect(weight).toBeLessThan(100 * 1024);
  });

  test('asks for nothing from elsewhere', () => {
    for (const [path, { body }] of files) {
      expect(body.toString(), path).not.toMatch(/(?:src=|url\(|@import |import\(?\s*)["']?(?:https?:)?\/\//);
    }
  });

  test('asks only for files that are served', () => {
    const html = files.get('/')?.body.toString() ?? '';
    const wanted = [...html.matchAll(/(?:src|href)="(\/[^"]*)"/g)].map(([, path]) => path);
    for (const [path, { body, contentType }] of files) {
      if (!contentType.startsWith('text/javascript')) continue;
      for (const [, name] of body.toString().matchAll(/^import .* from '\.?(\/[^']+)'/gm)) wanted.push(name);
      expect(body.toString(), path).not.toMatch(/innerHTML|insertAdjacentHTML|document\.write|\beval\(/);
    }
    expect(wanted.length).toBeGreaterThan(6);
    // Served as it is built: see below.
    for (const path of wanted) if (path !== '/resilient/index.js') expect([...files.keys()]).toContain(path);
    expect(wanted).toContain('/resilient/index.js');
  });
});
