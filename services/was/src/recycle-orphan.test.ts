import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { until } from '@baton/core';
import { yamlOf } from './testing/cluster.ts';
import { closed, openRing, type Ring, receiptOf, recycle, reportAll, resultOf, slotOf } from './testing/recycling.ts';

const LIMIT_MS = 20_000;

/** A committed recycle whose old worker drains and has lost its host. */
async function openOrphaned(t: TestContext): Promise<Ring & { readonly id: string }> {
  const ring = await openRing(t, yamlOf({ pool: `processModel: { shutdownTimeLimit: ${LIMIT_MS / 1_000}s }` }));
  const { home, old, cluster } = ring;
  home.obeysStop = false;
  const id = recycle(ring);
  await home.stopOf(old);
  home.drop();
  await cluster.pass(6_000);
  await cluster.state(old, 'orphaned');
  return { ...ring, id };
}

describe('a recycle whose old worker loses its host after the commit', () => {
  it('ends when the adapters have told of the last of its requests, and its receipt is whole', async (t) => {
    const ring = await openOrphaned(t);
    const { cluster, a, b, id } = ring;
    await cluster.pass(6_000);
    a.report(id, 'shop/1', { inFlightAtHandover: 2, finished: 2, final: true });
    await a.next('recycleReportReceived');
    assert.deepEqual([slotOf(cluster).change?.phase, receiptOf(ring, id).result], ['finishing', undefined], 'the old one still answers');
    b.report(id, 'shop/1', { inFlightAtHandover: 1, finished: 1, final: true, lastEndedAtMs: cluster.time.now() });
    const { outcome, isIncomplete, overlapMs = 0 } = await closed(ring, id);
    assert.deepEqual([outcome, isIncomplete], ['completed', false]);
    assert.ok(overlapMs >= 12_000, `${overlapMs} ms`);
    assert.equal(slotOf(cluster).change, undefined);
  });

  it('ends when the process must have ended, whatever the adapters still wait for', async (t) => {
    const ring = await openOrphaned(t);
    const { cluster, id } = ring;
    await cluster.pass(LIMIT_MS - 2_000);
    assert.equal(receiptOf(ring, id).result, undefined);
    await cluster.pass(5_000);
    assert.equal((await resultOf(ring, id)).result, 'completed');
    reportAll(ring, id, cluster.time.now());
    assert.equal((await closed(ring, id)).isIncomplete, false);
  });

  it('ends with the word of its host, when that is back in time', async (t) => {
    const ring = await openOrphaned(t);
    const { home, old, id } = ring;
    await home.attach();
    assert.equal(receiptOf(ring, id).result, undefined);
    home.exit(old, { planned: true });
    assert.equal((await resultOf(ring, id)).result, 'completed');
  });

  it('waits for no adapter that has gone too', async (t) => {
    const ring = await openOrphaned(t);
    const { cluster, a, b, id } = ring;
    a.report(id, 'shop/1', { inFlightAtHandover: 2, finished: 2, final: true });
    await a.next('recycleReportReceived');
    b.drop();
    await until(() => cluster.was.engine.cluster.channels.get('b/1')?.presence === 'grace', 10_000, 'the loss');
    await cluster.pass(5_000);
    assert.deepEqual([(await closed(ring, id)).outcome, receiptOf(ring, id).isIncomplete], ['completed', true]);
  });
});
