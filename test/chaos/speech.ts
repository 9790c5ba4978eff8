// What publishers say. Each content names its publish, and everything behind the name follows from it: one that was spoiled,
// cut or mixed is not recognised. The notebook has the names alone.

/** One in so many is long. */
const LONG_EVERY = 12;
const LONG = 3_000;

/** The content of the publish `op`. */
export function contentOf(op: number): string {
  const length = op % LONG_EVERY === 0 ? LONG : op % LONG_EVERY;
  return `${nameOf(op)} ${`${op}é`.repeat(length).slice(0, length)}`;
}

/** The name that it is noted by. */
export function nameOf(op: number): string {
  return `m${op}`;
}

/** The name of a content that was heard; the whole of one that nobody can have said. */
export function recognise(content: unknown): string {
  if (typeof content !== 'string') return `not a text: ${JSON.stringify(content)}`;
  const [, op] = /^m(\d+) /.exec(content) ?? [];
  return op !== undefined && contentOf(Number(op)) === content ? nameOf(Number(op)) : content;
}
