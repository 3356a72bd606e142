import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '@baton/core';
import { formatTraceparent, METRICS, newTrace, parseExposition, parseTraceparent } from '@baton/telemetry';
import { type Cluster, fixture, onePool, startCluster } from '../support/index.ts';
import { startOtlpReceiver } from '../support/otlp/receiver.ts';

interface Receipt {
  readonly id: string;
  readonly outcome: string;
  readonly traceId: string;
  readonly inFlightAtHandover: number;
  readonly finished: number;
}

interface Answer {
  readonly traceparent?: string;
  readonly tracestate?: string;
}

/** A cluster whose requests are traced only when their client wants it. */
function open(env: NodeJS.ProcessEnv, args: readonly string[] = []): Promise<Cluster> {
  return startCluster({
    config: onePool(fixture('trace-app.js')),
    args,
    env: { ...env, OTEL_TRACES_SAMPLER: 'parentbased_always_off' },
  });
}

async function ask(cluster: Cluster, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return (await (await fetch(`${cluster.url}${path}`, { headers })).json()) as Answer;
}

/** What the services have logged of a trace: which of them, and the line. */
function linesOf(cluster: Cluster, traceId: string): { service: string; msg: string }[] {
  const dir = join(cluster.dir, 'data', 'logs');
  const lines = readdirSync(dir).flatMap((file) => (file.startsWith('access') ? [] : readFileSync(join(dir, file), 'utf8').split('\n')));
  return lines.filter((line) => line.includes(`"trace_id":"${traceId}"`)).map((line) => JSON.parse(line.slice(line.indexOf('{'))));
}

test('one trace goes from the client through adapter and channel to the app', async () => {
  await using collector = await startOtlpReceiver();
  await using cluster = await open(collector.env);
  await ask(cluster, '/warm');
  const caller = newTrace();
  const { traceparent, tracestate } = await ask(cluster, '/cart?ms=30', { traceparent: formatTraceparent(caller), tracestate: 'shop=1' });
  const inApp = parseTraceparent(traceparent!)!;
  assert.deepEqual([inApp.traceId, inApp.isSampled, tracestate], [caller.traceId, true, 'shop=1']);

  const request = await collector.span(({ name, traceId }) => name === 'GET' && traceId === caller.traceId, 'the span of the request');
  const app = await collector.span(({ spanId }) => spanId === inApp.spanId, 'the span that the app was told of');
  assert.deepEqual([request.service, request.kind, request.parentSpanId], ['baton-adapter', 2, caller.spanId]);
  assert.deepEqual([app.name, app.service, app.parentSpanId], ['baton.app', 'baton-adapter', request.spanId]);
  assert.deepEqual([request.attributes['url.path'], request.attributes['http.response.status_code'], request.status], ['/cart', 200, 0]);
  assert.ok(app.endMs - app.startMs >= 29, `the app took ${app.endMs - app.startMs} ms of its 30`);
  assert.ok(request.startMs <= app.startMs && app.endMs <= request.endMs + 0.001);

  const unsampled = formatTraceparent({ ...newTrace(), isSampled: false });
  assert.equal((await ask(cluster, '/', { traceparent: unsampled })).traceparent, unsampled);
  assert.equal((await ask(cluster, '/')).traceparent, undefined);
  assert.equal(collector.spans.filter(({ name }) => name === 'GET').length, 1, 'nobody else was sampled');
});

test('an activation is one trace over WAS and the host, and their log lines belong to it', async () => {
  await using collector = await startOtlpReceiver();
  await using cluster = await open(collector.env);
  await ask(cluster, '/');
  const activation = await collector.span(({ name }) => name === 'baton.activation', 'the activation');
  const start = await collector.span(({ name }) => name === 'baton.start', 'the start on the host');
  assert.deepEqual([activation.service, start.service], ['baton-was', 'baton-host']);
  assert.deepEqual([start.traceId, start.parentSpanId], [activation.traceId, activation.spanId]);
  assert.ok(activation.startMs <= start.startMs + 1);
  const told = () => linesOf(cluster, activation.traceId);
  await until(() => new Set(told().map(({ service }) => service)).size === 2, 10_000, 'log lines of WAS and host');
  for (const words of ['is ready after', 'starts'])
    assert.ok(
      told().some(({ msg }) => msg.includes(words)),
      words,
    );
});

test('a recycle is one trace over WAS, adapter and host, linked to the requests that crossed it, and its receipt names it', async () => {
  await using collector = await startOtlpReceiver();
  await using cluster = await open(collector.env, ['--hosts', '2']);
  await ask(cluster, '/warm');
  const caller = newTrace();
  const crossing = ask(cluster, '/?ms=5000', { traceparent: formatTraceparent(caller) });
  await until(
    async () => (await cluster.workers()).some((row) => (row as unknown as { inFlight: number }).inFlight > 0),
    10_000,
    'the request',
  );
  const [receipt] = await cluster.baton<Receipt[]>('pool', 'recycle', 'app', '--wait');
  assert.deepEqual([receipt!.outcome, receipt!.inFlightAtHandover, receipt!.finished], ['completed', 1, 1]);
  await crossing;

  const recycle = await collector.span(({ name }) => name === 'baton.recycle', 'the recycle');
  const of = (name: string) => collector.span((span) => span.name === name && span.traceId === receipt!.traceId, name);
  assert.equal(recycle.traceId, receipt!.traceId);
  assert.deepEqual([recycle.parentSpanId, recycle.attributes['baton.recycle'], recycle.attributes['baton.failed']], ['', receipt!.id, 0]);
  for (const phase of ['placing', 'starting', 'connecting', 'handover', 'draining', 'stopping'])
    assert.equal((await of(`baton.recycle.${phase}`)).parentSpanId, recycle.spanId, phase);
  const [start, handover] = [await of('baton.start'), await of('baton.handover')];
  assert.deepEqual([start.service, start.parentSpanId], ['baton-host', recycle.spanId]);
  assert.deepEqual([handover.service, handover.parentSpanId], ['baton-adapter', recycle.spanId]);
  const request = await collector.span(({ name, traceId }) => name === 'GET' && traceId === caller.traceId, 'the request that crossed it');
  assert.deepEqual(handover.links, [{ traceId: request.traceId, spanId: request.spanId }]);
  assert.ok(linesOf(cluster, receipt!.traceId).some(({ msg }) => msg.includes(`recycle ${receipt!.id} of app/1 is done`)));
  assert.deepEqual(request.links, [{ traceId: handover.traceId, spanId: handover.spanId }]);
});

test('metrics leave over OTLP under their OpenTelemetry names, and every /metrics is what Prometheus reads', async () => {
  await using collector = await startOtlpReceiver();
  await using cluster = await open(collector.env);
  await ask(cluster, '/');
  await until(
    () => collector.metrics.some(({ name, points }) => name === 'http.server.request.duration' && points.length > 0),
    20_000,
    'a report',
  );
  await until(() => new Set(collector.metrics.map(({ service }) => service)).size === 3, 20_000, 'reports of three services');
  const byName = new Map(Object.values(METRICS).map((metric) => [metric.otel as string, metric]));
  for (const { name, unit, kind, points } of collector.metrics) {
    const metric = byName.get(name);
    assert.ok(metric, name);
    assert.deepEqual([unit, kind], [metric.unit, metric.kind === 'counter' ? 'sum' : metric.kind], name);
    for (const point of points) assert.deepEqual(Object.keys(point).sort(), [...metric.labels].sort(), name);
  }
  const ports = Object.entries(cluster.file().ports as Record<string, number>).filter(([name]) => /^(admin|.*\.probe)$/.test(name));
  assert.ok(ports.length >= 4, JSON.stringify(ports));
  for (const [name, port] of ports) {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`);
    assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/, name);
    assert.ok(parseExposition(await response.text()).has('process_cpu_time_seconds_total'), name);
  }
});

test('a collector that is away holds neither requests nor the end of a cluster', async () => {
  const collector = await startOtlpReceiver();
  await collector[Symbol.asyncDispose]();
  await using cluster = await open(collector.env);
  const traceparent = formatTraceparent(newTrace());
  for (let i = 0; i < 20; i++) assert.ok((await ask(cluster, '/', { traceparent })).traceparent);
  const began = Date.now();
  assert.equal(await cluster.stop(), 0);
  assert.ok(Date.now() - began < 10_000, `it took ${Date.now() - began} ms to stop`);
});
