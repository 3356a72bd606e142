import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseExposition } from '@baton/telemetry';
import { openReady } from './testing/cluster.ts';

test('the metrics count workers by state, activations and failures, and Prometheus can read them', async (t) => {
  const { cluster, host, adapter, workerId } = await openReady(t);
  adapter.load('shop', 0, 1);
  host.exit(workerId);
  const second = await host.nthStart(2);
  await cluster.state(second.workerId, 'ready');
  const text = await (await fetch(`http://127.0.0.1:${cluster.was.ports.probe}/metrics`)).text();
  for (const line of [
    'baton_leader_epoch 1',
    'baton_redis_connected 1',
    'baton_worker_processes{pool="shop",state="ready"} 1',
    'baton_worker_processes{pool="shop",state="failed"} 0',
    'baton_activations_total{pool="shop",start="cold"} 2',
    'baton_worker_failures_total{pool="shop",cause="APP_CRASHED"} 1',
    'baton_pool_failing{pool="shop"} 0',
    'baton_pool_rapid_fail{pool="shop"} 0',
    'baton_hosts_attached 1',
    'baton_adapters_attached 1',
  ]) {
    assert.ok(text.split('\n').includes(line), line);
  }
  assert.ok(parseExposition(text).has('baton_activation_duration_seconds'));
});
