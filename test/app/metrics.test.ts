// The metrics of a server that is used, read by a parser of others.
import parsePrometheusTextFormat from 'parse-prometheus-text-format';
import { expect, onTestFinished, test } from 'vitest';
import { createWebSocketServer } from '../../src/app/index.ts';
import { metricsText } from '../../src/app/metrics.ts';
import { Statistics } from '../../src/app/statistics.ts';
import { GatedBroker } from './gated-broker.ts';
import { GuestClient } from './guest-client.ts';
import { ask, StreamReader, say } from './http-reader.ts';

/** Name and labels → value. */
function read(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  for (const { name, metrics } of parsePrometheusTextFormat(text)) {
    for (const { labels = {}, value } of metrics) {
      samples.set([name, ...Object.values(labels)].join(' '), Number(value));
    }
  }
  return samples;
}

test('a server that is used counts what has happened', async () => {
  const broker = new GatedBroker();
  const app = await createWebSocketServer(0, { broker });
  onTestFinished(async () => {
    await app.shutdown({ timeout: 0 });
    await broker.close();
  });
  const ada = await GuestClient.join(app, 'Ada', 'lobby');
  const reader = await StreamReader.open(app, { room: 'lobby', name: 'Grace' });
  const { cursor } = (await ask(app, '/api/poll?room=lobby&name=Barbara')).json;
  ada.send({ type: 'MESSAGE', roomId: 'lobby', content: 'one', ref: 1 });
  await ada.find({ type: 'ACK' });
  await say(app, 'two');
  await ask(app, `/api/poll?room=lobby&name=Barbara&since=${cursor}`);
  await ask(app, '/api/poll?room=lobby');
  await expect(GuestClient.connect(app, '/nothing')).rejects.toThrow('404');
  ada.send({ type: 'JOIN_ROOM', roomId: 'lobby', since: 'ffffffffffff-1' });
  await ada.find({ type: 'GAP' });
  broker.isDown = true;

  const { headers, body } = await ask(app, '/metrics');
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  const samples = read(body);
  expect(Object.fromEntries(samples)).toMatchObject({
    'sluice_connections websocket': 1,
    'sluice_connections sse': 1,
    'sluice_connections poll': 0,
    sluice_rooms: 1,
    sluice_broker_up: 0,
    sluice_events_published_total: 2,
    'sluice_events_delivered_total sse': 2,
    'sluice_events_delivered_total poll': 2,
    sluice_gaps_total: 1,
    'sluice_refusals_total 401': 1,
    'sluice_refusals_total 404': 1,
    'sluice_refusals_total 403': 0,
    'sluice_slow_clients_dropped_total sse': 0,
    'sluice_event_loop_delay_seconds 0.99': 0,
  });
  expect(samples.get('sluice_events_delivered_total websocket')).toBeGreaterThanOrEqual(2);
  expect(samples.get('sluice_process_cpu_seconds_total user')).toBeGreaterThan(0);
  expect(samples.get('sluice_process_memory_bytes resident')).toBeGreaterThan(1e6);
  reader.leave();
});

test('every family has a help and a type, a name of ours, and labels that no client chooses', () => {
  const text = metricsText({
    transports: { websocket: 1, sse: 2, poll: 3 },
    rooms: 4,
    broker: 'up',
    deliveries: { websocket: 5, eventStream: 6, poll: 7 },
    statistics: new Statistics(),
    uptime: 8,
    loopDelay: new Map([['0.5', 0.001]]),
  });
  const families = parsePrometheusTextFormat(text);
  expect(families.length).toBeGreaterThan(10);
  for (const { name, help, type, metrics } of families) {
    expect(name).toMatch(/^sluice_[a-z_]+$/);
    expect(name.endsWith('_total')).toBe(type === 'COUNTER');
    expect(help).toMatch(/\.$/);
    expect(metrics.length).toBeGreaterThan(0);
  }
  const labels = new Set(
    families.flatMap(({ metrics }) => metrics.flatMap((metric) => Object.keys(metric.labels ?? {}))),
  );
  expect([...labels].sort()).toEqual(['code', 'kind', 'mode', 'quantile', 'status', 'transport']);
});
