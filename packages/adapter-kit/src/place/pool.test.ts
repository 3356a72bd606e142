import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeRequest } from '../testing/fake-request.ts';
import { FakeSession } from '../testing/fake-session.ts';
import { createPlace } from '../testing/place.ts';
import type { HandoverOrder } from './handover.ts';

const order = (more: Partial<HandoverOrder> = {}): HandoverOrder => ({
  recycleId: 'r1',
  slot: 'shop/1',
  from: 'w1',
  to: 'w2',
  onlyIfIdle: false,
  ...more,
});
const replacement = (generation: number, more: Partial<FakeSession['identity']> = {}): FakeSession =>
  new FakeSession({ generation, role: `replacement:r${generation - 1}`, ...more });

function setUp(queueLength = 10) {
  let needs = 0;
  const place = createPlace({ queueLength, onNeed: () => needs++ });
  let count = 0;
  const submit = (name = `/${++count}`): FakeRequest => {
    const request = new FakeRequest(name, count);
    place.submit(request);
    return request;
  };
  const connect = (session: FakeSession): FakeSession => {
    place.connected(session);
    return session;
  };
  return { place, submit, connect, needs: () => needs };
}

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
