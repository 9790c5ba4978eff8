// Finds every import of a TypeScript file: static, type, dynamic, re-export, require; and whether a file only re-exports.
// A scanner and not a parser: TypeScript 7 has no stable JavaScript API, and these statements are easily told by their first words.
// It never reads a file: source comes in as a string, so that a test can plant a bad import.
import { type Token, tokenize } from './tokens.ts';

export interface Import {
  /** What stands between the quotes; `undefined` when it is computed at run time and nobody can check it. */
  readonly specifier: string | undefined;
  /** True for `import type` and `export type`: nothing of it is left at run time. */
  readonly typeOnly: boolean;
  /** Of `import('...')` alone, which happens when it is reached. */
  readonly dynamic?: true;
  readonly line: number;
}

export function importsOf(source: string): Import[] {
  const tokens = tokenize(source);
  const imports: Import[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as Token;
    // `meta.import`, `{ import: x }` are names of properties.
    if (token.kind !== 'word' || tokens[i - 1]?.text === '.' || tokens[i + 1]?.text === ':') continue;
    if (token.text === 'import' && tokens[i + 1]?.text !== '.') {
      if (tokens[i + 1]?.text === '(') imports.push(call(tokens, i));
      else addStatement(i);
    } else if (token.text === 'export') {
      addStatement(i);
    } else if (token.text === 'require' && tokens[i + 1]?.text === '(') {
      imports.push(call(tokens, i));
    }
  }
  return imports;

  function addStatement(at: number): void {
    const statement = readStatement(tokens, at);
    if (statement?.specifier === undefined) return;
    const { specifier, typeOnly } = statement;
    imports.push({
      specifier: specifier.includes('\\') ? undefined : specifier,
      typeOnly,
      line: (tokens[at] as Token).line,
    });
  }
}

/** The line of the first top-level statement that is neither an import nor an export list; `undefined` when there is none. */
export function firstLineThatIsNotAReExport(source: string): number | undefined {
  const tokens = tokenize(source);
  let at = 0;
  while (at < tokens.length) {
    const token = tokens[at] as Token;
    const statement = token.text === 'import' || token.text === 'export' ? readStatement(tokens, at) : undefined;
    if (statement === undefined) return token.line;
    at = statement.end;
  }
  return undefined;
}

interface Statement {
  readonly specifier: string | undefined;
  readonly typeOnly: boolean;
  /** Index of the first token after the statement and its semicolon. */
  readonly end: number;
}

/**
 * Reads one of `import 'x'`, `import … from 'x'`, `export * from 'x'`, `export { … } [from 'x']`, `export default name;`.
 * Anything else, a declaration for example, is `undefined`.
 */
function readStatement(tokens: readonly Token[], start: number): Statement | undefined {
  const text = (index: number): string | undefined => {
    const token = tokens[index];
    return token?.kind === 'string' ? undefined : token?.text;
  };
  const isImport = text(start) === 'import';
  let at = start + 1;

  if (isImport && tokens[at]?.kind === 'string') return finish(at, false);

  // `import type from './type.ts'` and `import type, { x } from …` import a thing that happens to be called "type".
  const next = text(at + 1);
  const typeOnly = text(at) === 'type' && next !== ',' && (next !== 'from' || text(at + 2) === 'from');
  if (typeOnly) at++;

  if (!isImport && text(at) === 'default') {
    const isName = tokens[at + 1]?.kind === 'word' && text(at + 2) === ';';
    return isName ? { specifier: undefined, typeOnly: false, end: at + 3 } : undefined;
  }
  if (!isImport && text(at) !== '{' && text(at) !== '*') return undefined;

  while (at < tokens.length) {
    if (text(at) === '{') {
      while (at < tokens.length && text(at) !== '}') at++;
    } else if (text(at) === 'from' && tokens[at + 1]?.kind === 'string') {
      return finish(at + 1, typeOnly);
    } else if (text(at) === ';') {
      return { specifier: undefined, typeOnly, end: at + 1 };
    } else if (text(at) === '=' || text(at) === '(') {
      return undefined;
    }
    at++;
    if (!isImport && text(at - 1) === '}' && text(at) !== 'from' && text(at) !== ';') {
      return { specifier: undefined, typeOnly, end: at };
    }
  }
  return { specifier: undefined, typeOnly, end: at };

  function finish(specifierAt: number, onlyTypes: boolean): Statement {
    let end = specifierAt + 1;
    if (text(end) === 'with') while (end < tokens.length && text(end - 1) !== '}') end++;
    if (text(end) === ';') end++;
    return { specifier: (tokens[specifierAt] as Token).text, typeOnly: onlyTypes, end };
  }
}

/** `import('x')` or `require('x')`. An inline `import('x').Type` counts as a value too: write `import type`. */
function call(tokens: readonly Token[], at: number): Import {
  const argument = tokens[at + 2];
  const after = tokens[at + 3]?.text;
  const literal = argument?.kind === 'string' && (after === ')' || after === ',') && !argument.text.includes('\\');
  const { text, line } = tokens[at] as Token;
  const found = { specifier: literal ? argument.text : undefined, typeOnly: false, line };
  return text === 'import' ? { ...found, dynamic: true } : found;
}
