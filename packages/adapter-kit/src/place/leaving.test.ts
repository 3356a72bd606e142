import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeRequest } from '../testing/fake-request.ts';
import { FakeSession } from '../testing/fake-session.ts';
import { order, replacement, setUp } from '../testing/set-up-place.ts';

describe('draining', () => {
  it('makes the hand-over step to the successor when an eligible worker says leaving', () => {
    const { place, submit, connect } = setUp();
    const old = connect(new FakeSession());
    const next = connect(replacement(2));
    old.leaving = true;
    place.leaving(old, 'w2');
    assert.deepEqual(old.frames, ['drain']);
    submit();
    assert.deepEqual(next.frames, ['open /1']);
  });

  it('waits for a successor that is not connected here yet', () => {
    const { place, submit, connect } = setUp();
    const old = connect(new FakeSession());
    old.leaving = true;
    place.leaving(old, 'w2');
    const request = submit();
    assert.equal(request.workerId, undefined);
    connect(replacement(2));
    assert.equal(request.workerId, 'w2');
  });

  it('does not let a lower activation take the place of an awaited successor', () => {
    const { place, submit, connect } = setUp();
    const old = connect(new FakeSession({ generation: 3 }));
    old.leaving = true;
    place.leaving(old, 'w9');
    connect(new FakeSession({ generation: 2 }));
    const request = submit();
    assert.equal(request.workerId, undefined);
  });

  it('sends drain to a leaving worker that is not eligible, once', () => {
    const { place, connect } = setUp();
    const old = connect(new FakeSession());
    connect(replacement(2));
    place.handover(order());
    place.leaving(old, 'w2');
    assert.deepEqual(old.frames, ['drain']);
  });

  it('parks when the leaving worker has no successor', () => {
    const { place, submit, connect } = setUp();
    const old = connect(new FakeSession());
    old.leaving = true;
    place.leaving(old, '');
    assert.equal(submit().workerId, undefined);
    assert.deepEqual(old.frames, ['drain']);
  });
});

describe('when a worker dies', () => {
  it('parks new work and needs a worker, with the cause', () => {
    const { place, submit, connect, needs } = setUp();
    const worker = connect(new FakeSession());
    place.gone('shop/1', 'w1', 'exit code 1', false);
    assert.equal(worker.state, 'closed');
    const request = submit();
    assert.equal(request.workerId, undefined);
    assert.equal(place.needCause, 'crash');
    assert.equal(needs(), 1);
  });

  it('keeps a worker eligible whose link was given up, because it may connect anew', () => {
    const { place, submit, connect } = setUp();
    const lost = connect(replacement(2));
    place.handover(order());
    lost.state = 'closed';
    place.closed(lost);
    const request = submit();
    assert.equal(request.workerId, undefined);
    connect(replacement(2));
    assert.equal(request.workerId, 'w2');
  });

  it('puts moved requests before those that were never handed over, in the order they arrived', () => {
    const { place, submit, connect } = setUp();
    const waiting = submit('/new');
    const second = new FakeRequest('/moved-2', -1);
    const first = new FakeRequest('/moved-1', -2);
    place.move(second);
    place.move(first);
    const worker = connect(new FakeSession());
    assert.deepEqual(worker.frames, ['open /moved-1', 'open /moved-2', 'open /new']);
    assert.equal(waiting.workerId, 'w1');
  });
});
