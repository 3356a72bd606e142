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

test('the table of URLs says of each binding what starts an idle pool: a request, a connection, a job', () => {
  const config = parseConfig(
    `apiVersion: baton/v1
listenerAdapters: [{ name: udp }]
pools: [{ name: a }, { name: jobs }, { name: ready, startMode: alwaysRunning }]
apps:
  - { name: a, pool: a, entry: a.js, bindings: ["http://*:1/", "tcp://*:2", "queue://orders", "udp://*:3"] }
  - { name: jobs, pool: jobs, entry: b.js, bindings: ["queue://mails"] }
  - { name: ready, pool: ready, entry: c.js, bindings: ["queue://bills"] }
`,
    { file: 'baton.yaml' },
  );
  assert.deepEqual(
    listUrls(config, 'http://127.0.0.1:8081', '.baton').map(({ url, note }) => `${url} ${note}`),
    [
      'http://localhost:1/ pool a, starts with the first request',
      'tcp://localhost:2 pool a, starts with the first connection',
      'queue://orders pool a, starts with the first job',
      'udp://*:3 pool a, starts with the first message',
      'queue://mails pool jobs, starts with the first job',
      'queue://bills pool ready, always running',
      'http://127.0.0.1:8081/ token in .baton/cluster.json',
    ],
  );
});
