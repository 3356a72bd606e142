import assert from 'node:assert/strict';
import { sleep, until, within } from '@baton/core';
import {
  allStopped,
  applicationDeleted,
  appPoolChanged,
  bindingsChanged,
  identityChanged,
  poolCreated,
  poolDeleted,
  requestsBlocked,
} from '../testing/scripted-was.ts';
import type { Case } from './case.ts';

const QUIET_MS = 300;

/** What may change while an adapter serves. */
export const CHANGES: readonly Case[] = [
  {
    title: 'acknowledges IdentityChanged once the ACL has the new identity; who was in keeps his link, and only the new identity gets in',
    run: async (stage) => {
      const { open, worker: w1 } = await stage.activate();
      stage.was.send(identityChanged('shop', 'billing', 7));
      assert.equal((await stage.was.nth('acknowledgement')).number, 7);
      assert.deepEqual(await stage.send('with its link'), { kind: 'answered', text: 'with its link' });
      const old = stage.worker(open, 2, { role: 'replacement:r1' });
      assert.match(String(await within(old.ended, 10_000, 'the refusal')), /not let in/);
      const w3 = stage.worker(open, 3, { role: 'replacement:r1', poolIdentity: 'billing' });
      await within(w3.session, 10_000, 'the new identity to be let in');
      await stage.handOver('w1', 'w3');
      assert.deepEqual(await stage.send('new'), { kind: 'answered', text: 'new' });
      assert.deepEqual([w1.begun, w3.begun], [['first', 'with its link'], ['new']]);
      stage.was.send(identityChanged('nobody', 'x', 8));
      assert.equal((await stage.was.nth('acknowledgement', 2)).number, 8, 'WAS waits for it, whatever it is about');
    },
  },
  {
    title: 'gives nothing of a blocked application to a worker, not even what waited, and serves again when it is not blocked',
    run: async (stage) => {
      const { worker } = await stage.activate();
      stage.was.send(requestsBlocked('shop', true));
      await stage.was.settled();
      const outcome = await stage.send('blocked', { limitMs: stage.subject.onFailure === 'answer' ? 10_000 : QUIET_MS });
      assert.equal(outcome.kind, 'failed');
      await sleep(50);
      assert.deepEqual(worker.begun, ['first']);
      stage.was.send(requestsBlocked('shop', false));
      await stage.was.settled();
      assert.deepEqual(await stage.send('unblocked'), { kind: 'answered', text: 'unblocked' });
    },
  },
  {
    title: 'refuses what waits for a worker when its application is blocked, and opens nothing for it',
    run: async (stage) => {
      const waiting = stage.sendOnce('waits');
      await stage.was.nthOpen();
      stage.was.send(requestsBlocked('shop', true));
      await stage.was.settled();
      const worker = stage.worker(stage.was.opens[0]!, 1);
      await within(worker.session, 10_000, 'the worker');
      await sleep(50);
      assert.deepEqual(worker.begun, []);
      if (stage.subject.onFailure === 'answer') assert.equal((await waiting).kind, 'failed');
      stage.was.send(requestsBlocked('shop', false));
    },
  },
  {
    title: 'follows BindingsChanged: what came in by a binding that stays is not disturbed, a new one is served, one that is gone is not',
    run: async (stage) => {
      const { worker } = await stage.activate();
      const added = await stage.subject.createBinding();
      worker.isHolding = true;
      const held = stage.send('held');
      await worker.hasBegun('held');
      stage.was.send(bindingsChanged('shop', [stage.binding, added]));
      await stage.was.settled();
      const byNew = stage.sendOnce('by the new', added);
      await worker.hasBegun('by the new');
      worker.release();
      assert.deepEqual(await Promise.all([held, byNew]), [
        { kind: 'answered', text: 'held' },
        { kind: 'answered', text: 'by the new' },
      ]);
      stage.was.send(bindingsChanged('shop', [added]));
      await until(
        async () => (await stage.send('by the old', { limitMs: QUIET_MS })).kind !== 'answered',
        10_000,
        'the old binding to go',
        5,
      );
      assert.deepEqual(await stage.send('still', { binding: added }), { kind: 'answered', text: 'still' });
    },
  },
  {
    title: 'follows AppPoolChanged: work goes to the new pool at once, and the old channel is closed when its work has ended',
    stage: {
      before: (was) => {
        was.answersCloseAll = false;
      },
    },
    run: async (stage) => {
      const { open, worker: w1 } = await stage.activate();
      w1.isHolding = true;
      const held = stage.send('held');
      await w1.hasBegun('held');
      stage.was.send(poolCreated('other'));
      stage.was.send(appPoolChanged('shop', 'other'));
      await stage.was.settled();
      const sent = stage.send('other');
      const next = await stage.was.nthOpen(2);
      assert.deepEqual([next.poolId, next.permission], ['other', 0]);
      const w2 = stage.worker(next, 2);
      assert.deepEqual(await sent, { kind: 'answered', text: 'other' });
      assert.equal(stage.was.closeAlls.length, 0, 'its work has not ended');
      w1.release();
      assert.deepEqual(await held, { kind: 'answered', text: 'held' });
      await until(() => stage.was.closeAlls.length === 1, 10_000, 'CloseAll of the old channel', 2);
      assert.deepEqual([stage.was.closeAlls[0]!.poolId, stage.was.closeAlls[0]!.channelId], ['shop', open.channelId]);
      stage.was.send(allStopped('shop', open.channelId));
      stage.was.send(poolDeleted('shop'));
      await within(w1.ended, 10_000, 'the session of the old worker to end');
      const late = stage.worker(open, 3);
      assert.match(String(await late.ended), /not let in/, 'the channel is closed');
      assert.deepEqual([w1.begun, w2.begun], [['first', 'held'], ['other']]);
      stage.was.answersCloseAll = true;
    },
  },
  {
    title: 'closes the channel of an application that was deleted, and opens a new one when it comes back',
    run: async (stage) => {
      const { open } = await stage.activate();
      stage.was.send(applicationDeleted('shop'));
      await until(() => stage.was.closeAlls.length === 1, 10_000, 'CloseAll', 2);
      assert.notEqual((await stage.send('gone', { limitMs: QUIET_MS })).kind, 'answered');
      stage.was.send(poolDeleted('shop'));
      for (const callback of stage.was.configuration) stage.was.send(callback);
      const sent = stage.sendOnce('back');
      const next = await stage.was.nthOpen(2);
      assert.notEqual(next.channelId, open.channelId);
      stage.worker(next, 2);
      assert.deepEqual(await sent, { kind: 'answered', text: 'back' });
    },
  },
];
