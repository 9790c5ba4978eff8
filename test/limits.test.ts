// The table of limits says what the code has.
import { constants } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { MAX_CONTENT_LENGTH, MAX_NAME_LENGTH } from '../src/app/message.ts';
import { readAppOptions } from '../src/app/options.ts';
import { LONGEST_OUTAGE, MOST_PAGES } from '../src/app/outages.ts';
import { MAX_BODY_SIZE } from '../src/app/publications.ts';
import { MAX_WAITING } from '../src/app/session.ts';
import { DEFAULT_CONCURRENCY_LIMIT } from '../src/deflate/index.ts';
import { DEFAULT_MAX_EVENT_SIZE, DEFAULT_MAX_LINE_LENGTH } from '../src/eventstream/index.ts';
import { MAX_EXTENSION_PARAMETERS, MAX_EXTENSIONS } from '../src/handshake/index.ts';
import {
  DEFAULT_MAX_CHUNK_EXTENSIONS_SIZE,
  DEFAULT_MAX_HEADER_SIZE,
  DEFAULT_MAX_HEADERS_COUNT,
  DEFAULT_MAX_TRAILERS_COUNT,
  DEFAULT_MAX_TRAILERS_SIZE,
  MAX_HOST_LENGTH,
  MAX_METHOD_LENGTH,
} from '../src/http/index.ts';
import { DEFAULT_MAX_TOKEN_LENGTH } from '../src/jwt/authenticator.ts';
import { PollDefaults } from '../src/poll/index.ts';
import { LONGEST_DELAY } from '../src/redis/link.ts';
import { RedisBrokerDefaults } from '../src/redis/options.ts';
import { ResilientDefaults } from '../src/resilient/index.ts';
import { LONGEST_TIMER } from '../src/resilient/platform.ts';
import { WINDOW_EVENTS, WINDOW_SIZE } from '../src/rooms/event-window.ts';
import { MemoryBrokerDefaults, RoomsDefaults } from '../src/rooms/index.ts';
import { MAX_IDENTITY_LENGTH } from '../src/rooms/join-options.ts';
import { MAX_KEY_LENGTH } from '../src/rooms/published.ts';
import { LINGER } from '../src/rooms/room-directory.ts';
import { FirstMessageDefaults } from '../src/server/index.ts';
import { EventStreamDefaults } from '../src/sse/index.ts';
import { COST_OF_WAITING } from '../src/transport/backlog.ts';
import { Defaults } from '../src/websocket/index.ts';

const TABLE = readFileSync(new URL('../docs/limits.md', import.meta.url), 'utf8');

/** The second cell of the row that names `option`. */
function documented(option: string): string | undefined {
  const rows = TABLE.split('\n').filter((line) => line.startsWith('| '));
  const cell = (row: string): string => row.split('|')[1]?.trim() ?? '';
  const row = rows.find((line) => cell(line) === option) ?? rows.find((line) => cell(line).includes(option));
  return row?.split('|')[2]?.trim();
}

it.each([
  ['`handshakeTimeout`', Defaults.handshakeTimeout],
  ['`maxHeaderSize`', DEFAULT_MAX_HEADER_SIZE],
  ['`maxHeadersCount`', DEFAULT_MAX_HEADERS_COUNT],
  ['`maxPayload`', Defaults.maxPayload],
  ['text', constants.MAX_STRING_LENGTH],
  ['`maxFragments`', Defaults.maxFragments],
  ['`messageTimeout`', Defaults.messageTimeout],
  ['`closeTimeout`', Defaults.closeTimeout],
  ['`highWaterMark`', Defaults.highWaterMark],
  ['`maxBufferedAmount`', Defaults.maxBufferedAmount],
  ['`writeTimeout`', Defaults.writeTimeout],
  ['chunk extensions', DEFAULT_MAX_CHUNK_EXTENSIONS_SIZE],
  ['messages that wait to be dropped', COST_OF_WAITING],
  ['`timeout`', FirstMessageDefaults.timeout],
  ['first message (`maxPayload`)', FirstMessageDefaults.maxPayload],
  ['`maxTokenLength`', DEFAULT_MAX_TOKEN_LENGTH],
  ['`maxLineLength`', DEFAULT_MAX_LINE_LENGTH],
  ['`maxEventSize`', DEFAULT_MAX_EVENT_SIZE],
  ['`concurrencyLimit`', DEFAULT_CONCURRENCY_LIMIT],
  ['`RedisBroker` `history`', RedisBrokerDefaults.history],
  ['`RedisBroker` `ttl`', RedisBrokerDefaults.ttl],
  ['`maxKeys` of a room', RedisBrokerDefaults.maxKeys],
  ['`presenceTtl`', RedisBrokerDefaults.presenceTtl],
  ['`commandTimeout`', RedisBrokerDefaults.commandTimeout],
  ['`connectTimeout`', RedisBrokerDefaults.connectTimeout],
  ['`waitTimeout`', RedisBrokerDefaults.waitTimeout],
  ['`checkInterval`', RedisBrokerDefaults.checkInterval],
  ['`maxPendingCommands`', RedisBrokerDefaults.maxPendingCommands],
  ['`maxPendingBytes`', RedisBrokerDefaults.maxPendingBytes],
  ['a delay before connecting again', LONGEST_DELAY],
  ['`retry` of an event stream', EventStreamDefaults.retry],
  ['`heartbeat` of an event stream', EventStreamDefaults.heartbeat],
  ['`highWaterMark` of an event stream', EventStreamDefaults.highWaterMark],
  ['`maxBufferedAmount` of an event stream', EventStreamDefaults.maxBufferedAmount],
  ['`writeTimeout` of an event stream', EventStreamDefaults.writeTimeout],
  ['`maxLastEventIdLength`', EventStreamDefaults.maxLastEventIdLength],
  ['`holdTimeout`', PollDefaults.holdTimeout],
  ['`writeTimeout` of a poll', PollDefaults.writeTimeout],
  ['`maxMessages`', PollDefaults.maxMessages],
  ['`maxBatchSize`', PollDefaults.maxBatchSize],
  ['`maxSinceLength`', PollDefaults.maxSinceLength],
  ['`maxSessions`', PollDefaults.maxSessions],
  ['`maxSessionsPerIdentity`', PollDefaults.maxSessionsPerIdentity],
  ['`maxBodySize`', PollDefaults.maxBodySize],
  ['`bodyTimeout`', PollDefaults.bodyTimeout],
  ['room without members', LINGER],
  ['outage of a page', LONGEST_OUTAGE],
  ['pages with an outage', MOST_PAGES],
  ['`maxAttempts`', ResilientDefaults.maxAttempts],
  ['`connectTimeout` of a resilient client', ResilientDefaults.connectTimeout],
  ['`pingTimeout`', ResilientDefaults.pingTimeout],
  ['`maxQueueLength`', ResilientDefaults.maxQueueLength],
  ['`maxQueueSize`', ResilientDefaults.maxQueueSize],
  ['`publishRate`', ResilientDefaults.publishRate],
  ['`maxUnreadMessages`', ResilientDefaults.maxUnreadMessages],
  ['a delay before an attempt', LONGEST_TIMER],
  ...Object.entries(RoomsDefaults).map(([name, value]): [string, number] => [
    `\`${name}\`${name === 'maxEventSize' ? ' of a room' : ''}`,
    value,
  ]),
  ...Object.entries(MemoryBrokerDefaults).map(([name, value]): [string, number] => [`\`${name}\``, value]),
])('docs/limits.md has the default of %s', (option, value) => {
  expect(documented(option)).toBe(value.toLocaleString('en'));
});

it('docs/limits.md has those that come in pairs', () => {
  const pair = (first: number, second: number): string =>
    `${first.toLocaleString('en')} and ${second.toLocaleString('en')}`;
  expect(documented('`heartbeat`')).toBe(pair(Defaults.heartbeatInterval, Defaults.heartbeatTimeout));
  expect(documented('method and host')).toBe(pair(MAX_METHOD_LENGTH, MAX_HOST_LENGTH));
  expect(documented('identity and key')).toBe(pair(MAX_IDENTITY_LENGTH, MAX_KEY_LENGTH));
  expect(documented('window of a room')).toBe(pair(WINDOW_EVENTS, WINDOW_SIZE));
  expect(documented('trailer fields')).toBe(pair(DEFAULT_MAX_TRAILERS_SIZE, DEFAULT_MAX_TRAILERS_COUNT));
  expect(documented('extensions and their parameters')).toBe(pair(MAX_EXTENSIONS, MAX_EXTENSION_PARAMETERS));
});

it('docs/limits.md has those that are off, and what happens then', () => {
  expect([Defaults.maxMessageRate, documented('`maxMessageRate`')]).toEqual([0, '0: none']);
  expect(documented('`fastProducer`')).toBe(`\`'${Defaults.fastProducer}'\``);
  expect(documented('`slowConsumer`')).toBe(`\`'${Defaults.slowConsumer}'\``);
  expect(documented('`slowConsumer` of an event stream')).toBe(`\`'${EventStreamDefaults.slowConsumer}'\``);
  expect([EventStreamDefaults.maxLifetime, documented('`maxLifetime` of an event stream')]).toEqual([0, '0: none']);
});

it('docs/limits.md has those of the server', () => {
  const { authTimeout, maxRoomsPerConnection, rate } = readAppOptions({});
  expect(documented('`authTimeout`')).toBe(authTimeout.toLocaleString('en'));
  expect(documented('`maxRoomsPerConnection`')).toBe(String(maxRoomsPerConnection));
  expect(documented('`rate`')).toBe(`${rate.perSecond} and ${rate.burst}`);
  expect(documented('messages that wait for the broker')).toBe(String(MAX_WAITING));
  expect(documented('a message of `sluice.v1`, a posted body')).toBe(MAX_BODY_SIZE.toLocaleString('en'));
  expect(documented('content')).toBe(MAX_CONTENT_LENGTH.toLocaleString('en'));
  expect(documented('names of rooms and guests')).toBe(String(MAX_NAME_LENGTH));
});

const PROOFS = [...TABLE.matchAll(/\| `(test\/[^`]+)`: (.+) \|$/gm)].map(([, file, name]) => [file, name] as const);

it('docs/limits.md names tests for all of it', () => {
  expect(PROOFS.length).toBeGreaterThan(20);
});

it.each(PROOFS)('%s has the test "%s" that docs/limits.md names', (file, name) => {
  expect(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')).toContain(name);
});
