import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import { openRedis, orderQueue } from '@baton/store';
import { Queue } from 'bullmq';
import { openReady, type TestCluster, yamlOf } from '../testing/cluster.ts';

interface Receipt {
  cause: string;
  requestedBy: string;
  reason: string;
  outcome: string;
}

const at = (...times: string[]) =>
  yamlOf({ pool: `recycling: { periodicRestart: { schedule: [${times.map((time) => `"${time}"`).join(', ')}] } }` });
const recycles = (cluster: TestCluster) => cluster.call<Receipt[]>('GET', 'recycles');

/** The schedule queue of a cluster, as Redis has it. */
async function queueOf(cluster: TestCluster): Promise<{ queue: Queue; [Symbol.asyncDispose](): Promise<void> }> {
  const redis = openRedis(cluster.redis.url, { name: 'test' });
  const queue = new Queue('schedule', { connection: redis, prefix: orderQueue(cluster.clusterId, '').prefix });
  return {
    queue,
    async [Symbol.asyncDispose]() {
      await queue.close();
      redis.disconnect();
    },
  };
}

async function schedulersOf(queue: Queue): Promise<[string, string | undefined][]> {
  return (await queue.getJobSchedulers()).map(({ key, pattern }): [string, string | undefined] => [key, pattern]).sort();
}

/** What was read once it fits. */
async function readUntil<T>(read: () => Promise<T>, fits: (value: T) => boolean, what: string): Promise<T> {
  let last: T | undefined;
  await until(
    async () => {
      last = await read();
      return fits(last);
    },
    10_000,
    what,
  );
  return last!;
}

/** The time of day has come: its delayed job is due now. */
async function strike(queue: Queue): Promise<string> {
  const [job] = await readUntil(
    () => queue.getDelayed(),
    ({ length }) => length > 0,
    'a delayed firing',
  );
  await job!.promote();
  return job!.id!;
}

describe('the schedule of a pool', () => {
  it('is a job scheduler in Redis for each time of day, and goes with the setting', async (t) => {
    const { cluster } = await openReady(t, at('03:00', '15:30'));
    await using held = await queueOf(cluster);
    const read = () => schedulersOf(held.queue);
    const both = await readUntil(read, ({ length }) => length === 2, 'both schedulers');
    assert.deepEqual(both, [
      ['shop@0300', '0 3 * * *'],
      ['shop@1530', '30 15 * * *'],
    ]);
    await cluster.apply(at('15:30'));
    await readUntil(read, (left) => left.length === 1 && left[0]?.[0] === 'shop@1530', 'the end of one');
    await cluster.apply(yamlOf());
    await readUntil(read, ({ length }) => length === 0, 'the end of all');
    assert.deepEqual(await held.queue.getDelayed(), []);
  });

  it('recycles the workers of the pool once per firing, and the next firing is planned', async (t) => {
    const { cluster, host, workerId } = await openReady(t, at('03:00'));
    await using held = await queueOf(cluster);
    const fired = await strike(held.queue);
    await host.nthStart(2);
    await cluster.gone(workerId);
    const receipts = await readUntil(
      () => recycles(cluster),
      ([receipt]) => receipt?.outcome === 'completed',
      'the receipt',
    );
    assert.deepEqual(
      receipts.map(({ cause, requestedBy, reason }) => [cause, requestedBy, reason]),
      [['schedule', 'schedule', 'daily at 03:00']],
    );
    const [next] = await readUntil(
      () => held.queue.getDelayed(),
      ({ length }) => length > 0,
      'the next firing',
    );
    assert.notEqual(next!.id, fired);
  });

  it('that is due while nobody leads is carried out once by the next leader', async (t) => {
    const { cluster, host, adapter, workerId } = await openReady(t, at('03:00'));
    await using held = await queueOf(cluster);
    await readUntil(
      () => held.queue.getDelayed(),
      ({ length }) => length > 0,
      'a delayed firing',
    );
    const { grpc } = cluster.was.ports;
    await cluster.was.close();
    await strike(held.queue);
    await cluster.openSecond(grpc);
    await host.attach();
    await adapter.register();
    await host.nthStart(2);
    await cluster.gone(workerId);
    await readUntil(
      () => recycles(cluster),
      ([receipt]) => receipt?.outcome === 'completed',
      'the receipt',
    );
    await readUntil(
      () => held.queue.getJobCounts('waiting', 'active'),
      ({ waiting = 0, active = 0 }) => waiting + active === 0,
      'the end of the job',
    );
    assert.equal((await recycles(cluster)).length, 1);
    assert.equal(host.starts().length, 2);
  });

  it('is left to the leader by one that was replaced and has not noticed', async (t) => {
    const { cluster } = await openReady(t, at('03:00'));
    await using held = await queueOf(cluster);
    await readUntil(
      () => held.queue.getDelayed(),
      ({ length }) => length > 0,
      'a delayed firing',
    );
    const former = cluster.was.engine;
    await cluster.openSecond();
    // Host and adapter stay with the former leader; the next one goes on with others after 5 s.
    cluster.time.advance(6_000);
    const adapter = await cluster.adapter('b');
    await adapter.open('shop');
    const other = await cluster.host('h2');
    const { workerId } = await other.nthStart(1);
    await cluster.state(workerId, 'ready');
    await strike(held.queue);
    await other.nthStart(2);
    await cluster.gone(workerId);
    assert.deepEqual(
      (await recycles(cluster)).map(({ cause }) => cause),
      ['schedule'],
    );
    assert.deepEqual(former.receipts.running, []);
  });

  it('leaves a stopped pool alone', async (t) => {
    const { cluster, host, workerId } = await openReady(t, at('03:00'));
    await using held = await queueOf(cluster);
    await cluster.call('POST', 'pools/shop/stop');
    await cluster.gone(workerId);
    await strike(held.queue);
    await readUntil(
      () => held.queue.getDelayed(),
      ([job]) => job !== undefined,
      'the next firing',
    );
    assert.deepEqual(await recycles(cluster), []);
    assert.equal(host.starts().length, 1);
  });

  it('does not hold up the end of WAS while Redis is away', async (t) => {
    const { cluster } = await openReady(t, at('03:00'));
    await using held = await queueOf(cluster);
    await readUntil(
      () => held.queue.getDelayed(),
      ({ length }) => length > 0,
      'a delayed firing',
    );
    await cluster.redis.kill();
    await readUntil(
      () => cluster.call<{ redisConnected: boolean }>('GET', 'status'),
      ({ redisConnected }) => !redisConnected,
      'the loss of Redis',
    );
    await cluster.was.close();
    await cluster.redis.start();
  });
});
