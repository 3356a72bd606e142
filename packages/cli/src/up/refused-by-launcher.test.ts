import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makePlace, startUp } from '../testing/run-up.ts';

test('a refusal ends the process also where a launcher holds its IPC channel', { timeout: 60_000 }, async () => {
  using place = await makePlace();
  await using up = startUp(place, { args: ['--config', 'missing.yaml'], hasIpc: true });
  assert.equal(await up.exited, 1, up.stderr());
  assert.match(up.stderr(), /^CONFIG_UNREADABLE: /);
});
