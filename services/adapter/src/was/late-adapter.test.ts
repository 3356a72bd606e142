import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { handover, instanceGone, StagedWorker } from '@baton/adapter-kit/testing';
import { until } from '@baton/core';
import type { listener } from '@baton/proto';
import { openStage, type Stage } from '../testing/stage.ts';

const OK = /^HTTP\/1\.1 200 /;
const placeOf = ({ service }: Stage) => service.adapter.pools.get('shop')!.place;
const inFlightOf = ({ answer }: listener.HandoverAnswer): number | undefined =>
  answer.case === 'done' ? answer.value.inFlight : undefined;

/** An adapter whose clients asked for /1 before any worker is connected, as WAS hears it: it has opened its channel. */
async function openWithWork(): Promise<Stage> {
  const t = await openStage();
  await t.get('/1');
  await t.was.nthOpen();
  return t;
}

describe('an adapter that registers in the middle of a recycle', () => {
  it('serves by the old worker until its Handover comes, although the replacement connects first', async () => {
    await using t = await openWithWork();
    await using w2 = await StagedWorker.connect(t.service.adapter, 2, 'replacement:r1');
    assert.equal(t.eligible(), undefined);
    assert.equal(placeOf(t).parked.size, 1);
    await using w1 = await StagedWorker.connect(t.service.adapter, 1);
    await w1.hasRead('begin /1');
    t.was.send(handover({}));
    assert.equal(inFlightOf(await t.was.nth('handoverAnswer')), 1);
    const client = await t.get('/2');
    await w2.hasRead('begin /2');
    w1.answer('/1');
    w2.answer('/2');
    await client.until(OK);
    const report = await t.was.nth('recycleReport');
    assert.deepEqual([report.recycleId, report.inFlightAtHandover, report.finished, report.final], ['r1', 1, 1, true]);
    assert.deepEqual([w1.read, w2.read], [['begin /1', 'drain'], ['begin /2']]);
  });

  it('has the old worker drained by its first frame when the Handover comes before that one connects', async () => {
    await using t = await openWithWork();
    await using w2 = await StagedWorker.connect(t.service.adapter, 2, 'replacement:r1');
    t.was.send(handover({}));
    assert.equal(inFlightOf(await t.was.nth('handoverAnswer')), 0);
    await w2.hasRead('begin /1');
    await using w1 = await StagedWorker.connect(t.service.adapter, 1);
    await w1.hasRead('drain');
    assert.deepEqual([w1.read, t.eligible()], [['drain'], 'w2']);
  });

  it('says notReady until the replacement is connected there too', async () => {
    await using t = await openWithWork();
    await using w1 = await StagedWorker.connect(t.service.adapter, 1);
    t.was.send(handover({}));
    assert.equal((await t.was.nth('handoverAnswer')).answer.case, 'notReady');
    assert.deepEqual([w1.read.includes('drain'), t.eligible()], [false, 'w1']);
    await using w2 = await StagedWorker.connect(t.service.adapter, 2, 'replacement:r1');
    t.was.send(handover({}));
    assert.equal(inFlightOf(await t.was.nth('handoverAnswer', 2)), 1);
    await w1.hasRead('drain');
    assert.deepEqual(w2.read, []);
  });

  it('after the commit, or restarted, waits with a replacement that is connected until WAS says Handover', async () => {
    await using t = await openWithWork();
    await using w2 = await StagedWorker.connect(t.service.adapter, 2, 'replacement:r1');
    t.was.down();
    await t.was.up();
    const { channels } = await t.was.nth('register', 2);
    const { eligibleWorkerId, lastRecycleId, highestGeneration } = channels[0]!.slots[0]!;
    assert.deepEqual([eligibleWorkerId, lastRecycleId, highestGeneration], ['', '', 2]);
    assert.deepEqual([t.eligible(), w2.read, placeOf(t).parked.size], [undefined, [], 1]);
    t.was.send(handover({ recycleId: 'after r1', fromWorkerId: '' }));
    assert.equal(inFlightOf(await t.was.nth('handoverAnswer')), 0);
    await w2.hasRead('begin /1');
  });
});

describe('an adapter that is late', () => {
  it('hears of a Handover after the old worker has left, and answers with what was in flight then', async () => {
    await using t = await openWithWork();
    await using w1 = await StagedWorker.connect(t.service.adapter, 1);
    await using w2 = await StagedWorker.connect(t.service.adapter, 2, 'replacement:r1');
    await w1.hasRead('begin /1');
    // Its stream is down, so the others commit without it, and the worker is told to stop.
    t.was.down();
    w1.session.leave('w2');
    await w1.hasRead('drain');
    const client = await t.get('/2');
    await w2.hasRead('begin /2');
    w1.answer('/1');
    await until(() => w1.session.inFlight === 0);
    await t.was.up();
    const { channels } = await t.was.nth('register', 2);
    const { eligibleWorkerId, lastRecycleId, lastInFlight } = channels[0]!.slots[0]!;
    assert.deepEqual([eligibleWorkerId, lastRecycleId, lastInFlight], ['w2', 'r1', 1]);
    t.was.send(handover({}));
    assert.equal(inFlightOf(await t.was.nth('handoverAnswer')), 1);
    const report = await t.was.nth('recycleReport');
    assert.deepEqual([report.recycleId, report.inFlightAtHandover, report.finished, report.final], ['r1', 1, 1, true]);
    w2.answer('/2');
    await client.until(OK);
  });

  it('answers both of two Handovers that it reads at once with the same number, and switches once', async () => {
    await using t = await openWithWork();
    await using w1 = await StagedWorker.connect(t.service.adapter, 1);
    await using w2 = await StagedWorker.connect(t.service.adapter, 2, 'replacement:r1');
    await w1.hasRead('begin /1');
    t.was.send(handover({}));
    t.was.send(handover({}));
    const answers = [await t.was.nth('handoverAnswer'), await t.was.nth('handoverAnswer', 2)];
    assert.deepEqual(answers.map(inFlightOf), [1, 1]);
    w1.answer('/1');
    await t.was.nth('recycleReport');
    t.was.send(handover({}));
    assert.equal(inFlightOf(await t.was.nth('handoverAnswer', 3)), 1);
    assert.deepEqual([w1.read, w2.read], [['begin /1', 'drain'], []]);
  });

  it('is rolled back although it never switched: the old worker goes on without a frame', async () => {
    await using t = await openWithWork();
    await using w1 = await StagedWorker.connect(t.service.adapter, 1);
    t.was.send(handover({}));
    assert.equal((await t.was.nth('handoverAnswer')).answer.case, 'notReady');
    t.was.send(handover({ fromWorkerId: 'w2', toWorkerId: 'w1' }));
    assert.equal(inFlightOf(await t.was.nth('handoverAnswer', 2)), 0);
    const client = await t.get('/2');
    for (const url of ['/1', '/2']) {
      await w1.hasRead(`begin ${url}`);
      w1.answer(url);
    }
    await client.until(OK);
    assert.deepEqual(w1.read, ['begin /1', 'begin /2']);
    await using w2 = await StagedWorker.connect(t.service.adapter, 2, 'replacement:r1');
    await w2.hasRead('drain');
    assert.equal(t.eligible(), 'w1');
  });

  it('names the drained worker too when it registers again, and runs its safe requests again once it is told of the death', async () => {
    await using t = await openStage();
    const client = await t.get('/1');
    await t.was.nthOpen();
    await using w1 = await StagedWorker.connect(t.service.adapter, 1);
    await using w2 = await StagedWorker.connect(t.service.adapter, 2, 'replacement:r1');
    await w1.hasRead('begin /1');
    t.was.send(handover({}));
    assert.equal(inFlightOf(await t.was.nth('handoverAnswer')), 1);
    t.was.down();
    w1.way.close();
    await t.was.up();
    const { channels } = await t.was.nth('register', 2);
    const { eligibleWorkerId, workerIds } = channels[0]!.slots[0]!;
    assert.deepEqual([eligibleWorkerId, workerIds.toSorted()], ['w2', ['w1', 'w2']]);
    t.was.send(instanceGone('w1'));
    await w2.hasRead('begin /1');
    w2.answer('/1');
    await client.until(OK);
    const report = await t.was.nth('recycleReport');
    assert.deepEqual([report.inFlightAtHandover, report.replayed, report.final], [1, 1, true]);
    t.was.down();
    await t.was.up();
    assert.deepEqual((await t.was.nth('register', 3)).channels[0]!.slots[0]!.workerIds, ['w2'], 'nothing is kept of the dead');
  });

  it('does nothing for a Handover of a channel that it has closed', async () => {
    await using t = await openWithWork();
    await using w1 = await StagedWorker.connect(t.service.adapter, 1);
    await using w2 = await StagedWorker.connect(t.service.adapter, 2, 'replacement:r1');
    t.was.send(handover({ channelId: 7 }));
    const { answer, channelId } = await t.was.nth('handoverAnswer');
    assert.deepEqual([answer.case, channelId, t.eligible()], ['notReady', 7, 'w1']);
    assert.deepEqual([w1.read.includes('drain'), w2.read], [false, []]);
  });
});
