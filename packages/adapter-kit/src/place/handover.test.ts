import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeSession } from '../testing/fake-session.ts';
import { order, replacement, setUp } from '../testing/set-up-place.ts';

describe('hand-over', () => {
  it('moves eligibility in one step: drain follows the last open of the old one', () => {
    const { place, submit, connect } = setUp();
    const old = connect(new FakeSession());
    submit();
    submit();
    const next = connect(replacement(2));
    assert.deepEqual(place.handover(order()), { kind: 'done', inFlight: 2 });
    submit();
    assert.deepEqual(old.frames, ['open /1', 'open /2', 'drain']);
    assert.deepEqual(next.frames, ['open /3']);
  });

  it('answers notReady while the new one is not connected, is suspended or has said leaving, and changes nothing', () => {
    const { place, submit, connect } = setUp();
    const old = connect(new FakeSession());
    assert.deepEqual(place.handover(order()), { kind: 'notReady' });
    const next = connect(replacement(2));
    next.state = 'suspended';
    assert.deepEqual(place.handover(order()), { kind: 'notReady' });
    next.state = 'open';
    next.leaving = true;
    assert.deepEqual(place.handover(order()), { kind: 'notReady' });
    assert.equal(submit().workerId, 'w1');
    assert.deepEqual(old.frames, ['open /1']);
  });

  it('answers a repeated Handover with the number of the first time', () => {
    const { place, submit, connect } = setUp();
    const old = connect(new FakeSession());
    submit();
    connect(replacement(2));
    assert.deepEqual(place.handover(order()), { kind: 'done', inFlight: 1 });
    old.forget(old.streams[0]!);
    assert.deepEqual(place.handover(order()), { kind: 'done', inFlight: 1 });
    assert.deepEqual(old.frames, ['open /1', 'drain']);
  });

  it('also drains another instance that was eligible', () => {
    const { place, connect } = setUp();
    const old = connect(new FakeSession({ generation: 3 }));
    connect(replacement(5));
    assert.deepEqual(place.handover(order({ from: 'w4', to: 'w5' })), { kind: 'done', inFlight: 0 });
    assert.deepEqual(old.frames, ['drain']);
  });

  it('gives the old one back after a roll-back only when it has acknowledged the resume frame', async () => {
    const { place, submit, connect } = setUp();
    const old = connect(new FakeSession());
    const next = connect(replacement(2));
    place.handover(order());
    assert.deepEqual(place.handover(order({ from: 'w2', to: 'w1' })), { kind: 'done', inFlight: 0 });
    assert.deepEqual(old.frames, ['drain', 'resume']);
    assert.deepEqual(next.frames, ['drain']);
    const request = submit();
    assert.equal(request.workerId, undefined);
    await old.acknowledgeResume();
    assert.equal(request.workerId, 'w1');
  });

  it('gives nothing to a worker that was told to stop and never acknowledges', async () => {
    const { place, submit, connect } = setUp();
    const old = connect(new FakeSession());
    connect(replacement(2));
    place.handover(order());
    place.handover(order({ from: 'w2', to: 'w1' }));
    const request = submit();
    place.handover(order());
    await old.acknowledgeResume();
    assert.equal(request.workerId, undefined, 'w2 was drained by the roll-back and has not acknowledged either');
    assert.deepEqual(old.frames, ['drain', 'resume', 'drain']);
  });

  it('parks on a Handover to nobody and delivers to the activation that follows', () => {
    const { place, submit, connect, needs } = setUp();
    const old = connect(new FakeSession());
    assert.deepEqual(place.handover(order({ to: '' })), { kind: 'done', inFlight: 0 });
    const request = submit();
    assert.equal(request.workerId, undefined);
    assert.equal(place.needCause, 'recycle');
    assert.equal(needs(), 1);
    assert.deepEqual(old.frames, ['drain']);
    connect(new FakeSession({ generation: 2 }));
    assert.equal(request.workerId, 'w2');
  });

  it('answers busy to onlyIfIdle while anything is in flight or parked, and goes on serving', () => {
    const { place, submit, connect } = setUp();
    const worker = connect(new FakeSession());
    submit();
    assert.deepEqual(place.handover(order({ to: '', onlyIfIdle: true })), { kind: 'busy', inFlight: 1, parked: 0 });
    worker.forget(worker.streams[0]!);
    worker.writable = false;
    submit();
    assert.deepEqual(place.handover(order({ to: '', onlyIfIdle: true })), { kind: 'busy', inFlight: 0, parked: 1 });
    worker.writable = true;
    place.changed();
    assert.equal(submit().workerId, 'w1');
  });

  it('obeys onlyIfIdle when it is idle; the next request needs a worker', () => {
    const { place, submit, connect, needs } = setUp();
    const worker = connect(new FakeSession());
    assert.deepEqual(place.handover(order({ to: '', onlyIfIdle: true })), { kind: 'done', inFlight: 0 });
    assert.deepEqual(worker.frames, ['drain']);
    const request = submit();
    assert.equal(request.workerId, undefined);
    assert.equal(place.needCause, 'first-request');
    assert.equal(needs(), 1);
  });
});
