import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { FakeSession, type FakeStream } from '@baton/adapter-kit/testing';
import { until } from '@baton/core';
import { type FinishedSpan, formatTraceparent, HeadSampler, newTrace, parseTraceparent } from '@baton/telemetry';
import { startAdapter } from '../testing/harness.ts';
import type { TracingParts } from './request-tracing.ts';

/** Traces the share of requests that a test wants, into a list. */
function tracing(ratio: number): TracingParts & { readonly written: FinishedSpan[] } {
  const written: FinishedSpan[] = [];
  return { sampler: new HeadSampler({ ratio, isParentBased: true }), spans: { write: (span) => void written.push(span) }, written };
}

/** Values of a field that a worker got, in the order in which they came. */
function fieldsOf({ head }: FakeStream, name: string): string[] {
  return head.headers.filter((_, i) => i % 2 === 1 && head.headers[i - 1]!.toLowerCase() === name);
}

const named = (spans: readonly FinishedSpan[], name: string) => spans.filter((span) => span.name === name);

describe('a traced request', () => {
  it('has a span under that of its client, and one for its work in the app, which finds itself in traceparent', async () => {
    const parts = tracing(0);
    await using h = await startAdapter({ adapter: { tracing: parts } });
    const client = await h.client();
    const caller = newTrace();
    client.get('/cart?token=secret', `traceparent: ${formatTraceparent(caller)}\r\ntracestate: a=b\r\n`);
    const stream = await h.worker.request();
    const [traceparent, ...more] = fieldsOf(stream, 'traceparent');
    assert.deepEqual(more, []);
    assert.deepEqual(fieldsOf(stream, 'tracestate'), ['a=b']);
    stream.answer();
    await client.until(/ok$/);
    const [app, request, ...rest] = parts.written;
    assert.deepEqual(rest, []);
    assert.deepEqual(
      [request!.name, request!.kind, request!.parentSpanId, request!.isParentRemote],
      ['GET', 'server', caller.spanId, true],
    );
    assert.deepEqual([app!.name, app!.parentSpanId, app!.isParentRemote], ['baton.app', request!.context.spanId, false]);
    assert.deepEqual(parseTraceparent(traceparent!), app!.context);
    for (const span of [app!, request!]) assert.equal(span.context.traceId, caller.traceId);
    assert.equal(request!.attributes['url.path'], '/cart', 'a query may hold secrets');
    assert.equal(request!.attributes['http.response.status_code'], 200);
    assert.equal(request!.attributes['baton.outcome'], 'answered');
    assert.equal(app!.attributes['baton.worker'], 'w1');
    assert.ok(request!.startMs <= app!.startMs && app!.startMs <= app!.endMs && app!.endMs <= request!.endMs);
    assert.ok(Math.abs(request!.endMs - Date.now()) < 5_000, 'times are Unix times');
  });

  it('has its trace id in the access log, and others have none', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'baton-log-'));
    const accessLog = join(dir, 'access.log');
    try {
      await using h = await startAdapter({ adapter: { accessLog, tracing: tracing(0) } });
      const client = await h.client();
      const caller = newTrace();
      client.get('/traced', `traceparent: ${formatTraceparent(caller)}\r\n`);
      (await h.worker.request()).answer();
      await client.until(/ok$/);
      client.take();
      client.get('/other');
      (await h.worker.request(2)).answer();
      await client.until(/ok$/);
      await h.adapter.accessLog!.flushed();
      const lines = (await readFile(accessLog, 'utf8'))
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      const requests = lines.filter(({ path }) => path !== undefined);
      assert.deepEqual(
        requests.map(({ path, traceId }) => [path, traceId]),
        [
          ['/traced', caller.traceId],
          ['/other', undefined],
        ],
      );
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  it('begins a trace of its own when its client sent none', async () => {
    const parts = tracing(1);
    await using h = await startAdapter({ adapter: { tracing: parts } });
    const client = await h.client();
    client.get();
    const stream = await h.worker.request();
    assert.equal(fieldsOf(stream, 'traceparent').length, 1);
    stream.answer('no', 503);
    await client.until(/no$/);
    const [request] = named(parts.written, 'GET');
    assert.deepEqual([request!.parentSpanId, request!.error], ['', '503']);
  });

  it('has a span for its wait, and one for each worker that had it', async () => {
    const parts = tracing(1);
    await using h = await startAdapter({ adapter: { tracing: parts }, isCold: true });
    const client = await h.client();
    client.get();
    await until(() => h.pool.place.parked.size === 1);
    const [first, second] = [new FakeSession({ generation: 1 }), new FakeSession({ generation: 2 })];
    h.pool.place.connected(first);
    const before = fieldsOf(await first.request(), 'traceparent');
    h.adapter.instanceGone('shop', 'shop/1', 'w1', 'exit code 1', false);
    h.pool.place.connected(second);
    const stream = await second.request();
    const after = fieldsOf(stream, 'traceparent');
    stream.answer();
    await client.until(/ok$/);
    const [request] = named(parts.written, 'GET');
    const apps = named(parts.written, 'baton.app');
    assert.deepEqual(
      apps.map(({ attributes, error }) => [attributes['baton.worker'], error]),
      [
        ['w1', 'replay'],
        ['w2', undefined],
      ],
    );
    assert.deepEqual(
      [before, after],
      apps.map(({ context }) => [formatTraceparent(context)]),
    );
    assert.deepEqual(
      named(parts.written, 'baton.wait').map(({ parentSpanId, attributes }) => [parentSpanId, attributes['baton.cause']]),
      [[request!.context.spanId, 'first-request']],
    );
  });

  it('that is refused says why', async () => {
    const parts = tracing(1);
    await using h = await startAdapter({ adapter: { tracing: parts }, application: { isBlocked: true } });
    const client = await h.client();
    client.get();
    await client.until(/REQUESTS_BLOCKED/);
    assert.deepEqual(
      parts.written.map(({ name, error, attributes }) => [name, error, attributes['baton.outcome']]),
      [['GET', 'REQUESTS_BLOCKED', 'refused']],
    );
  });
});

describe('a request that is not traced', () => {
  it('reaches the app with what its client sent, and leaves nothing', async () => {
    const parts = tracing(0);
    await using h = await startAdapter({ adapter: { tracing: parts } });
    const client = await h.client();
    const header = formatTraceparent({ ...newTrace(), isSampled: false });
    client.get('/', `TraceParent: ${header}\r\n`);
    const stream = await h.worker.request();
    assert.deepEqual(fieldsOf(stream, 'traceparent'), [header]);
    stream.answer();
    await client.until(/ok$/);
    client.take();
    client.get();
    const plain = await h.worker.request(2);
    assert.deepEqual(fieldsOf(plain, 'traceparent'), []);
    plain.answer();
    await client.until(/ok$/);
    assert.deepEqual(parts.written, []);
  });
});

describe('a hand-over in a traced recycle', () => {
  it('has a span in the trace of the recycle, linked to the traced requests that it found in flight, and they to it', async () => {
    const parts = tracing(1);
    await using h = await startAdapter({ adapter: { tracing: parts } });
    const [crossing, waiting] = [await h.client(), await h.client()];
    crossing.get('/crossing');
    const stream = await h.worker.request();
    const next = new FakeSession({ generation: 2, role: 'replacement:recycle-1-1' });
    h.pool.place.connected(next);
    const recycle = newTrace();
    const order = {
      recycleId: 'recycle-1-1',
      slot: 'shop/1',
      from: 'w1',
      to: 'w2',
      onlyIfIdle: false,
      traceparent: formatTraceparent(recycle),
    };
    assert.equal(h.adapter.handover('shop', order).kind, 'done');
    waiting.get('/later');
    (await next.request()).answer();
    await waiting.until(/ok$/);
    stream.answer();
    await crossing.until(/ok$/);
    const [handover, ...others] = named(parts.written, 'baton.handover');
    assert.deepEqual(others, []);
    const [later, crossed] = named(parts.written, 'GET');
    assert.deepEqual([handover!.context.traceId, handover!.parentSpanId], [recycle.traceId, recycle.spanId]);
    assert.deepEqual(handover!.links, [crossed!.context]);
    assert.deepEqual(crossed!.links, [handover!.context]);
    assert.deepEqual(later!.links, []);
    assert.equal(handover!.attributes['baton.in_flight'], 1);
    assert.notEqual(crossed!.context.traceId, recycle.traceId, 'a request stays in its own trace');
  });

  it('is linked to 128 requests at most', async () => {
    const parts = tracing(1);
    await using h = await startAdapter({ adapter: { tracing: parts } });
    const clients = await Promise.all(Array.from({ length: 140 }, () => h.client()));
    for (const client of clients) client.get();
    await h.worker.request(140);
    h.pool.place.connected(new FakeSession({ generation: 2, role: 'replacement:r1' }));
    const order = { recycleId: 'r1', slot: 'shop/1', from: 'w1', to: 'w2', onlyIfIdle: false, traceparent: formatTraceparent(newTrace()) };
    h.adapter.handover('shop', order);
    const [handover] = named(parts.written, 'baton.handover');
    assert.deepEqual([handover!.links!.length, handover!.attributes['baton.in_flight']], [128, 140]);
  });
});
