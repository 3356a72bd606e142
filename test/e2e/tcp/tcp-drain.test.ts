import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { waitForRecycle } from '@baton/admin';
import { until } from '@baton/core';
import { type Cluster, fixture, startCluster } from '../../support/index.ts';
import { ask, talk } from './tcp-client.ts';

const LIMIT_MS = 30_000;
const GRACE_MS = 400;

const withDrain =
  (drain: string) =>
  (port: number): string =>
    `apiVersion: baton/v1
pools:
  - name: app
    processModel: { shutdownTimeLimit: 60s }
    drain: ${drain}
apps:
  - name: app
    pool: app
    entry: ${fixture('tcp.js')}
    bindings: ["tcp://*:${port}"]
`;

const pidOf = async (port: number): Promise<number> => (JSON.parse(await ask(port, 'facts\n')) as { pid: number }).pid;

async function startRecycle(cluster: Cluster): Promise<string> {
  const { recycleIds } = await cluster.admin.recyclePool('app', { reason: 'test' });
  assert.equal(recycleIds.length, 1);
  return recycleIds[0]!;
}

interface Shown {
  readonly outcome: string;
  readonly holders: readonly { readonly kind: string; readonly app: string; readonly what: string; readonly client: string }[];
}

test('a recycle that closes ends a connection with a FIN behind the last words of the app, within the grace and its jitter', async () => {
  await using cluster = await startCluster({ config: withDrain(`{ policy: close, grace: ${GRACE_MS}ms }`) });
  const open = await talk(cluster.port, 'hold\n');
  await open.line();
  const id = await startRecycle(cluster);
  const startedAtMs = performance.now();
  // The app says something when it hears the end; then comes the FIN.
  assert.match(await open.whole, /^\d+\nbye\n$/);
  const tookMs = performance.now() - startedAtMs;
  open.socket.end();
  const receipt = await waitForRecycle(cluster.admin, id);
  assert.deepEqual([receipt.outcome, receipt.failed, receipt.finished], ['completed', 0, 1]);
  assert.ok(tookMs >= GRACE_MS && tookMs < 15_000, `${tookMs} ms`);
});

test('a recycle that waits names the connection that holds it', async () => {
  await using cluster = await startCluster({ config: withDrain('{ policy: wait }') });
  const open = await talk(cluster.port, 'hold\n');
  await open.line();
  const id = await startRecycle(cluster);
  let shown: Shown | undefined;
  const isNamed = async () => {
    shown = await cluster.baton<Shown>('recycle', 'show', id);
    return shown.holders.length > 0;
  };
  await until(isNamed, LIMIT_MS, 'the receipt to name a holder');
  const [{ kind, app, what, client }] = shown!.holders as [Shown['holders'][0]];
  assert.deepEqual([kind, app, what, client], ['tcp', 'app', `tcp://*:${cluster.port}`, '127.0.0.1']);
  open.socket.end();
  assert.match(await open.whole, /bye\n$/);
  assert.equal((await waitForRecycle(cluster.admin, id)).outcome, 'completed');
});

test('a recycle that lets stay leaves a connection with its old worker while the new one serves, until maxDrainAge', async () => {
  await using cluster = await startCluster({ config: withDrain('{ policy: stay, maxDrainAge: 4s }') });
  const open = await talk(cluster.port, 'echo\n');
  const old = await pidOf(cluster.port);
  const id = await startRecycle(cluster);
  await until(async () => (await pidOf(cluster.port)) !== old, LIMIT_MS, 'new connections to reach the next worker');
  open.socket.write('still here\n');
  assert.equal(await open.line(), 'still here');
  // The old worker is ended with what it has.
  const [ending] = await Promise.race([once(open.socket, 'close'), once(open.socket, 'end')]).then(
    () => ['ended'],
    (error: NodeJS.ErrnoException) => [error.code],
  );
  assert.ok(ending === 'ended' || ending === 'ECONNRESET', String(ending));
  assert.notEqual((await waitForRecycle(cluster.admin, id)).outcome, 'running');
  open.socket.destroy();
});
