import assert from 'node:assert/strict';
import { sleep, until, within } from '@baton/core';
import { poolStateChanged } from '../testing/scripted-was.ts';
import type { Case } from './case.ts';

const QUIET_MS = 300;
const MOST_BLOB = 65_536;

/** Open, CanOpenNew, blobs, and what workers may do with them. */
export const CHANNELS: readonly Case[] = [
  {
    title: 'opens nothing without work, and opens its channel once for all the work that waits, with a blob of at most 64 KiB',
    run: async (stage) => {
      await sleep(QUIET_MS);
      assert.equal(stage.was.opens.length, 0);
      const sent = ['one', 'two', 'three'].map((text) => stage.sendOnce(text));
      const { blob, blobByteCount, permission, poolId, protocolId } = await stage.was.nthOpen();
      assert.ok(blob.length > 0 && blob.length <= MOST_BLOB, `${blob.length} bytes`);
      assert.deepEqual([blobByteCount, permission, poolId, protocolId], [blob.length, 0, 'shop', stage.subject.protocol]);
      await sleep(QUIET_MS);
      assert.equal(stage.was.opens.length, 1, 'a second Open without CanOpenNew');
      stage.worker(stage.was.opens[0]!, 1);
      const outcomes = await Promise.all(sent);
      assert.deepEqual(outcomes.map((outcome) => (outcome.kind === 'answered' ? outcome.text : outcome.kind)).sort(), [
        'one',
        'three',
        'two',
      ]);
    },
  },
  {
    title: 'takes CanOpenNew for a permission: it opens again only for work that nobody takes, and once',
    run: async (stage) => {
      const { open, worker } = await stage.activate();
      stage.permit(open, 1);
      await sleep(QUIET_MS);
      assert.equal(stage.was.opens.length, 1, 'somebody serves');
      stage.was.send({ case: 'instanceGone', value: stage.was.goneOf('shop', worker.workerId) });
      await worker.ended;
      await sleep(QUIET_MS);
      assert.equal(stage.was.opens.length, 1, 'nothing waits');
      const sent = stage.send('next');
      const again = await stage.was.nthOpen(2);
      assert.deepEqual([again.permission, again.channelId], [1, open.channelId]);
      await sleep(QUIET_MS);
      assert.equal(stage.was.opens.length, 2, 'one permission is one Open');
      stage.worker(again, 2);
      assert.deepEqual(await sent, { kind: 'answered', text: 'next' });
    },
  },
  {
    title: 'lets several workers connect to one blob at the same time, and gives work to the eligible one alone',
    run: async (stage) => {
      const { open, worker } = await stage.activate();
      const [w2, w3] = await Promise.all([stage.replacement(open, 2), stage.replacement(open, 3)]);
      for (const text of ['a', 'b', 'c']) assert.deepEqual(await stage.send(text), { kind: 'answered', text });
      assert.deepEqual([worker.begun, w2.begun, w3.begun], [['first', 'a', 'b', 'c'], [], []]);
    },
  },
  {
    title: 'lets no worker in that has another pool, another identity, or no part in the channel',
    run: async (stage) => {
      const sent = stage.sendOnce('first');
      const open = await stage.was.nthOpen();
      const strangers = [{ pool: 'other' }, { poolIdentity: 'other' }, { channels: ['a1/999'] }].map((more) => stage.worker(open, 7, more));
      for (const stranger of strangers) assert.match(String(await within(stranger.ended, 10_000, 'the refusal')), /not let in/);
      stage.worker(open, 1);
      assert.deepEqual(await sent, { kind: 'answered', text: 'first' });
      for (const stranger of strangers) assert.deepEqual(stranger.begun, []);
    },
  },
  {
    title: 'gives nothing to the workers of a pool that was stopped, and serves again when it is started',
    run: async (stage) => {
      const { worker } = await stage.activate();
      stage.was.send(poolStateChanged('shop', false, 'by an operator'));
      stage.was.send({ case: 'handover', value: stage.was.handoverOf('shop', 'w1', '') });
      await stage.was.nth('handoverAnswer');
      const outcome = stage.send('stopped', { limitMs: stage.subject.onFailure === 'answer' ? 10_000 : QUIET_MS });
      assert.equal((await outcome).kind, 'failed');
      assert.deepEqual(worker.begun, ['first']);
      stage.was.send(poolStateChanged('shop', true));
      stage.was.send({ case: 'handover', value: stage.was.handoverOf('shop', '', 'w1') });
      await until(() => !worker.isDrained, 10_000, 'the worker to take work again', 2);
      assert.deepEqual(await stage.send('started'), { kind: 'answered', text: 'started' });
    },
  },
];
