// Errors of Redis are told from errors of the connection: the first say that nothing was done.
import { expect, test } from 'vitest';
import { faultOf, isUnknownScript, verdictOf } from '../../src/redis/reply.ts';
import { BrokerFault } from '../../src/rooms/broker.ts';

test.each([
  ['Connection is closed.', 'lost'],
  ['Socket closed unexpectedly', 'lost'],
  ['connect ECONNREFUSED 127.0.0.1:6379', 'lost'],
  ['The client is closed', 'lost'],
  ['', 'lost'],
  ["READONLY You can't write against a read only replica.", 'elsewhere'],
  ['MOVED 3999 127.0.0.1:6381', 'elsewhere'],
  ['LOADING Redis is loading the dataset in memory', 'later'],
  ['BUSY Redis is busy running a script', 'later'],
  ['CLUSTERDOWN The cluster is down', 'later'],
  ['OOM command not allowed when used memory > maxmemory', 'refused'],
  ["NOPERM this user has no permissions to run the 'evalsha' command", 'refused'],
  ['WRONGTYPE Operation against a key holding the wrong kind of value', 'refused'],
  ['ERR unknown command', 'refused'],
])('%j is %s', (message, verdict) => {
  expect(verdictOf(new Error(message))).toBe(verdict);
});

test('whatever is no error says nothing, too', () => {
  expect(verdictOf(undefined)).toBe('lost');
});

test('a script that is not known is called by its text', () => {
  expect(isUnknownScript(new Error('NOSCRIPT No matching script.'))).toBe(true);
  expect(isUnknownScript(new Error('ERR NOSCRIPT'))).toBe(false);
});

test('a Redis without memory is full', () => {
  expect(faultOf(new Error('OOM command not allowed'))).toBe(BrokerFault.Full);
  expect(faultOf(new Error('WRONGTYPE'))).toBe(BrokerFault.Down);
});
