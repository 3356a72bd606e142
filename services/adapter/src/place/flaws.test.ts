import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HandoverOrder } from '@baton/adapter-kit';
import { StagedWorker } from '@baton/adapter-kit/testing';
import { until } from '@baton/core';
import { type Harness, startAdapter } from '../testing/harness.ts';

// Each test is named after an entry of FLAWS or BUGS in test/model, and takes the real adapter and real links along its shortest trace.

const RECYCLE: HandoverOrder = { recycleId: 'r1', slot: 'shop/1', from: 'w1', to: 'w2', onlyIfIdle: false };
const BACK: HandoverOrder = { ...RECYCLE, from: 'w2', to: 'w1' };
const OK = /^HTTP\/1\.1 200 /;

const open = (): Promise<Harness> => startAdapter({ isCold: true });

describe('the flaws of the model, at the adapter', () => {
  it('no resumeFrame: after a roll-back a request goes to the old worker behind a resume frame that it has acknowledged', async () => {
    await using t = await open();
    await using w1 = await StagedWorker.connect(t.adapter, 1);
    await using _w2 = await StagedWorker.connect(t.adapter, 2, 'replacement:r1');
    assert.deepEqual(t.pool.place.handover(RECYCLE), { kind: 'done', inFlight: 0 });
    await w1.hasRead('drain');
    w1.way.hold();
    assert.equal(t.pool.place.handover(BACK).kind, 'done');
    const client = (await t.client()).get('/1');
    await until(() => t.pool.place.parked.size === 1, 5_000, 'the request to wait for the acknowledgement', 2);
    w1.way.release();
    await w1.hasRead('begin /1');
    assert.deepEqual(w1.read, ['drain', 'resume', 'begin /1']);
    assert.equal(w1.session.drained, false);
    w1.answer('/1');
    await client.until(OK);
  });

  it('no resumeAcked: a request waits for an acknowledgement that a worker told to stop never gives, and goes to the next worker', async () => {
    await using t = await open();
    const { place } = t.pool;
    await using w1 = await StagedWorker.connect(t.adapter, 1);
    const w2 = await StagedWorker.connect(t.adapter, 2, 'replacement:r1');
    place.handover(RECYCLE);
    await w1.hasRead('drain');
    await w2[Symbol.asyncDispose]();
    place.gone('shop/1', 'w2', 'killed', false);
    w1.way.hold();
    assert.equal(place.handover(BACK).kind, 'done');
    const client = (await t.client()).get('/1');
    await until(() => place.parked.size === 1, 5_000, 'the request to wait', 2);
    await using w3 = await StagedWorker.connect(t.adapter, 3, 'replacement:r2');
    assert.equal(place.parked.size, 1);
    assert.deepEqual(place.handover({ ...RECYCLE, recycleId: 'r2', to: 'w3' }), { kind: 'done', inFlight: 0 });
    await w3.hasRead('begin /1');
    // The stop order comes to the worker before it reads what was held back.
    w1.session.leave('w3');
    w1.way.release();
    await until(() => place.slots.get('shop/1')?.instances.get('w1')?.session.leaving, 5_000, 'leaving', 2);
    await until(() => w1.session.drained && w1.read.filter((frame) => frame === 'drain').length === 2, 5_000, 'the second drain', 2);
    w3.answer('/1');
    await client.until(OK);
    assert.deepEqual(w1.read, ['drain', 'drain']);
  });

  it('no lateConnect: an activation that was drained before it connected gets drain first, and no work', async () => {
    await using t = await open();
    await using w2 = await StagedWorker.connect(t.adapter, 2, 'replacement:r1');
    assert.deepEqual(t.pool.place.handover(RECYCLE), { kind: 'done', inFlight: 0 });
    await using w1 = await StagedWorker.connect(t.adapter, 1);
    const client = (await t.client()).get('/1');
    await w2.hasRead('begin /1');
    await w1.hasRead('drain');
    w2.answer('/1');
    await client.until(OK);
    assert.deepEqual(w1.read, ['drain']);
    assert.equal(t.pool.place.slots.get('shop/1')?.eligible?.workerId, 'w2');
  });

  it('no lateConnect, in a slot that was parked: an activation that was drained before it connected stays out of it', async () => {
    await using t = await open();
    assert.deepEqual(t.pool.place.handover({ ...RECYCLE, to: '' }), { kind: 'done', inFlight: 0 });
    const client = (await t.client()).get('/1');
    await until(() => t.pool.place.parked.size === 1, 5_000, 'the request to be parked', 2);
    await using w1 = await StagedWorker.connect(t.adapter, 1);
    await w1.hasRead('drain');
    assert.equal(t.pool.place.slots.get('shop/1')?.eligible, undefined);
    await using w2 = await StagedWorker.connect(t.adapter, 2);
    await w2.hasRead('begin /1');
    w2.answer('/1');
    await client.until(OK);
    assert.deepEqual(w1.read, ['drain']);
  });

  it('no lateConnect after a crash: the activation that follows a dead worker drains it in the step in which it connects', async () => {
    await using t = await open();
    await using w1 = await StagedWorker.connect(t.adapter, 1);
    // w1 is dead, which this adapter has not been told.
    w1.way.hold();
    await using w2 = await StagedWorker.connect(t.adapter, 2);
    const slot = t.pool.place.slots.get('shop/1')!;
    assert.deepEqual([slot.eligible?.workerId, slot.marks.get('w1')], ['w2', 'drained']);
    const client = (await t.client()).get('/1');
    await w2.hasRead('begin /1');
    t.pool.place.gone('shop/1', 'w1', 'killed', false);
    w2.answer('/1');
    await client.until(OK);
    assert.equal(slot.eligible?.workerId, 'w2');
  });

  it('no rememberAnswer: a repeated Handover is answered with the number of the first time, whatever has ended since', async () => {
    await using t = await open();
    const { place } = t.pool;
    await using w1 = await StagedWorker.connect(t.adapter, 1);
    await using _w2 = await StagedWorker.connect(t.adapter, 2, 'replacement:r1');
    const client = (await t.client()).get('/1');
    await w1.hasRead('begin /1');
    assert.deepEqual(place.handover(RECYCLE), { kind: 'done', inFlight: 1 });
    w1.answer('/1');
    await client.until(OK);
    assert.equal(place.inFlight, 0);
    assert.deepEqual(place.handover(RECYCLE), { kind: 'done', inFlight: 1 });
  });

  it('eligible-on-connect: a replacement gets no work because it connects', async () => {
    await using t = await open();
    await using w1 = await StagedWorker.connect(t.adapter, 1);
    await using w2 = await StagedWorker.connect(t.adapter, 2, 'replacement:r1');
    const clients = [(await t.client()).get('/1'), (await t.client()).get('/2')];
    for (const url of ['/1', '/2']) {
      await w1.hasRead(`begin ${url}`);
      w1.answer(url);
    }
    for (const client of clients) await client.until(OK);
    assert.deepEqual([w1.read, w2.read], [['begin /1', 'begin /2'], []]);
  });

  it('deliver-unconnected: what a leaving worker hands to a successor that is not connected here waits for it', async () => {
    await using t = await open();
    const { place } = t.pool;
    await using w1 = await StagedWorker.connect(t.adapter, 1);
    w1.session.leave('w2');
    await w1.hasRead('drain');
    assert.equal(place.slots.get('shop/1')?.eligible?.workerId, 'w2');
    const client = (await t.client()).get('/1');
    await until(() => place.parked.size === 1, 5_000, 'the request to be parked', 2);
    await using w2 = await StagedWorker.connect(t.adapter, 2, 'replacement:r1');
    await w2.hasRead('begin /1');
    w2.answer('/1');
    await client.until(OK);
    assert.deepEqual([w1.read, w2.read], [['drain'], ['begin /1']]);
  });

  it('no leaving: what was written to a worker before it was told to stop is begun or moved, and it is drained only after that', async () => {
    await using t = await open();
    const { place } = t.pool;
    await using w1 = await StagedWorker.connect(t.adapter, 1);
    await using w2 = await StagedWorker.connect(t.adapter, 2, 'replacement:r1');
    w1.way.hold();
    const client = await t.client();
    client.send('POST /1 HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 0\r\n\r\n');
    await until(() => place.inFlight === 1, 5_000, 'the request to be written', 2);
    assert.deepEqual(place.handover(RECYCLE), { kind: 'done', inFlight: 1 });
    w1.session.leave('w2');
    // Nothing has come to the worker, so it may not go yet: the drain frame is still on its way, behind the request.
    assert.equal(w1.session.drained, false);
    w1.way.release();
    await until(() => w1.session.drained, 5_000, 'the drain frame', 2);
    w1.answer('/1');
    await client.until(OK);
    assert.deepEqual([w1.read, w1.session.inFlight, w2.read], [['begin /1', 'drain'], 0, []]);
  });

  it('no leaving, past the limit of the old worker: what it refuses then is moved, whatever its method', async () => {
    await using t = await open();
    const { place } = t.pool;
    await using w1 = await StagedWorker.connect(t.adapter, 1);
    await using w2 = await StagedWorker.connect(t.adapter, 2, 'replacement:r1');
    w1.way.hold();
    const client = await t.client();
    client.send('POST /1 HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 0\r\n\r\n');
    await until(() => place.inFlight === 1, 5_000, 'the request to be written', 2);
    assert.deepEqual(place.handover(RECYCLE), { kind: 'done', inFlight: 1 });
    w1.session.leave('w2');
    w1.isRefusing = true;
    w1.way.release();
    await w2.hasRead('begin /1');
    w2.answer('/1');
    await client.until(OK);
    assert.deepEqual(w1.read, ['refuse /1', 'drain']);
  });

  it('no leaving while the streams are down: an adapter without WAS hands over because the worker says leaving', async () => {
    await using t = await open();
    const { place } = t.pool;
    await using w1 = await StagedWorker.connect(t.adapter, 1);
    await using w2 = await StagedWorker.connect(t.adapter, 2, 'replacement:r1');
    w1.way.hold();
    const [first, second] = [await t.client(), await t.client()];
    first.send('POST /1 HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 0\r\n\r\n');
    await until(() => place.inFlight === 1, 5_000, 'the request to be written', 2);
    // The recycle was committed without this adapter: its channel is detached, no Handover comes.
    w1.session.leave('w2');
    await until(() => place.slots.get('shop/1')?.eligible?.workerId === 'w2', 5_000, 'the step to the successor', 2);
    assert.equal(w1.session.drained, false);
    second.get('/2');
    w1.way.release();
    await w1.hasRead('begin /1');
    w1.answer('/1');
    await w2.hasRead('begin /2');
    w2.answer('/2');
    for (const client of [first, second]) await client.until(OK);
    await until(() => w1.session.drained, 5_000, 'the drain frame', 2);
    assert.deepEqual([w1.read, w2.read], [['begin /1', 'drain'], ['begin /2']]);
  });
});
