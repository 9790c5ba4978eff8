// Cuts TypeScript source into tokens, so that the house tests can tell code from comments and strings.
// It knows exactly as much of the grammar as that takes: comments, strings, nested templates, regular expressions.
// It never judges: what a token means is the business of import-scanner.ts.

export interface Token {
  readonly kind: 'word' | 'string' | 'template' | 'regex' | 'number' | 'punctuation';
  /** The word, the sign, or what stands between the quotes exactly as written. */
  readonly text: string;
  /** Line of the first character, counted from 1. */
  readonly line: number;
}

/** After one of these words a slash begins a regular expression; after any other word it divides. */
const WORDS_BEFORE_A_REGEX = new Set([
  'await',
  'case',
  'delete',
  'do',
  'else',
  'in',
  'instanceof',
  'new',
  'of',
  'return',
  'throw',
  'typeof',
  'void',
  'yield',
]);

const WORD = /[\p{ID_Start}$_#][\p{ID_Continue}$\u200c\u200d]*/uy;
const NUMBER = /\d[\w.]*/y;

export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  // One entry for each open brace: true when it was opened by `${` and its `}` therefore goes on with a template.
  const braces: boolean[] = [];
  let at = 0;
  let line = 1;

  if (source.startsWith('#!')) at = endOfLine(source, 0);

  while (at < source.length) {
    const sign = source[at] as string;
    if (sign === '\n') {
      line++;
      at++;
    } else if (/\s/.test(sign)) {
      at++;
    } else if (source.startsWith('//', at)) {
      at = endOfLine(source, at);
    } else if (source.startsWith('/*', at)) {
      const end = source.indexOf('*/', at + 2);
      advanceTo(end === -1 ? source.length : end + 2);
    } else if (sign === '"' || sign === "'") {
      const end = endOfString(source, at);
      tokens.push({ kind: 'string', text: source.slice(at + 1, end - 1), line });
      advanceTo(end);
    } else if (sign === '`') {
      readTemplate(at + 1);
    } else if (sign === '/' && regexMayStandHere(tokens) && endOfRegex(source, at) !== -1) {
      const end = endOfRegex(source, at);
      tokens.push({ kind: 'regex', text: source.slice(at, end), line });
      at = end;
    } else if (sign === '}' && braces.pop() === true) {
      readTemplate(at + 1);
    } else {
      const word = match(WORD) ?? match(NUMBER);
      if (word !== undefined) {
        tokens.push({ kind: /\d/.test(sign) ? 'number' : 'word', text: word, line });
        at += word.length;
      } else {
        if (sign === '{') braces.push(false);
        tokens.push({ kind: 'punctuation', text: sign, line });
        at++;
      }
    }
  }
  return tokens;

  function match(pattern: RegExp): string | undefined {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0];
  }

  function advanceTo(end: number): void {
    for (let i = at; i < end; i++) if (source[i] === '\n') line++;
    at = end;
  }

  /** Reads template text from `start` up to the closing backquote or the next `${`. */
  function readTemplate(start: number): void {
    const wholeFromHere = source[start - 1] === '`';
    let end = start;
    while (end < source.length && source[end] !== '`' && !source.startsWith('${', end)) {
      end += source[end] === '\\' ? 2 : 1;
    }
    const closed = source[end] === '`';
    if (!closed) braces.push(true);
    // A template without a substitution is a string by another name: import(`./x.ts`) must not slip through.
    tokens.push({ kind: wholeFromHere && closed ? 'string' : 'template', text: source.slice(start, end), line });
    advanceTo(end + (closed ? 1 : 2));
  }
}

function endOfLine(source: string, from: number): number {
  const end = source.indexOf('\n', from);
  return end === -1 ? source.length : end;
}

/** Index after the closing quote; a newline ends a broken string, so that one mistake does not swallow the file. */
function endOfString(source: string, from: number): number {
  const quote = source[from];
  let at = from + 1;
  while (at < source.length && source[at] !== quote && source[at] !== '\n') at += source[at] === '\\' ? 2 : 1;
  return at + 1;
}

/** Index after the flags, or -1 when no closing slash stands on this line: then it was a division after all. */
function endOfRegex(source: string, from: number): number {
  let inClass = false;
  for (let at = from + 1; at < source.length && source[at] !== '\n'; at++) {
    const sign = source[at];
    if (sign === '\\') at++;
    else if (sign === '[') inClass = true;
    else if (sign === ']') inClass = false;
    else if (sign === '/' && !inClass) {
      at++;
      while (/[a-z]/.test(source[at] ?? '')) at++;
      return at;
    }
  }
  return -1;
}

function regexMayStandHere(tokens: readonly Token[]): boolean {
  let last = tokens.length - 1;
  // `x! / y`, `i++ / 2`: a postfix sign belongs to the operand in front of it.
  if (tokens[last]?.text === '!' && endsOperand(tokens[last - 1])) return false;
  while (/^[+-]$/.test(tokens[last]?.text ?? '') && tokens[last]?.text === tokens[last - 1]?.text) last -= 2;
  return !endsOperand(tokens[last]);
}

function endsOperand(token: Token | undefined): boolean {
  if (token === undefined) return false;
  if (token.kind === 'word') return !WORDS_BEFORE_A_REGEX.has(token.text);
  if (token.kind === 'punctuation') return token.text === ')' || token.text === ']' || token.text === '}';
  return true;
}
