import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expose } from './exposition.ts';
import { Counters, Histograms, METRICS, parseExposition, REQUEST_SECONDS, reading, single, watchProcess } from './index.ts';

test('readings come out as Prometheus reads them, under their names and labels', () => {
  const recycles = new Counters<'recycles'>();
  recycles.add({ pool: 'shop', cause: 'time', outcome: 'completed' });
  recycles.add({ pool: 'shop', cause: 'time', outcome: 'completed' });
  recycles.add({ pool: 'a "b"\\c\n', cause: 'app', outcome: 'failed' });
  const durations = new Histograms<'requestDuration'>(REQUEST_SECONDS);
  const labels = { pool: 'shop', protocol: 'http', outcome: 'answered' } as const;
  const http = { 'http.request.method': 'GET', 'http.response.status_code': '200', 'url.scheme': 'http' } as const;
  for (const ms of [1, 5, 5.1, 70_000]) durations.record({ ...labels, ...http }, ms);
  const text = expose([
    reading('recycles', recycles.samples),
    reading('requestDuration', durations.samples),
    single('leaderEpoch', 7, {}),
    reading('workerFailures', []),
  ]);
  const families = parseExposition(text);
  assert.deepEqual([...families.keys()], ['baton_recycles_total', 'http_server_request_duration_seconds', 'baton_leader_epoch']);
  assert.deepEqual(
    families.get('baton_recycles_total')!.samples.map(({ labels, value }) => [labels.pool, value]),
    [
      ['shop', 2],
      ['a "b"\\c\n', 1],
    ],
  );
  const { samples, help } = families.get('http_server_request_duration_seconds')!;
  assert.equal(help, METRICS.requestDuration.what);
  const bucket = (le: string) => samples.find((sample) => sample.labels.le === le);
  assert.equal(bucket('0.005')!.value, 2, 'bounds are inclusive');
  assert.equal(bucket('0.01')!.value, 3);
  assert.equal(bucket('+Inf')!.value, 4);
  assert.equal(bucket('+Inf')!.labels.http_response_status_code, '200');
  assert.ok(Math.abs(samples.find(({ name }) => name.endsWith('_sum'))!.value - 70.0111) < 1e-9, 'seconds');
  assert.match(text, /^baton_leader_epoch 7$/m);
});

test('a process tells its event loop, CPU and memory', () => {
  const read = watchProcess();
  const families = parseExposition(expose(read()));
  assert.ok(families.get('process_memory_usage_bytes')!.samples[0]!.value > 1e6);
  assert.ok(families.get('process_cpu_time_seconds_total')!.samples.length === 2);
  for (const name of ['p50', 'p99', 'max']) assert.ok(families.get(`nodejs_eventloop_delay_${name}_seconds`)!.samples[0]!.value >= 0);
  assert.ok(families.get('nodejs_eventloop_utilization')!.samples[0]!.value <= 1);
});
