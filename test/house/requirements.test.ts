// Holds docs/rfc6455.md and docs/rfc7692.md against what they are made of: fails when one is stale, when a comment cites a
// requirement that does not exist, and when one that binds an endpoint has no code or no test. Planted, each is caught.
import { describe, expect, test } from 'vitest';
import { checklist, RFCS, readDocument, readTree, staleDocuments } from '../../scripts/requirements.mjs';

const LIST = `# A remark.
§5.1 Overview
(a) MUST client: mask every frame,
    with TLS too.
(b) SHOULD both: be quick.
(c) MUST both: fly.
    not done: nobody
    can.
(d) MUST NOT proxy: meddle.
(e) MUST server: listen.
    in part: only by day.
(A) ours both: be brief.
`;

const CODE = `// Frames, RFC 6455 §5.
import { a } from './a.ts';

const Table = Object.freeze({
  // §5.1(b)
  Row: 1,
});

/** What it is. */
export class Writer {
  /** §5.1(a)(A): masks. */
  write(
    frame: number,
  ): void {
    if (frame > 1) {
      frame++; // §5.1(e)
    } else {
      frame--;
    }
  }
}
`;

const TEST = `import { expect, test } from 'vitest';

describe('a writer', () => {
  // RFC 6455 §5.1(a), §5.1(A)
  test.each([
    ['a)', 1],
  ])('masks %s', (what) => {
    expect(what).toBe(1); // RFC 6455 §5.1(e)
  });
});
`;

/** The checklist of planted files. */
function made(list = LIST, code = CODE, tests = TEST): ReturnType<typeof checklist> {
  const files = new Map([
    ['src/frame/writer.ts', code],
    ['test/frame/writer.test.ts', tests],
  ]);
  return checklist(new Map([['6455', list]]), files);
}

const problemsOf = (...planted: Parameters<typeof made>): string[] => made(...planted).problems;

describe('the real tree', () => {
  const { lists, files } = readTree();
  const { problems, documents } = checklist(lists, files);

  test('cites what exists, and leaves nothing that binds us without code and test', () => {
    expect(problems).toEqual([]);
  });

  test('has documents that are what they would be if they were made now', () => {
    expect([...documents.keys()]).toEqual(RFCS.map((rfc) => `docs/rfc${rfc}.md`));
    expect(staleDocuments(documents, (path) => readDocument(path))).toEqual([]);
  });
});

describe('a planted tree', () => {
  test('without a mistake has no problem', () => {
    expect(problemsOf()).toEqual([]);
  });

  test('is counted, and every place is named', () => {
    const document = made().documents.get('docs/rfc6455.md') as string;
    const rows = document.split('\n');
    expect(rows).toContain('| **together** | 5 | 1 | 4 | 3 | 2 | 1 | 1 | 0 |');
    const writer = '[frame/writer.ts](../src/frame/writer.ts)';
    const proof = '[frame/writer.test.ts](../test/frame/writer.test.ts)<br>· a writer \\> masks %s';
    expect(rows).toContain(
      `| (a) | MUST | client | mask every frame, with TLS too. | ${writer} \`Writer.write\` | ${proof} |`,
    );
    expect(rows).toContain(`| (b) | SHOULD | both | be quick. | ${writer} \`Table.Row\` |  |`);
    expect(rows).toContain('| (c) | MUST | both | fly. | *not done* |  |');
    expect(rows).toContain('| (d) | MUST&nbsp;NOT | proxy | meddle. | *not ours* |  |');
    expect(rows).toContain(`| (e) | MUST | server | listen. | ${writer} \`Writer.write\`<br>*in part* | ${proof} |`);
    expect(rows).toContain(`| §5.1(A) | both | be brief. | ${writer} \`Writer.write\` | ${proof} |`);
    expect(rows).toContain('- **§5.1(c)**, MUST: fly. *nobody can.*');
    expect(rows).toContain('- **§5.1(e)**, MUST: listen. *only by day.*');
  });
});

describe('caught is', () => {
  const without = (text: string, part: string): string => {
    expect(text).toContain(part);
    return text.replace(part, '');
  };
  const instead = (text: string, part: string, other: string): string => {
    expect(text).toContain(part);
    return text.replace(part, other);
  };

  test('a stale document, and one that is missing', () => {
    const { documents } = made();
    const current = (path: string): string | undefined => documents.get(path);
    expect(staleDocuments(documents, current)).toEqual([]);
    const complaint = ['docs/rfc6455.md: stale, run `npm run requirements`'];
    expect(staleDocuments(documents, (path) => `${current(path)}x`)).toEqual(complaint);
    expect(staleDocuments(documents, () => undefined)).toEqual(complaint);
  });

  test.each([
    [
      'a letter that is not there',
      '§5.1(a)(A)',
      '§5.1(a)(A)(f)',
      'src/frame/writer.ts:11: there is no RFC 6455 §5.1(f)',
    ],
    ['a section that is not there', '§5.1(a)(A)', '§5.1(a)(A), §5.2(a)', 'there is no RFC 6455 §5.2(a)'],
    ['a citation in a string', 'frame--;', "frame += '§5.1(a)';", 'src/frame/writer.ts:18: §5.1(a) is cited outside'],
    [
      'a citation beside nothing',
      "from './a.ts';",
      "from './a.ts'; // §5.1(a)",
      '§5.1(a) is cited beside no declaration',
    ],
    ['a plain § in a file of no RFC', 'RFC 6455 §5.', 'nothing.', 'src/frame/writer.ts:5: §5.1(b) of which RFC?'],
    ['code for what is not done', '§5.1(b)', '§5.1(b)(c)', 'RFC 6455 §5.1(c) (MUST, both) is done after all'],
    [
      'code for what is not ours',
      '§5.1(b)',
      '§5.1(b)(d)',
      'RFC 6455 §5.1(d) (MUST NOT, proxy) concerns no endpoint, and is cited',
    ],
    ['a MUST without code', '§5.1(a)(A)', '§5.1(A)', 'RFC 6455 §5.1(a) (MUST, client) has no line that implements it'],
    ['a SHOULD without code', '§5.1(b)', '', 'RFC 6455 §5.1(b) (SHOULD, both) has no line that implements it'],
    [
      'a rule of ours without code',
      '§5.1(a)(A)',
      '§5.1(a)',
      'RFC 6455 §5.1(A) (ours, both) has no line that implements it',
    ],
  ])('%s', (_, part, other, complaint) => {
    expect(problemsOf(LIST, instead(CODE, part, other))).toContainEqual(expect.stringContaining(complaint));
  });

  test('a citation of an RFC that this file is not about, only where there is a list of it', () => {
    expect(problemsOf(LIST, instead(CODE, '§5.1(b)', '§5.1(b), RFC 9112 §3(a)'))).toEqual([]);
  });

  test.each([
    [
      'a MUST without a test',
      'RFC 6455 §5.1(a), ',
      'RFC 6455 ',
      'RFC 6455 §5.1(a) (MUST, client) has no test that proves it',
    ],
    ['what is done in part without a test', ' // RFC 6455 §5.1(e)', '', 'RFC 6455 §5.1(e) (MUST, server) has no test'],
    ['a rule of ours without a test', ', §5.1(A)', '', 'RFC 6455 §5.1(A) (ours, both) has no test that proves it'],
    [
      'a citation beside no test',
      'describe(',
      '// RFC 6455 §5.1(a)\ndescribe(',
      'test.ts:3: §5.1(a) is cited beside no test',
    ],
    [
      'a citation of which RFC nobody knows',
      'RFC 6455 §5.1(a),',
      '§5.1(a), RFC 6455',
      'test.ts:4: §5.1(a) of which RFC?',
    ],
  ])('%s', (_, part, other, complaint) => {
    expect(problemsOf(LIST, CODE, instead(TEST, part, other))).toContainEqual(expect.stringContaining(complaint));
  });

  test.each([
    [
      'a requirement that is there twice',
      '(b) SHOULD both',
      '(a) SHOULD both',
      'rfc6455.txt:5: RFC 6455 §5.1(a) is there twice',
    ],
    ['a section out of its order', '(b) SHOULD', '§4.2 Early\n(b) SHOULD', 'rfc6455.txt:5: §4.2 is not in its place'],
    ['a level that is none', '(b) SHOULD both', '(b) MIGHT both', 'RFC 6455 §5.1(b): there is no level'],
    ['somebody nobody knows', '(b) SHOULD both', '(b) SHOULD peer', 'RFC 6455 §5.1(b): "peer" is none of both'],
    ['a requirement without a colon', '(b) SHOULD both:', '(b) SHOULD both', 'whom it concerns ends with a colon'],
    ['a small letter for what is ours', '(A) ours', '(f) ours', 'RFC 6455 §5.1(f): what is ours, and nothing else'],
    [
      'a capital letter for what is not',
      '(b) SHOULD',
      '(B) SHOULD',
      'RFC 6455 §5.1(B): what is ours, and nothing else',
    ],
    ['a reason for what is not ours', 'meddle.', 'meddle.\n    not done: why', 'needs no reason not to be done'],
    ['a line that is nothing', '(b) SHOULD', 'b) SHOULD', 'rfc6455.txt:5: neither a section, nor a requirement'],
  ])('%s', (_, part, other, complaint) => {
    expect(problemsOf(instead(LIST, part, other))).toContainEqual(expect.stringContaining(complaint));
  });

  test('a list without its first section', () => {
    expect(problemsOf(without(LIST, '§5.1 Overview\n'))[0]).toContain('rfc6455.txt:2: neither a section');
  });
});
