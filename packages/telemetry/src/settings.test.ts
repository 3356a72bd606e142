import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSettings } from './settings.ts';

test('nothing leaves and 1 % is traced when the environment says nothing', () => {
  const settings = readSettings({});
  assert.deepEqual(settings.sampling, { ratio: 0.01, isParentBased: true });
  assert.equal(settings.exportsTraces || settings.exportsMetrics, false);
  assert.deepEqual(settings.complaints, []);
});

test('an endpoint makes traces and metrics leave, each of which can be kept', () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };
  const of = (env: Record<string, string>) => {
    const { exportsTraces, exportsMetrics } = readSettings(env);
    return [exportsTraces, exportsMetrics];
  };
  assert.deepEqual(of(endpoint), [true, true]);
  assert.deepEqual(of({ ...endpoint, OTEL_METRICS_EXPORTER: 'none' }), [true, false]);
  assert.deepEqual(of({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:4318/v1/traces' }), [true, false]);
  assert.deepEqual(of({ ...endpoint, OTEL_SDK_DISABLED: 'true' }), [false, false]);
});

test('the standard samplers are known', () => {
  const of = (name: string, arg?: string) =>
    readSettings({ OTEL_TRACES_SAMPLER: name, ...(arg === undefined ? {} : { OTEL_TRACES_SAMPLER_ARG: arg }) }).sampling;
  assert.deepEqual(of('always_on'), { ratio: 1, isParentBased: false });
  assert.deepEqual(of('always_off'), { ratio: 0, isParentBased: false });
  assert.deepEqual(of('traceidratio', '0.25'), { ratio: 0.25, isParentBased: false });
  assert.deepEqual(of('parentbased_always_on'), { ratio: 1, isParentBased: true });
  assert.deepEqual(of('parentbased_always_off'), { ratio: 0, isParentBased: true });
  assert.deepEqual(of('parentbased_traceidratio'), { ratio: 1, isParentBased: true }, 'as the standard says');
  assert.deepEqual(readSettings({ OTEL_TRACES_SAMPLER_ARG: '0.5' }).sampling, { ratio: 0.5, isParentBased: true });
});

test('a value that is not understood is told, with what was expected, and nothing ends over it', () => {
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4317',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_TRACES_SAMPLER: 'jaeger_remote',
    OTEL_BSP_SCHEDULE_DELAY: 'soon',
  };
  const settings = readSettings(env);
  assert.deepEqual([settings.exportsTraces, settings.spanDelayMs, settings.sampling.ratio], [false, 5_000, 0.01]);
  assert.deepEqual(
    settings.complaints.map((line) => line.split(':')[0]),
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'OTEL_TRACES_SAMPLER', 'OTEL_BSP_SCHEDULE_DELAY'],
  );
  assert.match(readSettings({ OTEL_TRACES_SAMPLER_ARG: '2' }).complaints[0]!, /expected a number from 0 to 1, got "2"/);
});
