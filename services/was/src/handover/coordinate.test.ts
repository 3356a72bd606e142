import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ask, change, channel, done, seat, step, summary } from '../testing/steps.ts';
import { takeAnswer } from './answers.ts';
import { isFreeToStop, nextReconcileStep } from './coordinate.ts';
import type { ChannelSeat } from './facts.ts';

describe('an idle-out', () => {
  it('asks every attached channel, also one on which nobody is eligible', () => {
    assert.equal(summary(step([channel('a/1'), channel('b/1', { who: '' })])), 'send a/1 w1> if idle');
    assert.equal(summary(step([channel('a/1', { who: '', done: done() }), channel('b/1', { who: '' })])), 'send b/1 w1> if idle');
  });

  it('waits for an answer, and for a channel within its 5 s', () => {
    assert.equal(step([channel('a/1', { ask: ask() })])?.do, 'wait');
    assert.equal(step([channel('a/1', { who: '', done: done() }), channel('b/1', {}, 'grace')])?.do, 'wait');
  });

  it('commits when every attached channel has done it, with the sum of what is in flight', () => {
    const all = [channel('a/1', { who: '', done: done(2) }), channel('b/1', { who: '', done: done(3) }), channel('c/1', {}, 'detached')];
    assert.deepEqual(step(all), { do: 'commit', inFlight: 5 });
  });

  it('rolls back when one is busy, when a channel of the wish is not attached, when none is, and when it takes too long', () => {
    assert.equal(step([channel('a/1', { busyFor: 'r1' })])?.do, 'rollBack');
    assert.equal(step([channel('a/1', {}, 'grace'), channel('b/1')])?.do, 'rollBack');
    assert.equal(step([channel('a/1', {}, 'detached')], change({ needs: [] }))?.do, 'rollBack');
    assert.equal(step([channel('a/1', { ask: ask() })], change(), { now: 10_000 })?.do, 'rollBack');
    assert.deepEqual(step([channel('a/1')], change(), { isRecycleWanted: true }), { do: 'rollBack', cause: 'a recycle was asked for' });
  });

  it('takes no notice of an answer to an earlier change', () => {
    assert.equal(summary(step([channel('a/1', { busyFor: 'r0', done: { changeId: 'r0', inFlight: 0 } })])), 'send a/1 w1> if idle');
  });

  it('ends as failed when its worker dies before the commit', () => {
    assert.equal(step([channel('a/1')], change(), { isGone: () => true })?.do, 'end');
  });

  it('ends as completed after the commit, when the worker is gone', () => {
    const finishing = change({ isCommitted: true }, { phase: 'finishing' });
    assert.equal(step([], finishing), undefined);
    assert.deepEqual(step([], finishing, { isGone: () => true }), { do: 'end', outcome: 'completed', cause: '' });
  });
});

describe('a roll-back', () => {
  const rolling = change({}, { phase: 'rolling', rollCause: 'busy' });

  it('gives back to each channel that had done it, after the answers of all that were asked', () => {
    const moved = channel('a/1', { who: '', done: done() });
    assert.equal(summary(step([moved, channel('b/1', { busyFor: 'r1' })], rolling)), 'send a/1 >w1');
    assert.equal(step([channel('a/1', { who: '', done: done(), ask: ask('w1') })], rolling), undefined);
    assert.equal(step([channel('b/1', { ask: ask() })], rolling), undefined);
  });

  it('ends when every channel has the old worker again', () => {
    assert.deepEqual(step([channel('a/1', { done: done() }), channel('b/1', { busyFor: 'r1' })], rolling), {
      do: 'end',
      outcome: 'failed',
      cause: 'busy',
    });
  });

  it('waits for a channel within its 5 s', () => {
    assert.equal(step([channel('a/1', {}, 'grace')], rolling), undefined);
  });

  it('gives nothing back to a dead worker', () => {
    assert.equal(step([channel('a/1', { who: '', done: done() })], rolling, { isGone: () => true })?.do, 'end');
  });

  it('asks again a channel that was not ready, after a while', () => {
    const late = channel('a/1', { who: '', done: done(), notReadyAtMs: 50 });
    assert.deepEqual(step([late], rolling), { do: 'wait', untilMs: 250 });
    assert.equal(summary(step([late], rolling, { now: 250 })), 'send a/1 >w1');
  });
});

describe('outside a change', () => {
  const reconcile = (channels: readonly ChannelSeat[], serving: string, connected = true) =>
    nextReconcileStep(
      { now: 100, channels, repeatMs: 200 },
      serving,
      () => connected,
      () => 'calm',
    );

  it('corrects a channel whose eligible worker is not the serving one, once that is connected there', () => {
    assert.equal(summary(reconcile([channel('a/1'), channel('b/1', { who: 'w2' })], 'w2') as never), 'send a/1 w1>w2');
    assert.equal(reconcile([channel('a/1')], 'w2', false), undefined);
    assert.equal(summary(reconcile([channel('a/1')], '') as never), 'send a/1 w1>');
    assert.equal(reconcile([channel('a/1', { who: '' })], ''), undefined);
    assert.equal(reconcile([channel('a/1', {}, 'grace')], ''), undefined);
  });

  it('stops nobody while an attached channel has it eligible, may get it, or may come back', () => {
    assert.equal(isFreeToStop([channel('a/1', { who: '' }), channel('b/1', {}, 'detached')], 'w1'), true);
    assert.equal(isFreeToStop([channel('a/1')], 'w1'), false);
    assert.equal(isFreeToStop([channel('a/1', { who: '', ask: ask('w1') })], 'w1'), false);
    assert.equal(isFreeToStop([channel('a/1', { who: '' }, 'grace')], 'w1'), false);
  });
});

describe('an answer', () => {
  it('moves the channel to whom it was asked to', () => {
    const asked = seat({ ask: ask('w2') });
    assert.equal(takeAnswer(asked, 'r1', { kind: 'done', inFlight: 4 }, 5), true);
    assert.deepEqual([asked.who, asked.ask, asked.done], ['w2', undefined, { changeId: 'r1', inFlight: 4 }]);
  });

  it('is ignored when it belongs to another Handover, or comes twice', () => {
    const asked = seat({ ask: ask() });
    assert.equal(takeAnswer(asked, 'r0', { kind: 'done', inFlight: 0 }, 5), false);
    assert.equal(takeAnswer(asked, 'r1', { kind: 'busy' }, 5), true);
    assert.equal(takeAnswer(asked, 'r1', { kind: 'done', inFlight: 0 }, 5), false);
    assert.deepEqual([asked.who, asked.busyFor], ['w1', 'r1']);
  });
});
