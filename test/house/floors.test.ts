// Reads every import of src/ and fails on one that does not run downward, then plants bad ones to see them caught.
import { describe, expect, test } from 'vitest';
import { BELOW_THE_IO_LINE, FLOOR_PLAN } from './floor-plan.ts';
import { cycleComplaints, importComplaints, mannersComplaints } from './floors.ts';
import { importsOf } from './import-scanner.ts';
import { readSources } from './source-files.ts';

const sources = readSources();

describe('the house', () => {
  test('has source files, or this test would guard an empty lot', () => {
    expect(sources.size).toBeGreaterThan(0);
  });

  test('every import runs downward, as the floor plan allows', () => {
    expect(importComplaints(sources)).toEqual([]);
  });

  test('no file imports itself in a circle', () => {
    expect(cycleComplaints(sources)).toEqual([]);
  });

  test('every file opens with a comment, has a name that says something, and uses public Node API only', () => {
    expect(mannersComplaints(sources)).toEqual([]);
  });
});

describe('the floor plan', () => {
  test('lets a folder stand on lower floors only', () => {
    for (const [folder, row] of FLOOR_PLAN) {
      for (const below of row.folders) {
        expect(FLOOR_PLAN.get(below)?.floor, `${folder} → ${below}`).toBeLessThan(row.floor);
      }
      for (const beside of row.sideways ?? []) {
        expect(FLOOR_PLAN.get(beside)?.floor, `${folder} → ${beside}`).toBe(row.floor);
      }
    }
  });

  test('lets what runs in browsers stand on nothing that does not', () => {
    const rows = [...FLOOR_PLAN].filter(([, row]) => row.browser);
    expect(rows.map(([folder]) => folder)).toEqual(['eventstream', 'resilient']);
    for (const [folder, row] of rows) {
      for (const below of row.folders) expect(FLOOR_PLAN.get(below)?.browser, `${folder} → ${below}`).toBe(true);
    }
  });

  test('keeps sockets, timers and events above the I/O line', () => {
    for (const folder of BELOW_THE_IO_LINE) {
      const row = FLOOR_PLAN.get(folder);
      const modules = [row?.node ?? [], row?.nodeTypes ?? [], Object.values(row?.nodeInFile ?? {})].flat(2);
      expect(['zlib', 'crypto'], folder).toEqual(expect.arrayContaining(modules));
      expect(BELOW_THE_IO_LINE, folder).toEqual(expect.arrayContaining([...(row?.folders ?? [])]));
    }
  });
});

/** The complaints when `source` stands at `path`, among neighbours it may try to import. */
function planted(path: string, source: string): string[] {
  const neighbours = [
    'index.ts',
    'bytes/ascii.ts',
    'frame/opcode.ts',
    'deflate/deflater.ts',
    'server/server.ts',
    'app/app.ts',
    'jwt/index.ts',
  ];
  const files = new Map<string, string>(neighbours.map((neighbour) => [neighbour, '']));
  return importComplaints(files.set(path, source));
}

describe('a planted import is caught', () => {
  test.each([
    ['upward', 'frame/x.ts', `import { Server } from '../server/server.ts';`, 'upward from server/'],
    ['upward, types only', 'frame/x.ts', `import type { Server } from '../server/server.ts';`, 'upward from server/'],
    ['upward in a re-export', 'bytes/x.ts', `export * from '../frame/opcode.ts';`, 'upward from frame/'],
    [
      'upward in an export of types',
      'bytes/x.ts',
      `export type { A } from '../frame/opcode.ts';`,
      'upward from frame/',
    ],
    ['upward at run time', 'frame/x.ts', `const s = await import('../server/server.ts');`, 'upward from server/'],
    ['upward in a template', 'frame/x.ts', 'await import(`../server/server.ts`);', 'upward from server/'],
    [
      'upward inside a substitution',
      'frame/x.ts',
      '`$' + '{await import("../server/server.ts")}`',
      'upward from server/',
    ],
    ['upward in the place of a type', 'frame/x.ts', `let s: import('../server/server.ts').S;`, 'upward from server/'],
    ['upward for its effects', 'frame/x.ts', `import '../server/server.ts';`, 'upward from server/'],
    ['upward by require', 'frame/x.ts', `require('../server/server.ts')`, 'upward from server/'],
    ['sideways', 'frame/x.ts', `import { D } from '../deflate/deflater.ts';`, 'sideways from deflate/'],
    ['downward past its row', 'sse/x.ts', `import { O } from '../frame/opcode.ts';`, 'past its row from frame/'],
    ['of the roof', 'app/x.ts', `import { A } from '../index.ts';`, 'the roof'],
    ['without .ts', 'frame/x.ts', `import { A } from './opcode';`, 'without .ts'],
    ['with .js', 'frame/x.ts', `import { A } from './opcode.js';`, 'without .ts'],
    ['of a missing file', 'frame/x.ts', `import { A } from './nowhere.ts';`, 'not a file of src/'],
    ['out of src', 'frame/x.ts', `import { A } from '../../test/a.ts';`, 'not a file of src/'],
    ['of a package', 'server/x.ts', `import WebSocket from 'ws';`, `the package 'ws'`],
    ["of another folder's peer", 'server/x.ts', `import { jwtVerify } from 'jose';`, `the package 'jose'`],
    ['at once of what needs a peer', 'cli/x.ts', `import { jwtAuthenticator } from '../jwt/index.ts';`, 'at once'],
    ['at once, on the roof', 'ws.ts', `export * from './jwt/index.ts';`, 'at once'],
    ['of a package, types only', 'server/x.ts', `import type { Redis } from 'ioredis';`, `the package 'ioredis'`],
    ['of a Node module without node:', 'frame/x.ts', `import net from 'net';`, `the package 'net'`],
    ['of a Node module its row lacks', 'frame/x.ts', `import { createServer } from 'node:net';`, 'node:net'],
    ['of crypto beside masking-key.ts', 'frame/x.ts', `import { randomFillSync } from 'node:crypto';`, 'node:crypto'],
    [
      'of events below the I/O line',
      'connection/x.ts',
      `import type { EventEmitter } from 'node:events';`,
      'node:events',
    ],
    ['of a value where types are allowed', 'server/x.ts', `import { createServer } from 'node:http';`, 'as a value'],
    ['of an inline type', 'server/x.ts', `import { type Server } from 'node:http';`, 'as a value'],
    ['of ASCII where browsers read', 'eventstream/x.ts', `import { CR } from '../bytes/ascii.ts';`, 'past its row'],
    ['of Buffer where browsers read', 'resilient/x.ts', `import { Buffer } from 'node:buffer';`, 'browsers'],
    ['that is computed', 'app/x.ts', 'await import(name);', 'computes'],
    ['that is half computed', 'app/x.ts', 'await import(`./$' + '{name}.ts`);', 'computes'],
    ['that is spelt in escapes', 'app/x.ts', String.raw`import '\x77s';`, 'computes'],
    ['in a folder nobody planned', 'extras/x.ts', '', 'has no row'],
  ])('%s', (_, path, source, complaint) => {
    const complaints = planted(path, source);
    expect(complaints).toHaveLength(1);
    expect(complaints[0]).toContain(complaint);
    expect(complaints[0]).toContain(`src/${path}`);
  });

  test.each([
    ['a constant', 'export const answer = 42;'],
    ['a type of its own', 'export type Answer = 42;'],
    ['a function', `import { a } from './bytes/ascii.ts';\nexport function f() {}`],
    ['a computed default', 'export default {};'],
    ['a statement', `Object.assign(A, {});`],
  ])('an entry file with %s', (_, source) => {
    expect(planted('ws.ts', source)).toEqual([expect.stringContaining('only re-exports')]);
  });

  test('in a circle of two, of three, and of one with itself', () => {
    const circle = (files: Record<string, string>) => cycleComplaints(new Map(Object.entries(files)));
    expect(circle({ 'frame/a.ts': `import './b.ts'`, 'frame/b.ts': `import type { A } from './a.ts'` })).toHaveLength(
      1,
    );
    expect(circle({ 'x/a.ts': `import './b.ts'`, 'x/b.ts': `import './c.ts'`, 'x/c.ts': `import './a.ts'` })).toEqual([
      'import cycle: src/x/a.ts → src/x/b.ts → src/x/c.ts → src/x/a.ts',
    ]);
    expect(circle({ 'x/a.ts': `import './a.ts'` })).toHaveLength(1);
    expect(circle({ 'x/a.ts': `import './b.ts'; import './c.ts'`, 'x/b.ts': `import './c.ts'`, 'x/c.ts': '' })).toEqual(
      [],
    );
  });
});

describe('an allowed import passes', () => {
  test.each([
    ['a lower folder', 'frame/x.ts', `import { A } from '../bytes/ascii.ts';`],
    ['a neighbour', 'frame/x.ts', `import { A } from './opcode.ts';`],
    ['node:buffer anywhere', 'bytes/x.ts', `import { Buffer } from 'node:buffer';`],
    ['crypto in masking-key.ts', 'frame/masking-key.ts', `import { randomFillSync } from 'node:crypto';`],
    ['types of node:http in server/', 'server/x.ts', `import type { Server } from 'node:http';`],
    ['anything of Node in app/', 'app/x.ts', `import { createServer } from 'node:http';`],
    [
      'an entry file',
      'ws.ts',
      `import { A } from './frame/opcode.ts';\nexport { A as default, A as 'module.exports' };`,
    ],
    ['an entry file with a default', 'ws.ts', `import { A } from './frame/opcode.ts';\nexport default A;`],
    ['an import in a comment', 'frame/x.ts', `// import 'ws'\n/* import('ws') */`],
    ['an import in a string', 'frame/x.ts', `const text = "import 'ws'" + 'require("ws")';`],
    ['an import in a template', 'frame/x.ts', '`import("ws") $' + '{a} import "ws"`'],
    ['an import in a regular expression', 'frame/x.ts', `const pattern = /'[/]import('ws')"/;`],
    ['a property called import', 'frame/x.ts', `meta.import('ws'); const o = { import: 'ws', require: x };`],
    ['import.meta', 'app/x.ts', 'import.meta.url'],
  ])('%s', (_, path, source) => {
    expect(planted(path, source)).toEqual([]);
  });
});

describe('the scanner', () => {
  test('finds each import with its line, and tells types from values', () => {
    const source = [
      `#!/usr/bin/env node`,
      `import a, { type B } from './a.ts';`,
      `import type C from './c.ts';`,
      `import type from './d.ts';`,
      `import { from } from './e.ts'`,
      `export { a as from, type B } from './f.ts' with { type: 'json' };`,
      `const half = total! / 2 + i++ / 2; const text = '/';`,
      `if (!/\\/\\/'/.test(text)) await import('./g.ts');`,
    ].join('\n');
    expect(importsOf(source)).toEqual([
      { specifier: './a.ts', typeOnly: false, line: 2 },
      { specifier: './c.ts', typeOnly: true, line: 3 },
      { specifier: './d.ts', typeOnly: false, line: 4 },
      { specifier: './e.ts', typeOnly: false, line: 5 },
      { specifier: './f.ts', typeOnly: false, line: 6 },
      { specifier: './g.ts', typeOnly: false, dynamic: true, line: 8 },
    ]);
  });

  test('loses no import however the lines are broken', () => {
    const source = `import\n{\n  a,\n  'b' as c,\n}\nfrom\n'./a.ts'\nexport\n*\nas d\nfrom './d.ts'`;
    expect(importsOf(source).map((found) => found.specifier)).toEqual(['./a.ts', './d.ts']);
  });
});

describe('bad manners are caught', () => {
  test.each([
    ['an internal of Node', 'server/x.ts', '// Why.\nsocket._handle.fd', 'x.ts:2 uses _handle'],
    ['a binding', 'server/x.ts', `// Why.\nprocess.binding('tcp')`, 'uses process.binding'],
    [
      'a way around the imports',
      'frame/x.ts',
      `// Why.\nprocess.getBuiltinModule('node:net')`,
      'uses getBuiltinModule',
    ],
    ['a file without an opening comment', 'server/x.ts', 'const a = 1;', 'does not open with a comment'],
    ['a name that says nothing', 'server/utils.ts', '// Why.', 'a name that says nothing'],
    ['a folder that says nothing', 'server/helpers/x.ts', '// Why.', 'a name that says nothing'],
    ['half a name that says nothing', 'server/http-util.ts', '// Why.', 'a name that says nothing'],
    ['a reference', 'server/x.ts', '// Why.\n/// <reference path="../a.ts" />', 'around the floor plan'],
    ['a Buffer where browsers read', 'eventstream/x.ts', '// Why.\nBuffer.from(text)', 'x.ts:2 uses Buffer'],
    ['the process where browsers read', 'resilient/x.ts', '// Why.\nif (process.pid) {}', 'x.ts:2 uses process'],
    ['chance below the I/O line', 'frame/x.ts', '// Why.\nMath.random()', 'chance'],
  ])('%s', (_, path, source, complaint) => {
    expect(mannersComplaints(new Map([[path, source]]))).toEqual([expect.stringContaining(complaint)]);
  });

  test('and good ones pass', () => {
    const good = new Map([
      ['resilient/backoff.ts', '// Why.\nMath.random()'],
      ['eventstream/x.ts', '// No Buffer.\n/** No Buffer. */ event.process; #processField; new ArrayBuffer(1)'],
      ['cli/main.ts', '#!/usr/bin/env node\n// Why.'],
      ['server/commons-park.ts', '/* Why. */ socket.handle'],
    ]);
    expect(mannersComplaints(good)).toEqual([]);
  });
});
