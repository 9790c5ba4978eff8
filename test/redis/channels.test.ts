// The channels that are wanted are those that Redis has been told of, over every connection anew.
import { describe, expect, test } from 'vitest';
import { Channels } from '../../src/redis/channels.ts';
import { BrokerError, BrokerFault } from '../../src/rooms/broker.ts';
import { type FakeLink, fakeLink, TestTime, turns } from './fake-connection.ts';

interface Stage extends FakeLink {
  readonly time: TestTime;
  readonly channels: Channels;
  readonly subscribed: string[];
}

function stage(): Stage {
  const time = new TestTime();
  const subscribed: string[] = [];
  let channels: Channels | undefined;
  const fake = fakeLink(time, { onUp: () => channels?.onUp() });
  const limits = { commandTimeout: 100, waitTimeout: 1_000 };
  channels = new Channels(fake.link, limits, 'ping', (channel) => subscribed.push(channel), time.clock);
  fake.link.open();
  return { ...fake, time, channels, subscribed };
}

describe('a channel', () => {
  test('is on when Redis says so, and asked for once however many want it', async () => {
    const { channels, up, subscribed } = stage();
    const connection = await up();
    const wanted = [channels.listen('a'), channels.listen('a')];
    expect(connection.asked.map(({ command }) => command)).toEqual([['SUBSCRIBE', 'a']]);
    connection.last.answer();
    await Promise.all(wanted);
    await channels.listen('a');
    expect([connection.asked.length, subscribed]).toEqual([1, ['a']]);
  });

  test('that is wanted while there is no connection is asked for with the next', async () => {
    const { channels, up } = stage();
    const wanted = channels.listen('a');
    channels.listen('b').catch(() => {});
    channels.leave('b');
    const connection = await up();
    expect(connection.words).toEqual(['SUBSCRIBE']);
    connection.last.answer();
    await wanted;
  });

  test('is asked for again over every connection', async () => {
    const { channels, up, time, subscribed, link } = stage();
    const first = await up();
    const wanted = [channels.listen('a'), channels.listen('b')];
    for (const asked of first.asked) asked.answer();
    await Promise.all(wanted);
    link.complain(first);
    time.pass(100);
    const second = await up();
    expect(second.asked.map(({ command }) => command[1])).toEqual(['a', 'b']);
    for (const asked of second.asked) asked.answer();
    await turns();
    expect(subscribed).toEqual(['a', 'b', 'a', 'b']);
  });

  test('that is left and wanted again in one breath is on in the end', async () => {
    const { channels, up } = stage();
    const connection = await up();
    const first = channels.listen('a');
    connection.last.answer();
    await first;
    channels.leave('a');
    let isOn = false;
    const again = channels.listen('a').then(() => {
      isOn = true;
    });
    expect(connection.words).toEqual(['SUBSCRIBE', 'UNSUBSCRIBE']);
    connection.last.answer();
    await turns();
    expect([connection.words, isOn]).toEqual([['SUBSCRIBE', 'UNSUBSCRIBE', 'SUBSCRIBE'], false]);
    connection.last.answer();
    await again;
    channels.leave('a');
    connection.last.answer();
    await turns();
    channels.leave('a');
    channels.leave('nowhere');
    expect(connection.asked).toHaveLength(4);
  });

  test('that Redis does not answer for costs the connection, and whoever waits too long is told', async () => {
    const { channels, up, time } = stage();
    const connection = await up();
    const wanted = channels.listen('a');
    time.pass(100);
    await turns();
    expect(connection.isDestroyed).toBe(true);
    // An answer of a connection that has gone says nothing.
    connection.last.answer();
    time.pass(900);
    await expect(wanted).rejects.toMatchObject({ code: 'WS_ERR_BROKER_DOWN' });
  });

  test('that somebody waits for when all is closed is none', async () => {
    const { channels, time, link } = stage();
    const wanted = channels.listen('a');
    channels.close(new BrokerError(BrokerFault.Closed, 'closed'));
    await expect(wanted).rejects.toMatchObject({ code: 'WS_ERR_BROKER_CLOSED' });
    link.close();
    await turns();
    time.expectNothing();
  });
});

describe('a connection that listens', () => {
  test('is asked whether it still answers, one question at a time', async () => {
    const { channels, up } = stage();
    await channels.ping();
    const connection = await up();
    const asked = channels.ping();
    await channels.ping();
    connection.last.answer();
    await turns();
    connection.last.answer();
    await asked;
    expect(connection.asked.map(({ command }) => command)).toEqual([
      ['SUBSCRIBE', 'ping'],
      ['UNSUBSCRIBE', 'ping'],
    ]);
    expect(connection.isDestroyed).toBe(false);
  });

  test('and given up when it does not', async () => {
    const { channels, up, time } = stage();
    const connection = await up();
    const asked = channels.ping();
    time.pass(100);
    await asked;
    expect(connection.isDestroyed).toBe(true);
  });
});
