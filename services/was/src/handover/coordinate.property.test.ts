import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { ChangePhase, Seat } from '../cluster/slot.ts';
import { nextHandoverStep } from './coordinate.ts';
import type { ChangeFacts, ChannelSeat } from './facts.ts';

const KINDS = ['idle', 'replace', 'park'] as const;
const PHASES: readonly ChangePhase[] = ['recovering', 'starting', 'handing', 'rolling', 'finishing'];
const REFS = ['a/1', 'b/1', 'c/1'];

const seat: fc.Arbitrary<Seat> = fc.record({
  who: fc.constantFrom('', 'w1', 'w2', 'w9'),
  ask: fc.constantFrom(undefined, { recycleId: 'r1', from: 'w1', to: 'w2', sentAtMs: 0 }),
  done: fc.constantFrom(undefined, { changeId: 'r1', inFlight: 3 }, { changeId: 'r0', inFlight: 5 }),
  busyFor: fc.constantFrom('', 'r0', 'r1'),
  notReadyAtMs: fc.constantFrom(undefined, 0, 90),
});
const channels: fc.Arbitrary<ChannelSeat[]> = fc
  .array(fc.record({ presence: fc.constantFrom('attached', 'grace', 'detached' as const), seat }), { maxLength: REFS.length })
  .map((seats) => seats.map((one, index) => ({ ref: REFS[index]!, ...one })));

const facts: fc.Arbitrary<ChangeFacts> = fc
  .record({
    now: fc.constantFrom(100, 1_000),
    kind: fc.constantFrom(...KINDS),
    phase: fc.constantFrom(...PHASES),
    channels,
    gone: fc.subarray(['w1', 'w2']),
    drainsUntilMs: fc.constantFrom(0, 500),
    isReady: fc.boolean(),
    connected: fc.subarray(REFS),
    next: fc.constantFrom('', 'w2'),
    isRecycleWanted: fc.boolean(),
  })
  .map(({ now, kind, phase, channels: seats, gone, drainsUntilMs, isReady, connected, next, isRecycleWanted }) => ({
    now,
    change: {
      phase,
      sinceMs: 0,
      stored: {
        id: 'r1',
        kind,
        slot: 'shop/1',
        from: 'w1',
        to: kind === 'replace' ? 'w2' : '',
        cause: '',
        beganAtMs: 0,
        needs: kind === 'idle' ? ['a/1'] : [],
        isCommitted: phase === 'finishing',
        inFlight: 0,
      },
    },
    channels: seats,
    isGone: (id) => gone.includes(id),
    drainsUntilMs,
    endOf: () => 'dead',
    replacement:
      kind !== 'idle' && !gone.includes('w2') ? { isReady, isRunning: true, connected: new Set(connected), lacks: '' } : undefined,
    next,
    isRecycleWanted,
    deadlineMs: 1_000,
    limit: 'the limit',
    repeatMs: 200,
  }));

/** Whatever is known, in whatever order it came. */
function holds(says: string, check: (known: ChangeFacts, step: ReturnType<typeof nextHandoverStep>) => void): void {
  it(says, () => {
    fc.assert(
      fc.property(facts, (known) => check(known, nextHandoverStep(known))),
      { numRuns: 5_000 },
    );
  });
}

describe('whatever is known of a change', () => {
  holds('a commit has the done of every attached channel, none within its 5 s, and at least one', ({ channels: seats, change }, step) => {
    if (step?.do !== 'commit') return;
    assert.equal(change.phase, 'handing');
    const attached = seats.filter(({ presence }) => presence === 'attached');
    assert.ok(attached.length > 0 && attached.every(({ seat: { ask, done } }) => !ask && done?.changeId === 'r1'));
    assert.ok(seats.every(({ presence }) => presence !== 'grace'));
    assert.equal(step.inFlight, 3 * attached.length);
  });

  holds('nobody is committed to who is dead', ({ change: { stored }, isGone }, step) => {
    if (step?.do === 'commit') assert.ok(stored.to === '' || !isGone(stored.to));
  });

  holds('a channel is asked one thing at a time, and only while it is attached', ({ channels: seats, now }, step) => {
    if (step?.do !== 'send') return;
    const asked = seats.find(({ ref }) => ref === step.ref);
    assert.ok(asked?.presence === 'attached' && !asked.seat.ask);
    assert.ok(asked.seat.notReadyAtMs === undefined || now >= asked.seat.notReadyAtMs + 200);
  });

  holds('nothing is handed to the dead, back or forth', ({ isGone }, step) => {
    if (step?.do === 'send') assert.ok(step.to === '' || !isGone(step.to));
  });

  holds(
    'a roll-back ends only when no attached channel has the replacement, unless the old worker is dead or time is up',
    (known, step) => {
      const { change, channels: seats, isGone, now, deadlineMs } = known;
      if (change.phase !== 'rolling' || step?.do !== 'end' || isGone('w1') || now >= deadlineMs) return;
      assert.ok(
        seats.every(({ presence, seat: { who, ask } }) => presence !== 'attached' || (!ask && (who !== 'w2' || change.stored.to !== 'w2'))),
      );
    },
  );

  holds('only an idle-out is taken back for work, for a channel of its wish, or for a recycle', ({ change, channels: seats }, step) => {
    if (step?.do !== 'rollBack' || change.phase !== 'handing') return;
    if (change.stored.kind !== 'idle') assert.match(step.cause, /died|no channel is attached|not done within/);
    else assert.ok(seats.length === 0 || step.cause !== '');
  });

  holds(
    'a committed change ends with the old worker, where that has no host when its time is up, without overlap with the next one ready, dead or late',
    ({ change, isGone, drainsUntilMs, next, replacement, now }, step) => {
      if (change.phase !== 'finishing') return;
      if (!isGone('w1')) assert.equal(step, undefined);
      else if (change.stored.kind !== 'park') assert.equal(step?.do, now < drainsUntilMs ? 'wait' : 'end');
      else if (next === '') assert.equal(step?.do, 'startNext');
      else assert.equal(step?.do, replacement && !replacement.isReady && now < 1_000 ? 'wait' : 'end');
    },
  );

  holds('something is waited for, or something is done', (known, step) => {
    const { change, channels: seats, isGone } = known;
    if (step) return;
    const isAnswerDue = seats.some(({ presence, seat: { ask } }) => presence === 'grace' || (presence === 'attached' && ask));
    assert.ok(isAnswerDue || (change.phase === 'finishing' && !isGone('w1')));
  });
});
