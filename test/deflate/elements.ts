// Extension elements for tests, read from the text of a header field. Deliberately simple: the real parser is handshake's.
import type { ExtensionElement } from '../../src/deflate/parameters.ts';

/** `name; a; b=1` to an element. */
export function element(text: string): ExtensionElement {
  const [name = '', ...parameters] = text.split(';').map((part) => part.trim());
  const map = new Map<string, (string | true)[]>();
  for (const parameter of parameters) {
    const equals = parameter.indexOf('=');
    const key = equals < 0 ? parameter : parameter.slice(0, equals);
    const values = map.get(key) ?? [];
    values.push(equals < 0 ? true : parameter.slice(equals + 1));
    map.set(key, values);
  }
  return { name, parameters: map };
}

/** `a; x, b` to elements. */
export function elements(text: string): ExtensionElement[] {
  return text === '' ? [] : text.split(',').map(element);
}
