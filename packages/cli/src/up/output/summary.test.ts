import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '@baton/config';
import { listUrls } from './summary.ts';

test('the table of URLs says when the workers of each pool start', () => {
  const config = parseConfig(
    `apiVersion: baton/v1
pools:
  - { name: a }
  - { name: b, startMode: alwaysRunning }
  - { name: c, startMode: alwaysRunning, autoStart: false }
apps:
  - { name: a, pool: a, entry: a.js, bindings: ["http://*:1/"] }
  - { name: b, pool: b, entry: b.js, bindings: ["http://*:2/"] }
  - { name: c, pool: c, entry: c.js, bindings: ["http://*:3/"] }
`,
    { file: 'baton.yaml' },
  );
  assert.deepEqual(
    listUrls(config, 'http://127.0.0.1:8081', '.baton').map(({ note }) => note),
    [
      'pool a, starts with the first request',
      'pool b, always running',
      'pool c, stopped (autoStart is false)',
      'token in .baton/cluster.json',
    ],
  );
});
