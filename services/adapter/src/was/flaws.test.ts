import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canOpenNew, handover, StagedWorker } from '@baton/adapter-kit/testing';
import { until } from '@baton/core';
import { openStage } from '../testing/stage.ts';

// Each test is named after an entry of FLAWS or BUGS in test/model, and takes a real adapter with its link to WAS along its shortest trace.

const OK = /^HTTP\/1\.1 200 /;

describe("the flaws of the model, on the adapter's link to WAS", () => {
  it('no rememberAnswer: an adapter that comes back reports what was in flight when its worker left, not what is left of it', async () => {
    await using t = await openStage();
    const client = await t.get('/1');
    await t.was.nthOpen();
    await using w1 = await StagedWorker.connect(t.service.adapter, 1);
    await w1.hasRead('begin /1');
    w1.way.hold();
    const moved = await t.get('/2');
    const { place } = t.service.adapter.pools.get('shop')!;
    await until(() => place.inFlight === 2, 5_000, 'the second request to be written', 2);
    t.was.down();
    // The recycle goes on without this adapter; the worker is told to stop.
    w1.session.leave('w2');
    await until(() => t.eligible() === 'w2', 5_000, 'the step to the successor', 2);
    w1.isRefusing = true;
    w1.way.release();
    await until(() => place.parked.size === 1, 5_000, 'the request that was not begun to be moved', 2);
    w1.answer('/1');
    await client.until(OK);
    await t.was.up();
    const { channels } = await t.was.nth('register', 2);
    const { eligibleWorkerId, lastInFlight } = channels[0]!.slots[0]!;
    assert.deepEqual([eligibleWorkerId, lastInFlight], ['w2', 2]);
    await using w2 = await StagedWorker.connect(t.service.adapter, 2, 'replacement:r1');
    await w2.hasRead('begin /2');
    w2.answer('/2');
    await moved.until(OK);
  });

  it('no openUnlessConnected: with a successor that never connected here, parked work uses the permission to open', async () => {
    await using t = await openStage();
    await t.get('/0');
    await t.was.nthOpen();
    await using w1 = await StagedWorker.connect(t.service.adapter, 1);
    await w1.hasRead('begin /0');
    w1.session.leave('w2');
    await until(() => t.eligible() === 'w2', 5_000, 'the step to the successor', 2);
    // w2 is dead already, and this adapter never knew it; the slot is empty.
    t.was.send(canOpenNew('shop', 1, 7));
    await t.get('/1');
    assert.equal((await t.was.nthOpen(2)).permission, 7);
  });

  it('adapter-obeys-old-leader: a Handover of an older epoch than the adapter has registered with changes nothing', async () => {
    await using t = await openStage();
    const first = await t.get('/0');
    await t.was.nthOpen();
    await using w1 = await StagedWorker.connect(t.service.adapter, 1);
    await w1.hasRead('begin /0');
    w1.answer('/0');
    await first.until(OK);
    t.was.down();
    t.was.epoch = 2;
    await t.was.up();
    await t.was.nth('register', 2);
    await until(() => t.service.was.isConnected, 5_000, 'the registration with the new leader', 2);
    const idleOut = handover({ recycleId: 'idle', fromWorkerId: 'w1', toWorkerId: '', onlyIfIdle: true });
    t.was.send(idleOut, 1);
    // It leaves the stream that speaks for the old leader and registers anew; an answer to anything sent after that comes behind.
    await t.was.nth('register', 3);
    await until(() => t.service.was.isConnected, 5_000, 'the registration after that', 2);
    t.was.send(handover({ recycleId: 'r2', fromWorkerId: 'w1', toWorkerId: 'w9' }));
    const answers = [(await t.was.nth('handoverAnswer')).recycleId, t.was.all('handoverAnswer').length];
    assert.deepEqual(answers, ['r2', 1]);
    assert.equal(t.eligible(), 'w1');
    const client = await t.get('/1');
    await w1.hasRead('begin /1');
    w1.answer('/1');
    await client.until(OK);
  });
});
