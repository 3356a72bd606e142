import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FinishedSpan, formatTraceparent, newTrace } from '@baton/telemetry';
import { Harness } from '../testing/harness.ts';

test('a start is a span in the trace of its order, until the worker is connected or has ended', async () => {
  const spans: FinishedSpan[] = [];
  await using harness = await Harness.open({ spans: { write: (span) => spans.push(span) } });
  const trace = newTrace();
  await harness.start('w1', { traceparent: formatTraceparent(trace) });
  await harness.was.state('w1', 'CONNECTED');
  await harness.start('w2', { entry: 'missing.js', traceparent: formatTraceparent(trace) });
  await harness.was.state('w2', 'EXITED');
  await harness.start('w3');
  await harness.was.state('w3', 'CONNECTED');
  assert.deepEqual(
    spans.map(({ name, parentSpanId, attributes, error }) => [
      name,
      parentSpanId,
      attributes['baton.worker'],
      attributes['baton.start'],
      error,
    ]),
    [
      ['baton.start', trace.spanId, 'w1', 'cold', undefined],
      ['baton.start', trace.spanId, 'w2', undefined, 'ENTRY_NOT_FOUND'],
    ],
  );
  for (const { context, startMs, endMs } of spans) assert.ok(context.traceId === trace.traceId && startMs <= endMs);
});
