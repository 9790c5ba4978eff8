// Holds the imports of all source files against the floor plan and says in one line each what is wrong.
// Pure: it is given the files as a map, so that floors.test.ts can plant bad ones and see them caught.
// It never excuses a type import: a floor that knows the types of the floor above it cannot be understood without it.
import { posix } from 'node:path';
import { BELOW_THE_IO_LINE, FLOOR_PLAN, type Row } from './floor-plan.ts';
import { firstLineThatIsNotAReExport, type Import, importsOf } from './import-scanner.ts';

/** Complaints about the imports of `files` (path below src/ → text), in the order of the files. */
export function importComplaints(files: ReadonlyMap<string, string>): string[] {
  const complaints: string[] = [];
  for (const [path, source] of files) {
    const folder = folderOf(path);
    if (folder === undefined) {
      const line = firstLineThatIsNotAReExport(source);
      if (line !== undefined) complaints.push(`src/${path}:${line} an entry file only re-exports`);
    } else if (!FLOOR_PLAN.has(folder)) {
      complaints.push(`src/${path} stands in ${folder}/, which has no row in test/house/floor-plan.ts`);
      continue;
    }
    for (const found of importsOf(source)) {
      const complaint = judge(path, folder, found, files);
      if (complaint !== undefined) complaints.push(`src/${path}:${found.line} ${complaint}`);
    }
  }
  return complaints;
}

function judge(
  path: string,
  folder: string | undefined,
  { specifier, typeOnly, dynamic }: Import,
  files: ReadonlyMap<string, string>,
): string | undefined {
  if (specifier === undefined) return 'computes what it imports: nobody can check it';
  if (specifier.startsWith('node:')) return judgeNodeModule(path, folder, specifier.slice('node:'.length), typeOnly);
  if (folder !== undefined && FLOOR_PLAN.get(folder)?.packages?.includes(specifier)) return undefined;
  if (!/^\.\.?\//.test(specifier)) return `imports the package '${specifier}': there are no runtime dependencies`;
  if (!specifier.endsWith('.ts')) return `imports '${specifier}' without .ts`;

  const target = posix.join(posix.dirname(path), specifier);
  if (!files.has(target)) return `imports '${specifier}', which is not a file of src/`;
  const targetFolder = folderOf(target);
  const needsPeer = targetFolder !== undefined && FLOOR_PLAN.get(targetFolder)?.packages !== undefined;
  if (needsPeer && targetFolder !== folder && !typeOnly && dynamic !== true) {
    return `imports ${targetFolder}/ at once: what needs an optional peer is imported when it is wanted, by import()`;
  }
  if (folder === undefined) return undefined;
  if (targetFolder === undefined) return `imports the roof (src/${target}): imports run downward only`;
  const row = FLOOR_PLAN.get(folder) as Row;
  if (targetFolder === folder || row.folders.includes(targetFolder) || row.sideways?.includes(targetFolder))
    return undefined;

  const targetFloor = FLOOR_PLAN.get(targetFolder)?.floor ?? Number.POSITIVE_INFINITY;
  const direction = targetFloor > row.floor ? 'upward' : targetFloor === row.floor ? 'sideways' : 'past its row';
  return `imports ${direction} from ${targetFolder}/: ${folder}/ may import ${row.folders.join(', ') || 'no folder'}`;
}

function judgeNodeModule(
  path: string,
  folder: string | undefined,
  name: string,
  typeOnly: boolean,
): string | undefined {
  if (folder === undefined) return `imports node:${name}: an entry file only re-exports`;
  const row = FLOOR_PLAN.get(folder) as Row;
  if (row.browser) return `imports node:${name}: ${folder}/ runs in browsers too`;
  if (row.node === 'any' || name === 'buffer' || row.node?.includes(name)) return undefined;
  if (row.nodeInFile?.[posix.basename(path)]?.includes(name)) return undefined;
  if (!row.nodeTypes?.includes(name)) return `imports node:${name}, which is not in the row of ${folder}/`;
  return typeOnly ? undefined : `imports node:${name} as a value: ${folder}/ may only import its types (import type)`;
}

/** Import cycles among `files`: one complaint for each file that closes one. */
export function cycleComplaints(files: ReadonlyMap<string, string>): string[] {
  const complaints: string[] = [];
  const finished = new Set<string>();
  const trail: string[] = [];

  const visit = (path: string): void => {
    const seenAt = trail.indexOf(path);
    if (seenAt !== -1) {
      complaints.push(`import cycle: ${[...trail.slice(seenAt), path].map((file) => `src/${file}`).join(' → ')}`);
      return;
    }
    if (finished.has(path)) return;
    trail.push(path);
    for (const { specifier } of importsOf(files.get(path) ?? '')) {
      if (specifier?.startsWith('.')) visit(posix.join(posix.dirname(path), specifier));
    }
    trail.pop();
    finished.add(path);
  };

  for (const path of files.keys()) visit(path);
  return complaints;
}

/** Names of Node's inside: they change without notice, and whoever uses them follows every release. */
const PRIVATE_INTERNALS =
  /\b(?:_handle|_processChunk|_writableState|_readableState|process\s*\.\s*binding|internalBinding|getBuiltinModule)\b/;
/** What every module of Node finds without an import, and no page has. */
const GLOBALS_OF_NODE = /(?<![.'"`\w])(?:Buffer|process|require|__dirname|__filename)\b(?!['"`])/;
const NAMES_THAT_SAY_NOTHING = /(?:^|[/.-])(?:utils?|helpers?|common|misc)(?=[/.-]|$)/;

/** Complaints about what is neither an import nor a size: internals of Node, file headers, names of files. */
export function mannersComplaints(files: ReadonlyMap<string, string>): string[] {
  const complaints: string[] = [];
  for (const [path, source] of files) {
    const lines = source.split('\n');
    if (!/^(?:\/\/|\/\*)/.test(lines[source.startsWith('#!') ? 1 : 0] ?? '')) {
      complaints.push(`src/${path} does not open with a comment that says what it is`);
    }
    const naming = NAMES_THAT_SAY_NOTHING.exec(path);
    if (naming) complaints.push(`src/${path} has a name that says nothing about what is inside`);
    const folder = folderOf(path);
    for (const [index, line] of lines.entries()) {
      const internal = PRIVATE_INTERNALS.exec(line);
      if (internal) complaints.push(`src/${path}:${index + 1} uses ${internal[0]}: public Node API only`);
      const global = GLOBALS_OF_NODE.exec(line.replace(/^\s*(?:\/\/|\/?\*).*/, ''));
      if (global && folder !== undefined && FLOOR_PLAN.get(folder)?.browser) {
        complaints.push(`src/${path}:${index + 1} uses ${global[0]}: ${folder}/ runs in browsers too`);
      }
      if (/^\s*\/\/\/\s*<reference/.test(line))
        complaints.push(`src/${path}:${index + 1} refers to a file around the floor plan`);
      if (folder !== undefined && BELOW_THE_IO_LINE.includes(folder) && /\bMath\.random\b/.test(line)) {
        complaints.push(`src/${path}:${index + 1} draws a number: nothing is left to chance below the I/O line`);
      }
    }
  }
  return complaints;
}

function folderOf(path: string): string | undefined {
  const slash = path.indexOf('/');
  return slash === -1 ? undefined : path.slice(0, slash);
}
