import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { until } from '@baton/core';
import { freePort } from '@baton/core/testing';
import { fixture, startCluster } from '../support/index.ts';

interface Answer {
  readonly app: string;
  readonly pid: number;
  readonly isMain: boolean;
  readonly url: string;
}

interface ChannelRow {
  readonly protocol: string;
  readonly connectedWorkers: number;
}

for (const per of ['pool', 'app'] as const)
  test(`two apps of a pool share each worker process, with a channel per ${per}, and are recycled together`, async () => {
    const [second, tcp] = [await freePort(), await freePort()];
    await using cluster = await startCluster({
      env: { BATON_CHANNEL_PER: per },
      config: (port) => `apiVersion: baton/v1
pools:
  - name: both
apps:
  - name: first
    pool: both
    entry: ${fixture('together/first.js')}
    bindings: ["http://*:${port}/", "http://*:${second}/below/"]
  - name: second
    pool: both
    entry: ${fixture('together/second.mjs')}
    bindings: ["http://*:${second}/", "tcp://*:${tcp}"]
`,
    });
    const ask = async (port: number, path: string): Promise<Answer> =>
      (await fetch(`http://127.0.0.1:${port}${path}`)).json() as Promise<Answer>;
    const all = async (): Promise<Answer[]> => [await ask(cluster.port, '/a'), await ask(second, '/b'), await ask(second, '/below/c')];

    const [a, b, c] = await all();
    assert.deepEqual([a!.app, a!.isMain, a!.url], ['first', true, '/a']);
    assert.deepEqual([b!.app, b!.isMain, b!.url], ['second', false, '/b']);
    assert.deepEqual([c!.app, c!.url], ['first', '/below/c']);
    const line = connect(tcp, '127.0.0.1');
    line.write('hello');
    assert.equal(String((await once(line, 'data'))[0]), `${a!.pid} hello`);
    assert.equal(new Set([a!.pid, b!.pid, c!.pid]).size, 1, 'one process');
    const [worker] = await cluster.workers();
    assert.equal(worker?.pid, a!.pid);
    const extras = (worker as unknown as { extraPorts: string[] }).extraPorts;
    assert.equal(extras.length, 1);
    assert.match(extras[0]!, /^127\.0\.0\.1:\d+ for \*:9464$/);
    const channels = await cluster.baton<ChannelRow[]>('channel', 'list');
    const count = (protocol: string): number => channels.filter((channel) => channel.protocol === protocol).length;
    assert.deepEqual([count('http'), count('tcp')], [per === 'app' ? 2 : 1, 1]);

    const recycle = cluster.baton<{ outcome: string; failed: number }[]>('pool', 'recycle', 'both', '--wait');
    await until(async () => (await ask(second, '/')).pid !== a!.pid, 20_000, 'the next generation');
    line.write('still here');
    assert.equal(String((await once(line, 'data'))[0]), `${a!.pid} still here`, 'an open connection stays where it is');
    line.end();
    await once(line, 'close');
    const [receipt] = await recycle;
    assert.deepEqual([receipt?.outcome, receipt?.failed], ['completed', 0]);
    const after = await all();
    assert.deepEqual(
      after.map(({ app }) => app),
      ['first', 'second', 'first'],
    );
    assert.equal(new Set(after.map(({ pid }) => pid)).size, 1);
    assert.notEqual(after[0]!.pid, a!.pid);
  });
