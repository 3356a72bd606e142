import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type ExpositionFamily,
  formatTraceparent,
  METRICS,
  type MetricDefinition,
  parseExposition,
  parseTraceparent,
} from '@baton/telemetry';
import { yamlOf } from '../testing/cluster.ts';
import { closed, openRing, recycle, reportAll, started } from '../testing/recycling.ts';

const PHASES = ['placing', 'starting', 'connecting', 'handover', 'draining', 'stopping'];

/** Recycles the worker of a ring; its receipt when it is closed, and how long each adapter was asked. */
async function recycled(t: Parameters<typeof openRing>[0]) {
  const ring = await openRing(t);
  ring.home.obeysStop = false;
  const id = recycle(ring);
  const { workerId } = await started(ring, 2);
  const handovers = [await ring.a.next('handover'), await ring.b.next('handover')];
  await ring.home.stopOf(ring.old);
  reportAll(ring, id, ring.cluster.time.now());
  ring.home.exit(ring.old, { planned: true });
  return { ring, id, workerId, handovers, receipt: await closed(ring, id) };
}

async function scrape(port: number): Promise<Map<string, ExpositionFamily>> {
  return parseExposition(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
}

describe('a recycle', () => {
  it('is one trace: a span for each phase under that of the recycle, whose id is in the receipt and with host and adapters', async (t) => {
    const { ring, id, workerId, handovers, receipt } = await recycled(t);
    const context = parseTraceparent(receipt.traceparent!)!;
    const [whole, ...phases] = ring.cluster.spans.filter((span) => span.context.traceId === context.traceId);
    assert.deepEqual([whole!.name, whole!.context, whole!.parentSpanId], ['baton.recycle', context, '']);
    assert.deepEqual([whole!.attributes['baton.recycle'], whole!.attributes['baton.new_worker'], whole!.error], [id, workerId, undefined]);
    assert.equal(whole!.attributes['baton.finished'], 3);
    assert.deepEqual(
      phases.map(({ name, parentSpanId }) => [name, parentSpanId]),
      PHASES.map((phase) => [`baton.recycle.${phase}`, context.spanId]),
    );
    for (const { startMs, endMs } of phases) assert.ok(whole!.startMs <= startMs && startMs <= endMs && endMs <= whole!.endMs);
    assert.deepEqual(
      handovers.map(({ traceparent }) => traceparent),
      [receipt.traceparent, receipt.traceparent],
    );
    const starts = ring.away.starts();
    assert.deepEqual(
      starts.map(({ verb }) => verb.case === 'start' && verb.value.traceparent),
      starts.map(() => receipt.traceparent),
    );
  });

  it('stays one trace when another leader ends it', async (t) => {
    const ring = await openRing(t);
    const { cluster, hosts, a, b } = ring;
    ring.away.onStart = () => 'spawn';
    const id = recycle(ring);
    await started(ring, 2);
    await cluster.was.engine.receipts.saved(id);
    await cluster.restartWas();
    for (const host of hosts) await host.attach();
    for (const adapter of [a, b]) await adapter.register();
    const { outcome, traceparent } = await closed(ring, id);
    assert.equal(outcome, 'failed');
    const written = cluster.spans.filter(({ name }) => name === 'baton.recycle');
    assert.deepEqual(
      written.map(({ context, error }) => [context, error]),
      [[parseTraceparent(traceparent!), 'another leader has taken over']],
    );
  });

  it('counts: outcome, phases, overlap and what became of the requests, none of them lost', async (t) => {
    const { ring } = await recycled(t);
    const families = await scrape(ring.cluster.was.ports.probe);
    const values = (name: string, label?: string) =>
      families.get(name)?.samples.map(({ labels, value }) => (label === undefined ? value : [labels[label], value]));
    assert.deepEqual(families.get('baton_recycles_total')?.samples, [
      { name: 'baton_recycles_total', labels: { pool: 'shop', cause: 'onDemand', outcome: 'completed' }, value: 1 },
    ]);
    assert.deepEqual(values('baton_recycle_requests_total', 'outcome'), [
      ['finished', 3],
      ['moved', 0],
      ['replayed', 0],
      ['failed', 0],
    ]);
    assert.deepEqual(values('baton_requests_lost_total', 'pool'), [['shop', 0]]);
    assert.deepEqual(values('baton_recycles_running', 'pool'), [['shop', 0]]);
    const counts = families.get('baton_recycle_phase_duration_seconds')!.samples.filter(({ name }) => name.endsWith('_count'));
    assert.deepEqual(
      counts.map(({ labels, value }) => [labels.phase, value]),
      PHASES.map((phase) => [phase, 1]),
    );
    assert.ok(families.get('baton_recycle_overlap_seconds')!.samples.some(({ name, value }) => name.endsWith('_count') && value === 1));
  });
});

describe('a start', () => {
  it('that is no part of a recycle has a trace of its own, with the host', async (t) => {
    const { cluster, old, home } = await openRing(t);
    const [span, ...others] = cluster.spans;
    assert.deepEqual(others, []);
    assert.deepEqual([span!.name, span!.attributes['baton.worker'], span!.attributes['baton.start']], ['baton.activation', old, 'cold']);
    const start = home.starts()[0]!.verb;
    assert.equal(start.case === 'start' && start.value.traceparent, formatTraceparent(span!.context));
  });
});

describe('the metrics of WAS', () => {
  it('have exactly the labels of the table, and a metric that counts what must stay 0 is there from the beginning', async (t) => {
    const { cluster } = await openRing(t, yamlOf());
    const readings = cluster.was.read();
    for (const { name, samples } of readings) {
      const metric: MetricDefinition = METRICS[name];
      assert.ok(metric.services.includes('was'), name);
      for (const { labels } of samples) assert.deepEqual(Object.keys(labels).sort(), [...metric.labels].sort(), name);
    }
    const told = new Set<string>(readings.map(({ name }) => name));
    for (const [name, { services }] of Object.entries(METRICS as Record<string, MetricDefinition>))
      if (services.includes('was')) assert.ok(told.has(name), `${name} is told`);
    const families = await scrape(cluster.was.ports.admin);
    assert.equal(families.get('baton_requests_lost_total')?.samples[0]?.value, 0);
  });
});
