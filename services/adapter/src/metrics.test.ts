import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WasClient } from '@baton/adapter-kit';
import { FakeSession, StagedWorker } from '@baton/adapter-kit/testing';
import { REFUSAL_REASONS } from '@baton/channel';
import { until } from '@baton/core';
import { METRICS, type MetricDefinition, parseExposition } from '@baton/telemetry';
import { expose } from '@baton/telemetry/exposition';
import { readAdapter } from './metrics.ts';
import { startAdapter } from './testing/harness.ts';

const WAS = { isConnected: true, epoch: 3 } as WasClient;

test('requests are told by pool, protocol and outcome, with their duration, method and status', async () => {
  await using h = await startAdapter();
  const client = await h.client();
  for (const [at, status] of [200, 200, 404].entries()) {
    client.get();
    (await h.worker.request(at + 1)).answer('ok', status);
    await client.until(/ok$/);
    client.take();
  }
  client.send('PURGE / HTTP/1.1\r\nHost: shop.example\r\n\r\n');
  (await h.worker.request(4)).sendReset('WORKER_DIED', 'exit code 1');
  await client.until(/WORKER_DIED/);
  const families = parseExposition(expose(readAdapter(h.adapter, WAS)));
  const told = (name: string, labels: Record<string, string> = {}) =>
    families
      .get(name)
      ?.samples.find((sample) => Object.entries({ pool: 'shop', ...labels }).every(([label, value]) => sample.labels[label] === value))
      ?.value;
  assert.equal(told('baton_requests_total', { outcome: 'answered', protocol: 'http' }), 3);
  assert.equal(told('baton_requests_total', { outcome: 'failed' }), 1);
  assert.equal(told('baton_requests_total', { outcome: 'refused' }), 0);
  assert.equal(told('baton_requests_refused_total', { cause: 'WORKER_DIED' }), 1);
  const duration = families.get('http_server_request_duration_seconds')!.samples.filter(({ name }) => name.endsWith('_count'));
  assert.deepEqual(
    duration.map(({ labels, value }) => [labels.http_request_method, labels.http_response_status_code, labels.outcome, value]),
    [
      ['GET', '200', 'answered', 2],
      ['GET', '404', 'answered', 1],
      ['_OTHER', '502', 'failed', 1],
    ],
  );
  assert.equal(told('baton_requests_in_flight'), 0);
});

test('a queue tells how many wait and how long the oldest has', async () => {
  await using h = await startAdapter({ isCold: true });
  const clients = [await h.client(), await h.client()];
  for (const client of clients) client.get();
  await until(() => h.pool.place.parked.size === 2);
  const later = performance.now() + 2_000;
  const families = parseExposition(expose(readAdapter(h.adapter, WAS, () => later)));
  assert.equal(families.get('baton_queue_depth')!.samples[0]!.value, 2);
  const age = families.get('baton_queue_age_seconds')!.samples[0]!.value;
  assert.ok(age > 1.9 && age < 10, `${age}`);
  h.pool.place.connected(new FakeSession());
  const after = parseExposition(expose(readAdapter(h.adapter, WAS)));
  assert.equal(after.get('baton_queue_age_seconds')!.samples[0]!.value, 0);
});

test('a worker that is not let in is counted by the reason and in the log, without what it showed', async () => {
  const lines: string[] = [];
  const note = (facts: object, message: string): void => void lines.push(JSON.stringify({ ...facts, message }));
  await using h = await startAdapter({ isCold: true, adapter: { log: { info: note, warn: note } } });
  const { channel } = h.pool;
  await assert.rejects(StagedWorker.connect(h.adapter, 1, 'activation', 'billing'), { code: 'CHANNEL_IDENTITY' });
  const samples = parseExposition(expose(readAdapter(h.adapter, WAS))).get('baton_channel_refusals_total')!.samples;
  assert.deepEqual(
    samples.filter(({ value }) => value > 0).map(({ labels, value }) => [labels.reason, value]),
    [['wrong-identity', 1]],
  );
  assert.equal(samples.length, REFUSAL_REASONS.length, 'each reason is there from the beginning');
  const [line, ...others] = lines.filter((one) => one.includes('refused'));
  assert.deepEqual(others, []);
  const { reason, adapterId, channelId, workerId, remote, message } = JSON.parse(line!);
  assert.deepEqual([reason, adapterId, channelId, workerId], ['wrong-identity', h.adapter.id, channel.id, 'w1']);
  assert.match(remote, /^127\.0\.0\.1:\d+$/);
  assert.match(message, /open to pool identity shop, the worker has billing/);
  assert.ok(!line!.includes(channel.secret) && !/eyJ/.test(line!), line);
});

test('every metric of an adapter has exactly the labels of the table', async () => {
  await using h = await startAdapter();
  const client = await h.client();
  client.get();
  (await h.worker.request()).answer();
  await client.until(/ok$/);
  h.adapter.handover('shop', { recycleId: 'r1', slot: 'shop/1', from: 'w1', to: '', onlyIfIdle: false });
  const readings = readAdapter(h.adapter, WAS);
  for (const { name, samples } of readings) {
    const metric: MetricDefinition = METRICS[name];
    assert.ok(metric.services.includes('adapter'), name);
    for (const { labels } of samples) assert.deepEqual(Object.keys(labels).sort(), [...metric.labels].sort(), name);
  }
  const names = new Set<string>(readings.map(({ name }) => name));
  const process = /^(loop|process)/;
  for (const [name, { services }] of Object.entries(METRICS as Record<string, MetricDefinition>))
    if (services.includes('adapter') && !process.test(name)) assert.ok(names.has(name), `${name} is told`);
});

test('the channels of a pool are told together when each application has one', async () => {
  await using h = await startAdapter({ adapter: { channelPer: 'app' }, isCold: true });
  h.adapter.addApplication({ appKey: 'cart', pool: 'shop', bindings: ['http://*:0/cart/'] });
  const workers = ['shop', 'cart'].map((appKey) => {
    const worker = new FakeSession();
    h.adapter.pools.get(`shop/${appKey}`)!.place.connected(worker);
    return worker;
  });
  const client = await h.client();
  for (const [at, path] of ['/', '/cart/'].entries()) {
    client.get(path);
    (await workers[at]!.request()).answer();
    await client.until(/ok$/);
    client.take();
  }
  const families = parseExposition(expose(readAdapter(h.adapter, WAS)));
  const answered = families.get('baton_requests_total')!.samples.filter(({ labels }) => labels.outcome === 'answered');
  assert.deepEqual(
    answered.map(({ labels, value }) => [labels.pool, labels.protocol, value]),
    [['shop', 'http', 2]],
  );
  const counts = families.get('http_server_request_duration_seconds')!.samples.filter(({ name }) => name.endsWith('_count'));
  assert.deepEqual(
    counts.map(({ value }) => value),
    [2],
  );
});
