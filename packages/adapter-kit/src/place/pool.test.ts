import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeRequest } from '../testing/fake-request.ts';
import { FakeSession } from '../testing/fake-session.ts';
import { order, replacement, setUp } from '../testing/set-up-place.ts';

describe('becoming ready', () => {
  it('parks a request nobody is there for, and delivers it when an activation connects', () => {
    const { submit, connect, needs } = setUp();
    const request = submit();
    assert.equal(request.workerId, undefined);
    assert.equal(needs(), 1);
    const worker = connect(new FakeSession());
    assert.equal(request.workerId, 'w1');
    assert.deepEqual(worker.frames, ['open /1']);
  });

  it('does not make a replacement eligible because it connects', () => {
    const { submit, connect } = setUp();
    connect(new FakeSession());
    connect(replacement(2));
    assert.equal(submit().workerId, 'w1');
  });

  it('drains a lower generation in the step in which an activation connects', () => {
    const { submit, connect } = setUp();
    const old = connect(new FakeSession());
    submit();
    connect(new FakeSession({ generation: 2 }));
    assert.deepEqual(old.frames, ['open /1', 'drain']);
    assert.equal(submit().workerId, 'w2');
  });

  it('leaves an activation below an eligible higher generation alone', () => {
    const { submit, connect } = setUp();
    connect(new FakeSession({ generation: 5 }));
    connect(new FakeSession({ generation: 4 }));
    assert.equal(submit().workerId, 'w5');
  });

  it('gives an activation that was drained before it connected a drain frame first, and no work', () => {
    const { place, submit, connect } = setUp();
    connect(replacement(2));
    assert.deepEqual(place.handover(order()), { kind: 'done', inFlight: 0 });
    const late = connect(new FakeSession());
    assert.deepEqual(late.frames, ['drain']);
    assert.equal(submit().workerId, 'w2');
  });

  it('delivers to the slot with the fewest requests in flight, in turn where they are equal', () => {
    const { submit, connect } = setUp();
    const a = connect(new FakeSession({ workerId: 'a', slot: 'shop/1' }));
    connect(new FakeSession({ workerId: 'b', slot: 'shop/2' }));
    connect(new FakeSession({ workerId: 'c', slot: 'shop/3' }));
    assert.deepEqual([submit(), submit(), submit()].map((request) => request.workerId).sort(), ['a', 'b', 'c']);
    const turns = [submit(), submit(), submit()].map((request) => request.workerId);
    assert.deepEqual([...turns].sort(), ['a', 'b', 'c']);
    for (const stream of a.streams) a.forget(stream);
    assert.equal(submit().workerId, 'a');
    assert.equal(submit().workerId, 'a');
  });

  it('gives nothing to a session that takes nothing now, and delivers when it does again', () => {
    const { place, submit, connect } = setUp();
    const worker = connect(new FakeSession());
    worker.writable = false;
    const request = submit();
    assert.equal(request.workerId, undefined);
    worker.writable = true;
    place.changed();
    assert.equal(request.workerId, 'w1');
  });

  it('holds work back while the link of the eligible worker is down, and needs no Open when it is back', () => {
    const { place, submit, connect, needs } = setUp();
    const worker = connect(new FakeSession());
    worker.state = 'suspended';
    place.changed();
    const request = submit();
    assert.equal(request.workerId, undefined);
    assert.equal(needs(), 1);
    worker.state = 'open';
    place.changed();
    assert.equal(request.workerId, 'w1');
  });
});

describe('the queue', () => {
  it('refuses past queueLength and takes one more when one has left', () => {
    const { place, submit } = setUp(2);
    const first = submit();
    submit();
    assert.match(submit().refusal ?? '', /^QUEUE_FULL/);
    assert.equal(place.unpark(first), true);
    assert.equal(submit().refusal, undefined);
  });

  it('takes a moved request although the queue is full', () => {
    const { place, submit } = setUp(1);
    submit();
    const moved = new FakeRequest('/moved');
    place.move(moved);
    assert.equal(moved.refusal, undefined);
    assert.equal(place.parked.size, 2);
  });

  it('refuses what waits and what comes as soon as the pool stops', () => {
    const { place, submit } = setUp();
    const waiting = submit();
    place.setEnabled(false, 'stopped by an operator');
    assert.equal(waiting.refusal, 'POOL_STOPPED: stopped by an operator');
    assert.equal(submit().refusal, 'POOL_STOPPED: stopped by an operator');
    place.setEnabled(true, '');
    assert.equal(submit().refusal, undefined);
  });

  it('does not call the start after a stop a recycle', () => {
    const { place, submit, connect } = setUp();
    connect(new FakeSession());
    place.setEnabled(false, 'stopped by an operator');
    place.handover(order({ to: '' }));
    place.setEnabled(true, '');
    submit();
    assert.equal(place.needCause, 'first-request');
  });

  it('calls the start after a recycle without overlap a recycle, also when WAS says once more that the pool is started', () => {
    const { place, submit, connect } = setUp();
    connect(new FakeSession());
    place.handover(order({ to: '' }));
    place.setEnabled(true, '');
    submit();
    assert.equal(place.needCause, 'recycle');
  });
});
