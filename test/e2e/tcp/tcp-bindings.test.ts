import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '@baton/core';
import { freePort } from '@baton/core/testing';
import { fixture, startCluster } from '../../support/index.ts';
import { ask, talk } from './tcp-client.ts';

const LIMIT_MS = 30_000;

const bound = (...ports: number[]): string => `apiVersion: baton/v1
pools:
  - name: app
    processModel: { shutdownTimeLimit: 60s }
apps:
  - name: app
    pool: app
    entry: ${fixture('tcp.js')}
    bindings: [${ports.map((port) => `"tcp://*:${port}"`).join(', ')}]
`;

const serves = (port: number) => async (): Promise<boolean> => (await ask(port, 'echo\nhere\n').catch(() => '')) === 'here\n';

test('a connection lives through changes of bindings as long as the one it came by is there, and ends in order with it', async () => {
  const other = await freePort();
  await using cluster = await startCluster({ config: (port) => bound(port) });
  const apply = async (...ports: number[]) => {
    const file = join(cluster.dir, 'changed.yaml');
    writeFileSync(file, bound(...ports));
    await cluster.baton('apply', '-f', file);
  };
  const open = await talk(cluster.port, 'echo\n');
  open.socket.write('before\n');
  assert.equal(await open.line(), 'before');

  await apply(cluster.port, other);
  await until(serves(other), LIMIT_MS, 'the new port to serve');
  open.socket.write('behind the change\n');

  await apply(other);
  assert.equal(await open.whole, 'before\nbehind the change\n');
  open.socket.end();
  assert.equal(await serves(other)(), true);
  await until(async () => !(await serves(cluster.port)()), LIMIT_MS, 'the old port to be closed');
});

test('two adapters share a port, and connections of both reach the one worker', async () => {
  await using cluster = await startCluster({ config: (port) => bound(port), args: ['--adapters', '2'] });
  const answers = await Promise.all(Array.from({ length: 40 }, (_, at) => ask(cluster.port, `echo\n${at}\n`)));
  assert.deepEqual(
    answers,
    Array.from({ length: 40 }, (_, at) => `${at}\n`),
  );
  assert.equal((await cluster.workers()).length, 1);
  const ports = cluster.file().ports as Record<string, number>;
  const accepted = await Promise.all(
    [1, 2].map(async (at) => {
      const text = await (await fetch(`http://127.0.0.1:${ports[`adapter-${at}.probe`]}/metrics`)).text();
      return Number(/^baton_connections_accepted_total\{protocol="tcp"\} (\d+)/m.exec(text)?.[1]);
    }),
  );
  for (const count of accepted) assert.ok(count > 0, accepted.join());
});
