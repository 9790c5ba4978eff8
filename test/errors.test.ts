// docs/errors.md is made of the tables of errors. `npx vitest run test/errors.test.ts -u` writes it anew.
import { expect, test } from 'vitest';
import { excerptOf } from '../src/bytes/index.ts';
import { NegotiationFailures } from '../src/deflate/index.ts';
import { Violations } from '../src/frame/index.ts';
import { invalidAnswer } from '../src/handshake/handshake-error.ts';
import { HandshakeFailures, HandshakeRefusals, HttpRefusals } from '../src/handshake/index.ts';
import { ProtocolError } from '../src/websocket/index.ts';

/** A frame that is good, and one that is not; as they lie in memory when that is found. */
const FRAMES = Buffer.from('818537fa213d48656c6c6f838000000000', 'hex');
const GUILTY = 11;
const EXAMPLE = new ProtocolError(Violations.ReservedOpcode, GUILTY, excerptOf('frames', FRAMES, GUILTY));

const INTRODUCTION = `# Errors

Whatever a peer does wrong ends its connection and no other, and is told in the same terms everywhere: which section of which RFC
was broken, by which byte, the bytes around it in hexadecimal digits, and what would have been right.

\`\`\`
${EXAMPLE.message}
\`\`\`

| property | |
|---|---|
| \`code\` | a stable name; that of \`ws\` where it has one |
| \`section\` | the rule that was broken |
| \`expected\` | what would have been right |
| \`offset\` | the byte that broke it: in the peer's frames, from the first behind the handshake; in the head of the handshake, from its first; or in the body of a response |
| \`excerpt.hex\` | at most eight bytes on either side, the guilty one in brackets; \`[]\` is a byte that was not read any more |
| \`excerpt.bytes\`, \`excerpt.index\` | the same as a \`Buffer\`, and which byte of it is the guilty one |
| \`excerpt.of\` | what they are a part of: \`'frames'\`, \`'inflated'\`, \`'head'\`, \`'body'\` |
| \`closeCode\` | of a frame: what the peer was told in our Close frame |
| \`status\` | of a refused request: what the client was answered |

- A \`ProtocolError\` comes with \`'error'\` of a WebSocket. A \`HandshakeError\` comes with \`'error'\` of a client's WebSocket, or with
  \`'wsClientError'\` of a server. All of them are published on the \`node:diagnostics_channel\` \`sluice:violation\`:
  \`{ websocket, error }\`, or \`{ socket, request, error }\` where a server has not let a client in; \`request\` only if it could be read.
- **Masking.** Headers are shown as they came, the masking key among them. Payload is shown unmasked as far as it has been read:
  what is wrong with text or with a close code is wrong with what the peer meant. Behind the guilty byte it may still be masked.
- **Compression.** Of a compressed text that is not UTF-8 the inflated text is shown (\`excerpt.of\` is \`'inflated'\`), and \`offset\` is the
  last byte of the message: no byte of the wire is the bad one. What cannot be inflated is shown as it came, at its end.
- **Chunks.** \`offset\` and the guilty byte do not depend on how the bytes were cut. How many stand around it does: what came in
  an earlier chunk is shown if it is a part of the same header, or of the same Close frame.
- **What is missing** is missing where the head ends: \`offset\` is that of the CR of the empty line. A message that was not
  finished in time has no guilty byte, and no \`excerpt\`; \`offset\` is the byte that would have come next.
- **node:http** keeps no octets of the heads it reads: errors of servers with \`server\` or \`noServer\` have neither \`offset\` nor
  \`excerpt\` for the handshake.
- **No violations** are limits of ours that no RFC knows (408, 429, 503), what the application decides (401 and whatever
  \`verifyClient\` says), a server that answers with another status than 101, and a peer that goes away.
- An excerpt holds up to seventeen bytes of what the peer sent, also those of a message before: think before it goes into a log. It
  never goes to the peer; the body of a refusal says section and expectation.
`;

type Row = Readonly<{ name?: string; section: string; text: string; expected: string }>;

function table(title: string, columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [columns, ...rows].map(
    (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`,
  );
  const [head, ...body] = lines;
  return `\n## ${title}\n\n${[head, `|${'---|'.repeat(columns.length)}`, ...body].join('\n')}\n`;
}

function sentence(text: string): string {
  return text.replace(/\.$/, '');
}

function codeOf(row: Row, name = row.name ?? ''): string {
  return `\`${invalidAnswer({ ...row, name }).code.replace('WS_ERR_HANDSHAKE_', '…')}\``;
}

const OF_HANDSHAKES = ['`code`: `WS_ERR_HANDSHAKE_…`', 'status', 'section', 'what the client did', 'expected'];
const OF_ANSWERS = ['`code`: `WS_ERR_HANDSHAKE_…`', 'section', 'what the server did', 'expected'];

/** The document as it has to be. */
function errorsDocument(): string {
  return [
    INTRODUCTION,
    table(
      'Frames and messages: `ProtocolError`',
      ['row', '`code`', 'close code', 'section', 'what the peer did', 'expected'],
      Object.values(Violations).map(({ name, code, status, section, text, expected }) => {
        return [name, `\`${code}\``, String(status), section, text, expected];
      }),
    ),
    table(
      'Requests and answers that are no HTTP: `HandshakeError`',
      OF_HANDSHAKES.with(3, 'what the peer did'),
      Object.values(HttpRefusals).map((row) => {
        // Faults that only a response can have: a client answers nothing.
        const status = row.status === 502 ? '-' : String(row.status);
        return [codeOf(row), status, row.section, sentence(row.text), row.expected];
      }),
    ),
    table(
      'Opening handshakes that a server refuses: `HandshakeError`',
      OF_HANDSHAKES,
      Object.values(HandshakeRefusals).map((row) => {
        return [codeOf(row), String(row.status), row.section, sentence(row.text), row.expected];
      }),
    ),
    table('Answers that a client gives up on: `HandshakeError`', OF_ANSWERS, [
      ...Object.values<Row>(HandshakeFailures)
        .filter(({ name }) => name !== 'InterimResponse')
        .map((row) => [codeOf(row), row.section, sentence(row.text), row.expected]),
      ...Object.entries<Row>(NegotiationFailures).map(([name, row]) => {
        return [codeOf(row, name), row.section, row.text, row.expected];
      }),
    ]),
  ].join('');
}

test('docs/errors.md has every row of every table', async () => {
  await expect(errorsDocument()).toMatchFileSnapshot('../docs/errors.md');
});
