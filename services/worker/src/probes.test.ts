import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '@baton/core';
import { METRICS, type MetricDefinition, parseExposition } from '@baton/telemetry';
import { openProbes } from './probes.ts';
import { Harness } from './testing/harness.ts';

test('probes tell whether the host lives and takes orders, and metrics count', async () => {
  await using harness = await Harness.open();
  const probes = await openProbes(harness.host, { host: '127.0.0.1', port: 0, id: 'h1' });
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${probes.port}${path}`);
    return { status: response.status, text: await response.text() };
  };
  try {
    await until(() => harness.host.isReady());
    assert.equal((await get('/livez')).status, 200);
    assert.equal((await get('/readyz')).status, 200);
    assert.equal((await get('/other')).status, 404);
    await harness.start('w1');
    await harness.was.state('w1', 'CONNECTED');
    const { text } = await get('/metrics');
    assert.match(text, /^baton_host_workers\{host="h1",state="connected"\} 1$/m);
    assert.ok(parseExposition(text).has('process_memory_usage_bytes'));
    for (const { name, samples } of probes.read()) {
      const metric: MetricDefinition = METRICS[name];
      assert.ok(metric.services.includes('host'), name);
      for (const { labels } of samples) assert.deepEqual(Object.keys(labels).sort(), [...metric.labels].sort(), name);
    }
    assert.match(text, /^baton_host_orders_entered_total\{host="h1"\} 1$/m);
    harness.was.down();
    await until(() => !harness.host.isAttached());
    assert.deepEqual(await get('/readyz'), { status: 503, text: 'not attached to WAS\n' });
    assert.equal((await get('/livez')).status, 200);
    await assert.rejects(openProbes(harness.host, { host: '127.0.0.1', port: probes.port, id: 'h1' }), /cannot be opened/);
  } finally {
    await probes.close(AbortSignal.timeout(1_000));
  }
});
