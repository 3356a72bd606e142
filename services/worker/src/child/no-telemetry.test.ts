import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

test('the program of a worker process holds nothing of OpenTelemetry, no logger and nothing that checks tokens', async () => {
  const program = await readFile(new URL('./bundle.js', import.meta.url), 'utf8');
  for (const name of ['opentelemetry', 'baton/telemetry', 'packages/telemetry', 'pino', 'jose', 'jwtVerify'])
    assert.ok(!program.includes(name), `bundle.js holds ${name}: a spare would load it at its start`);
});

test('the engines of the programming model are not part of it: a worker whose app uses none of them does not load them', async () => {
  const program = await readFile(new URL('./bundle.js', import.meta.url), 'utf8');
  for (const name of ['sdk/dist/thread-pool', 'sdk/dist/pipeline', 'sdk/dist/isapi', 'sdk/dist/server', 'piscina'])
    assert.ok(!program.includes(name), `bundle.js holds ${name}: a spare would load it at its start`);
});
