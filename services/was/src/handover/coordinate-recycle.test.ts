import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StoredChange } from '@baton/store';
import { change, channel, done, isGone, ready, replace, step, summary } from '../testing/steps.ts';
import type { ChangeFacts, ChannelSeat } from './facts.ts';

describe('a recycle whose replacement starts', () => {
  const starting = replace({ phase: 'starting' });
  const both = [channel('a/1'), channel('b/1')];
  const cases: [string, readonly ChannelSeat[], Partial<ChangeFacts>, ReturnType<typeof step>][] = [
    ['asks nobody before it is ready', both, { replacement: ready({ isReady: false }) }, { do: 'wait', untilMs: 10_000 }],
    ['waits for each attached channel', both, { replacement: ready({ connected: new Set(['a/1']) }) }, { do: 'wait', untilMs: 10_000 }],
    ['hands over when it is ready everywhere', both, { replacement: ready() }, { do: 'handOver' }],
    [
      'does not wait for a detached channel',
      [channel('a/1'), channel('b/1', {}, 'detached')],
      { replacement: ready({ connected: new Set(['a/1']) }) },
      { do: 'handOver' },
    ],
    [
      'waits for a channel within its 5 s, and never begins to ask while none is attached',
      [channel('a/1', {}, 'grace')],
      { replacement: ready() },
      { do: 'wait', untilMs: 10_000 },
    ],
    [
      'is given up without any channel',
      [channel('a/1', {}, 'detached')],
      { replacement: ready() },
      { do: 'rollBack', cause: 'no channel is attached' },
    ],
    [
      'is given up at startupTimeLimit, with what is lacking',
      both,
      { replacement: ready({ isReady: false }), now: 10_000 },
      { do: 'rollBack', cause: 'the replacement was not ready within the limit: it is starting' },
    ],
    [
      'names the channel that is lacking',
      both,
      { replacement: ready({ connected: new Set(['a/1']) }), now: 10_000 },
      { do: 'rollBack', cause: 'the replacement was not ready within the limit: not connected on b/1' },
    ],
    ['is given up when it dies', both, isGone('w2'), { do: 'rollBack', cause: 'the replacement died: APP_CRASHED' }],
    ['goes on when the old worker dies', both, { replacement: ready(), ...isGone('w1') }, { do: 'handOver' }],
  ];
  for (const [title, channels, more, expected] of cases) it(title, () => assert.deepEqual(step(channels, starting, more), expected));
});

describe('a recycle that hands over', () => {
  it('moves eligibility to the replacement, and rolls back when that dies', () => {
    assert.equal(summary(step([channel('a/1')], replace())), 'send a/1 w1>w2');
    assert.deepEqual(step([channel('a/1')], replace(), isGone('w2')), { do: 'rollBack', cause: 'the replacement died: APP_CRASHED' });
  });

  it('goes on when the old worker dies before the commit, and ends when both do', () => {
    const moved = [channel('a/1', { who: 'w2', done: done(1) })];
    assert.equal(step(moved, replace(), isGone('w1'))?.do, 'commit');
    assert.deepEqual(step(moved, replace(), isGone('w1', 'w2')), {
      do: 'end',
      outcome: 'failed',
      cause: 'the worker died: APP_CRASHED',
    });
  });

  it('asks a channel that was not ready again, until the limit, and names it then', () => {
    const late = [channel('a/1', { who: 'w2', done: done() }), channel('b/1', { notReadyAtMs: 50 })];
    assert.deepEqual(step(late, replace()), { do: 'wait', untilMs: 250 });
    assert.equal(summary(step(late, replace(), { now: 250 })), 'send b/1 w1>w2');
    assert.deepEqual(step(late, replace(), { now: 10_000 }), { do: 'rollBack', cause: 'not done within the limit on b/1' });
  });

  it('takes no notice of what would take an idle-out back', () => {
    assert.equal(summary(step([channel('a/1', { busyFor: 'r1' })], replace(), { isRecycleWanted: true })), 'send a/1 w1>w2');
  });

  it('without overlap is a hand-over to nobody, whoever has work', () => {
    const park = change({ kind: 'park', needs: [] });
    assert.equal(summary(step([channel('a/1')], park)), 'send a/1 w1>');
    assert.equal(step([channel('a/1', { who: '', done: done(2) })], park)?.do, 'commit');
    assert.equal(step([channel('a/1')], park, isGone('w1'))?.do, 'end');
  });
});

describe('a recycle that is rolled back', () => {
  const rolling = replace({ phase: 'rolling', rollCause: 'x' });

  it('gives back wherever the replacement is eligible, also where that was only reported', () => {
    assert.equal(summary(step([channel('a/1', { who: 'w2' })], rolling)), 'send a/1 w2>w1');
    assert.equal(summary(step([channel('a/1', { who: 'w2', done: done() })], rolling)), 'send a/1 w2>w1');
    assert.deepEqual(step([channel('a/1', { who: '' })], rolling), { do: 'end', outcome: 'failed', cause: 'x' });
  });

  it('is over at its limit: what the old worker cannot take now is left to the rule that holds outside a change', () => {
    const stuck = [channel('a/1', { who: 'w2', notReadyAtMs: 9_950 })];
    assert.deepEqual(step(stuck, rolling, { now: 9_960 }), { do: 'wait', untilMs: 10_000 });
    assert.deepEqual(step(stuck, rolling, { now: 10_000 }), { do: 'end', outcome: 'failed', cause: 'x' });
  });
});

describe('a change that a new leader finds', () => {
  const found = (stored: Partial<StoredChange>, more: Partial<ChangeFacts> = {}) =>
    step([channel('a/1', {}, 'grace')], change(stored, { phase: 'recovering' }), more)?.do;
  const both = { kind: 'replace', to: 'w2', needs: [] } as const;

  it('goes on only when the old worker is dead and the replacement alive', () => {
    assert.equal(found(both, { replacement: ready() }), 'rollBack');
    assert.equal(found(both, { replacement: ready(), ...isGone('w1') }), 'resume');
    assert.equal(found(both, isGone('w1', 'w2')), 'rollBack');
    assert.equal(found(both, { replacement: ready({ isRunning: false }), ...isGone('w1') }), 'rollBack');
    assert.equal(found({}), 'rollBack');
    assert.equal(found({ kind: 'park' }, isGone('w1')), 'rollBack');
  });
});

describe('a recycle that was committed', () => {
  it('ends with the old worker; without overlap the next one is started first', () => {
    const finishing = replace({ phase: 'finishing' }, { isCommitted: true });
    assert.equal(step([], finishing), undefined);
    assert.deepEqual(step([], finishing, isGone('w1')), { do: 'end', outcome: 'completed', cause: '' });
    const parked = change({ kind: 'park', isCommitted: true }, { phase: 'finishing' });
    assert.deepEqual(step([], parked, { ...isGone('w1'), next: '' }), { do: 'startNext' });
    const next = (isReady: boolean) => ({ isReady, isRunning: true, connected: new Set<string>(), lacks: 'it is starting' });
    const known = { ...isGone('w1'), replacement: next(false) };
    assert.equal(step([], parked, known)?.do, 'wait', 'nobody serves yet');
    assert.deepEqual(step([], parked, { ...known, replacement: next(true) }), { do: 'end', outcome: 'completed', cause: '' });
    assert.deepEqual(step([], parked, { ...known, now: 10_000 }), {
      do: 'end',
      outcome: 'failed',
      cause: 'the next worker was not ready within the limit: it is starting',
    });
    assert.deepEqual(step([], parked, { isGone: () => true }), {
      do: 'end',
      outcome: 'failed',
      cause: 'the next worker died: APP_CRASHED',
    });
    assert.equal(step([], parked, { next: '' }), undefined, 'not before the slot is empty');
  });

  it('gives an old worker without a host its time, unless it may not overlap: that one ends before its host is given up', () => {
    const orphaned = { ...isGone('w1'), drainsUntilMs: 5_000 };
    const finishing = replace({ phase: 'finishing' }, { isCommitted: true });
    assert.deepEqual(step([], finishing, orphaned), { do: 'wait', untilMs: 5_000 });
    assert.equal(step([], finishing, { ...orphaned, now: 5_000 })?.do, 'end');
    const parked = change({ kind: 'park', isCommitted: true }, { phase: 'finishing' });
    assert.deepEqual(step([], parked, { ...orphaned, next: '' }), { do: 'startNext' });
  });
});
