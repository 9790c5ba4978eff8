// What field values are made of: tokens, quoted strings, lists. RFC 9110 §5.6.1 to §5.6.4.
// Every walk is linear: a cursor that only goes forward, no regular expression, no backtracking.
import {
  BACKSLASH,
  COMMA,
  DQUOTE,
  FIELD_CONTENT,
  HTAB,
  OCTET_CLASS,
  QDTEXT,
  rangeEqualsIgnoringCase,
  SP,
  TCHAR,
} from '../bytes/ascii.ts';

/** True when `text` is a token (RFC 9110 §5.6.2): one `tchar` or more. */
export function isToken(text: string): boolean {
  return text.length > 0 && endOfToken(text, 0) === text.length;
}

/** A cursor over one field value. Every method moves it forward or leaves it, and says which. */
export class FieldValueCursor {
  /** The field value. */
  readonly text: string;
  /** Offset of the next character. */
  at = 0;

  /** @param text the field value, one character per octet. */
  constructor(text: string) {
    this.text = text;
  }

  /** Nothing is left. */
  get done(): boolean {
    return this.at === this.text.length;
  }

  /** Skips OWS (RFC 9110 §5.6.3): spaces and tabs, or nothing. */
  skipWhitespace(): void {
    this.at = endOfWhitespace(this.text, this.at);
  }

  /** Skips the character `code`; `false` when the next one is another. */
  take(code: number): boolean {
    if (this.text.charCodeAt(this.at) !== code) return false;
    this.at++;
    return true;
  }

  /** Reads a token (RFC 9110 §5.6.2); `''` when none begins here. */
  token(): string {
    const start = this.at;
    this.at = endOfToken(this.text, start);
    return this.text.slice(start, this.at);
  }

  /**
   * Reads a quoted string (RFC 9110 §5.6.4) and gives what it stands for, without the quotes and backslashes.
   *
   * @returns `undefined` when none begins here or it is not closed; the cursor stands where that became certain.
   */
  quotedString(): string | undefined {
    if (!this.take(DQUOTE)) return undefined;
    const { text } = this;
    let content = '';
    let start = this.at;
    while (this.at < text.length) {
      const code = text.charCodeAt(this.at);
      if ((OCTET_CLASS[code]! & QDTEXT) !== 0) {
        this.at++;
      } else if (code === BACKSLASH) {
        content += text.slice(start, this.at);
        start = ++this.at;
        if ((OCTET_CLASS[text.charCodeAt(start)]! & FIELD_CONTENT) === 0) return undefined;
        this.at++;
      } else if (code === DQUOTE) {
        content += text.slice(start, this.at++);
        return content;
      } else {
        return undefined;
      }
    }
    return undefined;
  }
}

/**
 * Whether the list `value` (RFC 9110 §5.6.1) has the element `token`, compared in an ASCII case-insensitive manner.
 * An element is compared whole: `notupgrade` and `upgrade;q=1` are not `upgrade`. Empty elements are ignored.
 */
export function listHas(value: string, token: string): boolean {
  let at = 0;
  while (at < value.length) {
    at = endOfWhitespace(value, at);
    const start = at;
    at = endOfToken(value, at);
    const end = at;
    at = endOfWhitespace(value, at);
    const isWhole = at === value.length || value.charCodeAt(at) === COMMA;
    if (isWhole && rangeEqualsIgnoringCase(value, start, end, token)) return true;
    at = afterComma(value, at);
  }
  return false;
}

/** Skips the rest of an element that is no token, and the comma after it; a comma in a quoted string is no end. */
function afterComma(value: string, at: number): number {
  let quoted = false;
  for (; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code === DQUOTE) quoted = !quoted;
    else if (code === BACKSLASH && quoted) at++;
    else if (code === COMMA && !quoted) return at + 1;
  }
  return at;
}

/**
 * Reads a list of tokens, `#token` of RFC 9110 §5.6.1. Empty elements are ignored, as that section demands, so that an
 * empty value is an empty list.
 *
 * @returns `undefined` when an element is not a token.
 */
export function readTokenList(value: string): string[] | undefined {
  const tokens: string[] = [];
  const cursor = new FieldValueCursor(value);
  while (!cursor.done) {
    cursor.skipWhitespace();
    const token = cursor.token();
    if (token !== '') tokens.push(token);
    cursor.skipWhitespace();
    if (!cursor.done && !cursor.take(COMMA)) return undefined;
  }
  return tokens;
}

function endOfToken(text: string, at: number): number {
  while (at < text.length && (OCTET_CLASS[text.charCodeAt(at)]! & TCHAR) !== 0) at++;
  return at;
}

function endOfWhitespace(text: string, at: number): number {
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code !== SP && code !== HTAB) break;
  }
  return at;
}
