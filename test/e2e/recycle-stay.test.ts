import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { test } from 'node:test';
import type { Recycle } from '@baton/admin';
import { until } from '@baton/core';
import { type Cluster, fixture, onePool, startCluster } from '../support/index.ts';

const app = fixture('endless-app.js');

/** A client that listens to a stream without end, and holds the numbers in it against each other. */
class Feed {
  readonly pid: string;
  /** Lines so far. */
  lines = 0;
  /** It ended, and how. */
  end: 'aborted' | 'ended' | undefined;
  private readonly response: IncomingMessage;
  private rest = '';

  private constructor(response: IncomingMessage, first: string) {
    this.response = response;
    this.pid = first.slice(0, first.indexOf(' '));
    this.take(first);
    response.on('data', (text: string) => this.take(text));
    response.on('aborted', () => {
      this.end ??= 'aborted';
    });
    response.on('error', () => {
      this.end ??= 'aborted';
    });
    response.on('end', () => {
      this.end ??= 'ended';
    });
  }

  static async open(cluster: Cluster): Promise<Feed> {
    const [response] = (await once(get(`${cluster.url}/feed?secret=1`, { agent: false }), 'response')) as [IncomingMessage];
    response.setEncoding('utf8');
    const [first] = (await once(response, 'data')) as [string];
    return new Feed(response, first);
  }

  close(): void {
    this.response.destroy();
  }

  /** Waits for further lines. */
  async goesOn(): Promise<void> {
    const wanted = this.lines + 10;
    await until(() => this.lines >= wanted || this.end, 20_000, 'ten further lines');
    assert.equal(this.end, undefined, 'the stream goes on');
  }

  private take(text: string): void {
    const lines = `${this.rest}${text}`.split('\n');
    this.rest = lines.pop()!;
    for (const line of lines) assert.equal(line, `${this.pid} ${++this.lines}`);
  }
}

const show = (cluster: Cluster, id: string) => cluster.baton<Recycle>('recycle', 'show', id);
const who = async (cluster: Cluster) => (await fetch(cluster.url)).text();

/** Asks for a recycle and waits until WAS has another generation serve: before, further wishes join this one. No request of ours is in its receipt. */
async function recycle(cluster: Cluster): Promise<string> {
  const { recycleIds } = await cluster.admin.recyclePool('app', { reason: 'a test' });
  const [id] = recycleIds;
  await until(async () => (await show(cluster, id!)).draining, 20_000, 'the drain of the former generation', 50);
  return id!;
}

/** The receipt once it names what holds its drain. */
const held = (cluster: Cluster, id: string) =>
  until(
    async () => {
      const receipt = await show(cluster, id);
      return receipt.holderCount > 0 ? receipt : undefined;
    },
    20_000,
    `what holds ${id}`,
    100,
  );

test('streams without end stay with their generations, two of which drain at once; a third recycle waits for one to end', async () => {
  await using cluster = await startCluster({ config: onePool(app, 'drain: { policy: stay, maxDrainAge: 5m, maxDraining: 2 }') });
  const first = await Feed.open(cluster);
  const r1 = await recycle(cluster);
  const second = await Feed.open(cluster);
  assert.notEqual(second.pid, first.pid);
  const r2 = await recycle(cluster);
  const third = await who(cluster);
  assert.equal(new Set([first.pid, second.pid, third]).size, 3, 'three generations run at once');
  await first.goesOn();
  await second.goesOn();

  const receipt = await held(cluster, r1);
  assert.equal(receipt.outcome, 'running');
  assert.equal(receipt.draining?.limitMs, 300_000);
  const [{ client, forMs, ...holder } = { client: '', forMs: 0 }] = receipt.holders;
  assert.deepEqual(holder, { kind: 'request', app: 'app', what: 'GET /feed' }, 'without its query');
  assert.match(client, /^(::ffff:)?127\.0\.0\.1$/);
  const later = await until(
    async () => {
      const { holders } = await show(cluster, r1);
      return (holders[0]?.forMs ?? 0) > forMs ? holders[0] : undefined;
    },
    20_000,
    'its age to grow',
  );
  assert.ok(later);

  const { recycleIds } = await cluster.admin.recyclePool('app', { reason: 'one too many' });
  const r3 = recycleIds[0]!;
  await until(async () => (await show(cluster, r3)).waitsFor, 20_000, 'the reason why the third waits', 50);
  assert.match((await show(cluster, r3)).waitsFor ?? '', /2 of app\/1 drain already/);
  await first.goesOn();
  assert.equal(await who(cluster), third, 'it waits');

  second.close();
  const done = await until(
    async () => {
      const one = await show(cluster, r2);
      return one.outcome === 'running' ? undefined : one;
    },
    30_000,
    'the end of the second recycle',
    100,
  );
  assert.deepEqual([done.outcome, done.inFlightAtHandover, done.finished, done.failed, done.incomplete], ['completed', 1, 1, 0, false]);
  assert.deepEqual([done.holders, done.holderCount, done.draining], [[], 0, null]);
  await until(async () => (await who(cluster)) !== third, 30_000, 'the third recycle', 50);
  await first.goesOn();
  assert.equal((await show(cluster, r1)).outcome, 'running');

  first.close();
  for (const id of [r1, r3]) {
    await until(async () => (await show(cluster, id)).outcome !== 'running', 30_000, `the end of ${id}`, 100);
    const { outcome, finished, failed, incomplete, inFlightAtHandover } = await show(cluster, id);
    assert.deepEqual([outcome, finished, failed, incomplete], ['completed', inFlightAtHandover, 0, false], id);
  }
});

test('a stream that stays is ended at maxDrainAge, and its receipt says that it failed', async () => {
  await using cluster = await startCluster({
    config: onePool(app, 'drain: { policy: stay, maxDrainAge: 6s }\n    processModel: { shutdownTimeLimit: 2s }'),
  });
  const feed = await Feed.open(cluster);
  const began = Date.now();
  const id = await recycle(cluster);
  await held(cluster, id);
  await until(() => feed.end, 30_000, 'the end of the stream');
  const tookMs = Date.now() - began;
  assert.ok(tookMs >= 4_000, `it ended after ${tookMs} ms, long after shutdownTimeLimit`);
  await until(async () => (await show(cluster, id)).outcome !== 'running', 30_000, 'the receipt', 100);
  const { inFlightAtHandover, finished, failed } = await show(cluster, id);
  assert.deepEqual([inFlightAtHandover, finished, failed], [1, 0, 1]);
});

test('of a pool that waits one recycle follows the other, and what holds the first is named', async () => {
  await using cluster = await startCluster({
    config: onePool(app, 'drain: { policy: wait }\n    processModel: { shutdownTimeLimit: 60s }'),
  });
  const feed = await Feed.open(cluster);
  const id = await recycle(cluster);
  assert.equal((await held(cluster, id)).holders[0]?.what, 'GET /feed');
  const { recycleIds } = await cluster.admin.recyclePool('app', { reason: 'another' });
  assert.deepEqual(recycleIds, [id], 'it is joined');
  await feed.goesOn();
  feed.close();
  await until(async () => (await show(cluster, id)).outcome !== 'running', 30_000, 'the end', 100);
  const { outcome, finished, failed, incomplete, overlapMs } = await show(cluster, id);
  assert.deepEqual([outcome, finished, failed, incomplete], ['completed', 1, 0, false]);
  assert.ok((overlapMs ?? 0) > 200, `${overlapMs} ms`);
});
