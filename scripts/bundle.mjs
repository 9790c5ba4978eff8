// Makes few modules of many: Node loads some twenty files of dist/ where tsc writes three hundred, and each costs time at the
// start and memory for good. V8 sizes its nursery by what outlives the start, and an idle server has its garbage collected the
// later, the larger that is: docs/performance.md has the figures. No name changes, and nothing is minified.
// @ts-check
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';

/** Browsers load these as they are: the module of one class is all that a page needs to fetch for it. */
const FOR_BROWSERS = ['eventstream', 'resilient', 'resilient-node'];
/** What several entries need. One folder below the root, as the files were before: paths from `import.meta.url` hold. */
const SHARED = 'shared';
/** Modules of Node of which only functions are called, by few programs, and which load many others: loaded at the first call. */
const SELDOM_NEEDED = ['node:fs/promises', 'node:perf_hooks', 'node:tls'];
/** The oldest Node of package.json. */
const TARGET = 'node20';

/**
 * Bundles the JavaScript in a folder, in place: the index of each folder in it stays what it was, with the same exports.
 *
 * @param {string} root where esbuild is found
 * @param {string} folder where tsc has written to
 */
export function bundle(root, folder) {
  const { buildSync, stop } = /** @type {typeof import('esbuild')} */ (
    createRequire(join(root, 'package.json'))('esbuild')
  );
  const { outputFiles } = buildSync({
    entryPoints: entriesOf(folder).map((path) => join(folder, path)),
    absWorkingDir: folder,
    outbase: folder,
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: TARGET,
    packages: 'external',
    // What package.json says of side effects is meant for the bundles.
    ignoreAnnotations: true,
    chunkNames: `${SHARED}/[hash]`,
    // Of tsc's maps it makes its own: a debugger, and `node --enable-source-maps`, show the sources, which the package has in src/.
    sourcemap: 'linked',
    sourcesContent: false,
    write: false,
    logLevel: 'warning',
  });
  // Its service would wait for more to do.
  void stop();
  for (const path of modulesOf(folder)) rmSync(join(folder, path));
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, path.endsWith('.js') ? withBuiltins(withNames(text)) : text);
  }
}

/**
 * @param {string} folder
 * @returns {string[]} the modules that are imported by their own path: packages, programs of bench/ and `node` itself do
 */
function entriesOf(folder) {
  const indexes = readdirSync(folder)
    .filter((name) => !FOR_BROWSERS.includes(name))
    .map((name) => join(name, 'index.js'));
  return [...indexes, 'index.js', 'ws.js', join('cli', 'main.js')].filter((path) => existsSync(join(folder, path)));
}

/**
 * @param {string} folder
 * @returns {string[]} the modules that are in the bundles now, and their maps
 */
function modulesOf(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (path) => /\.js(?:\.map)?$/.test(path) && !FOR_BROWSERS.includes(/** @type {string} */ (path.split(sep)[0])),
  );
}

/**
 * A class that speaks of itself is called `_Name` inside by esbuild, and would say so as its `name`.
 *
 * @param {string} text
 * @returns {string}
 */
function withNames(text) {
  let named = text;
  for (const [, name] of text.matchAll(/^var (\w+) = class _\1\b/gm)) {
    named = named.replaceAll(new RegExp(`(?<![\\w$#.])_${name}\\b`, 'g'), `${name}`);
  }
  return named;
}

/**
 * An import of a module of Node itself reads every name it has, needed or not, and some load others for it: `node:http` loads
 * undici, `node:crypto` what the Web has of it. So the bundles ask for the few names that they use. Each import stays in its
 * line, for the maps.
 *
 * @param {string} text
 * @returns {string}
 */
function withBuiltins(text) {
  return text.replaceAll(/^import \{ ([^}]+) \} from ("node:[\w/]+");$/gm, (_, list, module) => {
    const names = list.replaceAll(' as ', ': ');
    const builtin = `process.getBuiltinModule(${module})`;
    if (!SELDOM_NEEDED.includes(JSON.parse(module))) return `const { ${names} } = ${builtin};`;
    return list
      .split(', ')
      .map((/** @type {string} */ each) => {
        const [name, alias = name] = each.split(' as ');
        return `const ${alias} = (...args) => ${builtin}.${name}(...args);`;
      })
      .join(' ');
  });
}
