// Requests that are not what they should be: rows H6 to H9 and H11 of the table.
import { expect } from 'vitest';
import { ATTACKS } from '../handshake/attacks.ts';
import { GOOD_FIELDS, having, KEY, requestText, without } from '../handshake/openings.ts';
import { frame, TEXT } from '../websocket/raw-peer.ts';
import { Caller } from './caller.ts';
import { attack, MIB, suffer } from './row.ts';
import { buildVictim, Victim } from './victim.ts';
import type { VictimOptions } from './victim-report.ts';

buildVictim();

/** A name, what is sent, and the status that must answer it. */
type Case = readonly [name: string, wire: string, status: number];

const BOUND = 8 * MIB;

/** The cases of test/handshake/attacks.ts that are refused for one of these reasons. */
function refusedFor(...reasons: string[]): Case[] {
  const cases = ATTACKS.filter(([, , { row }]) => row !== undefined && reasons.includes(row));
  expect(new Set(cases.map(([, , { row }]) => row))).toEqual(new Set(reasons));
  return cases.map(([name, wire, { status }]) => [name, wire, status as number]);
}

/** What the victim answers to each. */
async function answersTo(victim: Victim, cases: readonly Case[]): Promise<[name: string, status: number][]> {
  const answers: [string, number][] = [];
  for (const [name, wire] of cases) answers.push([name, await Caller.status(victim, wire)]);
  return answers;
}

/** The names of those that another victim lets pass, though they are to be refused: what the row would find. */
async function passedBy(options: VictimOptions, all: readonly Case[]): Promise<string[]> {
  // For the end of a head others wait as long as it takes, and behind an ordinary request for the next one.
  const cases = all.filter(([, wire, status]) => wire.includes('\r\n\r\n') && status !== 426);
  const victim = await Victim.start(options);
  let answers: [string, number][] = [];
  await suffer(victim, async () => {
    answers = await answersTo(victim, cases);
  });
  return answers.filter(([, status], index) => status < 300 && (cases[index] as Case)[2] >= 400).map(([name]) => name);
}

/** Sends each, and checks that the answer is exactly the one, and that nobody got in but by a 101. */
async function areAnswered(victim: Victim, cases: readonly Case[]): Promise<void> {
  const { opened } = await victim.report();
  expect(await answersTo(victim, cases)).toEqual(cases.map(([name, , status]) => [name, status]));
  const letIn = cases.filter(([, , status]) => status === 101).length;
  expect((await victim.report()).opened - opened).toBe(letIn);
}

const line = (name: string, value: string): string => requestText([...GOOD_FIELDS, name, value]);

const H6: readonly Case[] = [
  ...refusedFor(
    ...['BareLineFeed', 'BareCarriageReturn', 'ObsoleteFold', 'WhitespaceBeforeColon', 'WhitespaceBeforeFields'],
    ...['InvalidFieldValue', 'InvalidFieldName', 'EmptyFieldName', 'ConnectionWithoutUpgrade'],
  ),
  ['CR LF in a value', line('X', 'a\r\nb'), 400],
  ['a line without a colon', requestText().replace('Host', 'X\r\nHost'), 400],
  ['DEL in a value', line('X', '\x7f'), 400],
  ['an octet above 0x7f in a name', line('X\xe9', 'a'), 400],
  ['NUL in a name', line('X\0', 'a'), 400],
  ['a TAB before the colon', line('X\t', 'a'), 400],
  // CVE-2024-27982: a space before the first field must not hide it.
  ['a hidden Content-Length', requestText().replace('\r\n', '\r\n Content-Length: 5\r\n'), 400],
  // Legal, and of no consequence: names are no keys of objects (CVE-2026-21710).
  ['a field named __proto__', line('__proto__', '__proto__'), 101],
  ['a field named constructor', line('constructor', 'prototype'), 101],
  ['a value of octets above 0x7f', line('X', '\x80\xff'), 101],
  ['an empty value', line('X', ''), 101],
];

attack('H6', {
  bound: BOUND,
  run: (victim) => areAnswered(victim, H6),
  control: [
    'a lenient parser lets many of them pass',
    async () => {
      const passed = await passedBy({ library: 'node:http', server: { insecureHTTPParser: true } }, H6);
      expect(passed).toEqual(expect.arrayContaining(['obs-fold', 'NUL in a value', '0x01 in a value']));
    },
  ],
});

const H7: readonly Case[] = [
  ...refusedFor(
    'DuplicateHost',
    'DuplicateKey',
    'DuplicateWebSocketVersion',
    'DuplicateUpgrade',
    'MalformedContentLength',
  ),
  ['two equal Hosts', line('Host', 'server.example.com'), 400],
  ['the second Host in other letters', line('hOST', 'evil'), 400],
  ['two Content-Lengths in one line', line('Content-Length', '0, 0'), 400],
  // RFC 6455 §11.3.2, §11.3.4: these may come in several lines, and mean what one line with all of them means.
  ['two lists of subprotocols', requestText([...GOOD_FIELDS, ...twice('Sec-WebSocket-Protocol')]), 101],
  ['two lists of extensions', requestText([...GOOD_FIELDS, ...twice('Sec-WebSocket-Extensions')]), 101],
  ['two Connections', line('Connection', 'keep-alive'), 101],
  ['two of a field that nobody knows', requestText([...GOOD_FIELDS, ...twice('X')]), 101],
];

function twice(name: string): string[] {
  return [name, 'a', name, 'b'];
}

attack('H7', {
  bound: BOUND,
  run: (victim) => areAnswered(victim, H7),
  control: [
    'ws, which reads with node:http, takes the first of two Hosts',
    async () => {
      expect(await passedBy({ library: 'ws' }, H7)).toContain('two Hosts');
    },
  ],
});

const H8: readonly Case[] = [
  ...refusedFor(
    ...['MissingHost', 'HttpVersionTooLow', 'MissingVersion', 'VersionNotSupported', 'MethodNotGet', 'HostMismatch'],
    ...['InvalidTargetForm', 'InvalidTarget', 'InvalidMethod', 'EmptyTarget', 'InvalidVersion', 'TooManyEmptyLines'],
  ),
  ...['[', 'a:b:c', '%', '\xff', 'a b', 'a@b', 'a:99999', 'a/b', 'a'.repeat(10_000)].map(
    (host): Case => [`Host: ${host.slice(0, 10)}`, requestText(having('Host', host)), 400],
  ),
  ['an absolute target that is Host', requestText(GOOD_FIELDS, 'GET http://server.example.com/ HTTP/1.1'), 101],
  ['one empty line before', `\r\n${requestText()}`, 101],
  ['an ordinary request', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', 426],
  ['another protocol to upgrade to', requestText(having('Upgrade', 'h2c')), 426],
  ['no Upgrade', requestText(without('Upgrade')), 426],
];

attack('H8', {
  bound: BOUND,
  run: (victim) => areAnswered(victim, H8),
  control: [
    'ws, which reads with node:http, lets in without a Host, with one that is none, and by HTTP/1.0',
    async () => {
      const passed = await passedBy({ library: 'ws' }, H8);
      expect(passed).toEqual(expect.arrayContaining(['no Host', 'HTTP/1.0', 'Host: [']));
    },
  ],
});

const AFTER = 'GET /after HTTP/1.1\r\nHost: a\r\n\r\n';
const length = (value: string): string[] => ['Content-Length', value];
const CHUNKED = ['Transfer-Encoding', 'chunked'];

/** An upgrade with a body, and a request behind it. */
function smuggling(fields: readonly string[], body: string): string {
  return requestText([...GOOD_FIELDS, ...fields]) + body + AFTER;
}

const H9: readonly Case[] = [
  ['Content-Length', smuggling(length('5'), 'Hello'), 400],
  ['Content-Length, and the request as the body', smuggling(length(String(AFTER.length)), ''), 400],
  ['Content-Length, and a frame as the body', smuggling(length('7'), frame(TEXT, 'a').toString('latin1')), 400],
  ['Transfer-Encoding', smuggling(CHUNKED, '5\r\nHello\r\n0\r\n\r\n'), 400],
  ['both', smuggling([...length('5'), ...CHUNKED], '0\r\n\r\n'), 400],
  ['both, the other way round', smuggling([...CHUNKED, ...length('5')], '0\r\n\r\n'), 400],
  ['two Transfer-Encodings', smuggling([...CHUNKED, 'Transfer-Encoding', 'identity'], '0\r\n\r\n'), 400],
  ['a Transfer-Encoding that is none', smuggling(['Transfer-Encoding', 'xchunked'], ''), 400],
  ...['+5', '-1', '0x5', '5_0', '5 0', '\xb2', '99999999999999999999'].map(
    (value): Case => [`Content-Length: ${value}`, smuggling(length(value), 'Hello'), 400],
  ),
];

/** Sends each, and tells how many requests the application of the victim got to see, and how many WebSockets. */
async function smuggle(victim: Victim, cases: readonly Case[]): Promise<{ requests: number; opened: number }> {
  const before = await victim.report();
  for (const [name, wire, status] of cases) {
    const caller = await Caller.dial(victim);
    caller.send(wire);
    await caller.answered();
    if (victim.options.library === undefined) {
      await caller.ended;
      // One answer, whatever stands behind the request, and the end.
      expect([name, caller.answer.match(/HTTP\/1\.1 \d+/g)]).toEqual([name, [`HTTP/1.1 ${status}`]]);
      expect(caller.answer).toContain('\r\nConnection: close\r\n');
    }
    await caller.leave();
  }
  const after = await victim.report();
  return { requests: after.requests - before.requests, opened: after.opened - before.opened };
}

attack('H9', {
  victim: { fallback: true },
  bound: BOUND,
  async run(victim) {
    expect(await smuggle(victim, H9)).toEqual({ requests: 0, opened: 0 });
    // Nothing of it was taken for a frame.
    const { violations } = await victim.report();
    expect(Object.keys(violations).filter((section) => section.startsWith('RFC 6455 §5'))).toEqual([]);
  },
  control: [
    'two ordinary requests are both executed; and ws lets some in, with the body for frames',
    async () => {
      const ours = await Victim.start({ fallback: true });
      const caller = await Caller.dial(ours);
      caller.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nHello${AFTER}`);
      await ours.until(({ requests }) => requests === 2);
      const ws = await Victim.start({ library: 'ws' });
      expect((await smuggle(ws, H9)).opened).toBeGreaterThan(0);
    },
  ],
});

const KEYS: readonly [name: string, key: string, status: number][] = [
  ['15 bytes', Buffer.alloc(15, 1).toString('base64'), 400],
  ['17 bytes', Buffer.alloc(17, 1).toString('base64'), 400],
  ['no base64', '!'.repeat(22), 400],
  ['base64url', `${'-_'.repeat(11)}==`, 400],
  ['without padding', KEY.slice(0, 22), 400],
  ['one = too many', `${KEY}=`, 400],
  ['bits in the padding', `${KEY.slice(0, 21)}R==`, 400],
  ['nothing', '', 400],
  ['8 KiB', 'A'.repeat(8_192), 400],
  ['two of them', `${KEY}, ${KEY}`, 400],
  ['zeros', Buffer.alloc(16).toString('base64'), 101],
  ['ones', Buffer.alloc(16, 0xff).toString('base64'), 101],
];
const H11: readonly Case[] = [
  ...KEYS.map(([name, key, status]): Case => [name, requestText(having('Sec-WebSocket-Key', key)), status]),
  ['no field at all', requestText(without('Sec-WebSocket-Key')), 400],
];

attack('H11', {
  bound: BOUND,
  run: (victim) => areAnswered(victim, H11),
  control: [
    'ws does not look at the bits of the padding',
    async () => {
      expect(await passedBy({ library: 'ws' }, H11)).toEqual(['bits in the padding']);
    },
  ],
});
