import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '@baton/core';
import { rehearseDial } from './rehearse-dial.ts';
import { rehearseModule } from './rehearse-module.ts';
import { rehearseRequests, UNTIL_OPTIMIZED } from './rehearse-requests.ts';

const open = (): string[] => process.getActiveResourcesInfo().filter((name) => /TCP|Timeout/.test(name));

test('a module is rehearsed without a trace in the cache', async () => {
  const before = Object.keys(process.getBuiltinModule('node:module').createRequire(import.meta.url).cache).length;
  await rehearseModule();
  assert.equal(Object.keys(process.getBuiltinModule('node:module').createRequire(import.meta.url).cache).length, before);
});

test('requests are rehearsed and leave nothing open', async () => {
  const before = open().length;
  await rehearseRequests();
  await until(() => open().length <= before, 5_000, 'no timer or socket of the rehearsal');
});

test('a dial is rehearsed and leaves no port and no link', async () => {
  const before = open().length;
  await rehearseDial();
  await until(() => open().length <= before, 5_000, 'no timer or socket of the rehearsal');
});

test('a long rehearsal ends at its limit', async () => {
  const beganAt = performance.now();
  await rehearseRequests({ ...UNTIL_OPTIMIZED, rounds: Number.POSITIVE_INFINITY, limitMs: 100 });
  assert.ok(performance.now() - beganAt >= 100);
  await rehearseRequests({ ...UNTIL_OPTIMIZED, rounds: Number.POSITIVE_INFINITY, limitMs: 0 });
});
