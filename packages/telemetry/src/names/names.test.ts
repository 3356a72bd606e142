import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LABELS, METRICS, type MetricDefinition } from './index.ts';

const all: MetricDefinition[] = Object.values(METRICS);

test('every metric has two names that belong together, each used once', () => {
  assert.equal(new Set(all.map(({ otel }) => otel)).size, all.length);
  assert.equal(new Set(all.map(({ prometheus }) => prometheus)).size, all.length);
  for (const { otel, prometheus } of all) {
    assert.match(otel, /^(baton|http\.server|nodejs|process)\.[a-z0-9_.]+$/, otel);
    assert.equal(prometheus.startsWith('baton_'), otel.startsWith('baton.'), otel);
  }
});

test('a name in Prometheus tells its unit, and _total that it only grows', () => {
  for (const { prometheus, kind, unit } of all) {
    assert.equal(prometheus.endsWith('_total'), kind === 'counter', prometheus);
    const bare = prometheus.replace(/_total$/, '');
    if (unit === 's') assert.match(bare, /_seconds$/, prometheus);
    if (unit === 'By') assert.match(bare, /_bytes$/, prometheus);
    if (kind === 'histogram') assert.equal(unit, 's', prometheus);
  }
});

test('every label is in the table that says what bounds it, and names neither a worker nor a request', () => {
  for (const { labels, prometheus } of all) for (const label of labels) assert.ok(label in LABELS, `${prometheus}: ${label}`);
  for (const label of Object.keys(LABELS)) assert.doesNotMatch(label, /worker|request_id|path|url\.(full|query)/);
});
