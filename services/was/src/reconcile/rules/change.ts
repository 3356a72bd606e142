import { nextHandoverStep } from '../../handover/coordinate.ts';
import type { ChangeFacts, Replacement } from '../../handover/facts.ts';
import { LIMITS } from '../../limits.ts';
import { FAILURES } from '../../recycle/failures.ts';
import { takesOver } from '../../recycle/follow.ts';
import { isRunning } from '../../worker/record.ts';
import type { Action } from '../actions.ts';
import { isOpen, type SlotFacts } from '../facts.ts';
import { drainsUntil, maySetAside } from './drain.ts';

/** Moves the running change on. One that has not been committed is overtaken when nobody shall serve the slot at all. */
export function moveChange(facts: SlotFacts): Action | undefined {
  const { now, slot, seats, isGone, endOf } = facts;
  if (!slot.change) return undefined;
  const isOver = slot.change.phase !== 'finishing' || (slot.change.stored.kind === 'park' && isGone(slot.change.stored.from));
  if (!isOpen(facts) && isOver) {
    return { do: 'endChange', outcome: 'failed', cause: FAILURES.notServed };
  }
  const { stored, phase } = slot.change;
  const canGoBack = (phase === 'starting' || phase === 'handing') && !isGone(stored.from);
  if (slot.calledOff === stored.id && canGoBack) return { do: 'rollBack', cause: FAILURES.calledOff };
  if (maySetAside(facts)) return { do: 'setAside' };
  const step = nextHandoverStep({
    now,
    change: slot.change,
    channels: seats,
    isGone,
    drainsUntilMs: drainsUntil(facts, stored.from, stored.id),
    endOf,
    replacement: replacementOf(facts),
    next: slot.serving,
    isRecycleWanted: slot.next !== undefined,
    repeatMs: LIMITS.handoverRepeatMs,
    ...limitOf(facts),
  });
  switch (step?.do) {
    case undefined:
      return undefined;
    case 'send':
      return { do: 'handover', step };
    case 'end':
      return { do: 'endChange', outcome: step.outcome, cause: step.cause };
    case 'startNext':
      return { do: 'start', reason: 'recycle' };
    default:
      return step;
  }
}

/** Until when the phase may last. The host keeps startupTimeLimit too and names the reason better, so the leader waits a little longer. */
function limitOf({ slot, pool, workers }: SlotFacts): Pick<ChangeFacts, 'deadlineMs' | 'limit'> {
  const { stored, phase, sinceMs } = slot.change!;
  if (stored.kind === 'idle') return { deadlineMs: stored.beganAtMs + LIMITS.idleOutLimitMs, limit: `${LIMITS.idleOutLimitMs} ms` };
  const { startupTimeLimitMs } = pool.config.processModel;
  const limit = `startupTimeLimit (${startupTimeLimitMs} ms)`;
  const to = workers.find(({ record }) => record.id === takesOver(slot));
  if (phase === 'finishing' && to) {
    const beganAtMs = Math.max(to.record.decidedAtMs, to.view.startedAtMs);
    // rules/limits.ts comes first: it takes one on that is connected somewhere, and ends one that is not.
    return { deadlineMs: beganAtMs + startupTimeLimitMs + 2 * LIMITS.limitSlackMs, limit };
  }
  if (phase !== 'starting' || !to) return { deadlineMs: sinceMs + startupTimeLimitMs, limit };
  if (to.record.state === 'placing') return { deadlineMs: stored.beganAtMs + startupTimeLimitMs, limit };
  return { deadlineMs: Math.max(to.record.decidedAtMs, to.view.startedAtMs) + startupTimeLimitMs + LIMITS.limitSlackMs, limit };
}

function replacementOf({ slot, workers, channels }: SlotFacts): Replacement | undefined {
  const to = workers.find(({ record }) => record.id === takesOver(slot));
  if (!to) return undefined;
  const { record, view, waitsFor } = to;
  const missing = channels.filter(({ ref, presence }) => presence !== 'detached' && !view.connected.has(ref)).map(({ ref }) => ref);
  const lacks = record.state === 'connecting' && missing.length > 0 ? `not connected on ${missing.join(', ')}` : `it is ${record.state}`;
  return {
    isReady: record.state === 'ready',
    isRunning: isRunning(record) && view.reported !== undefined && !record.isRejected,
    connected: view.connected,
    lacks: record.state === 'placing' && waitsFor !== '' ? waitsFor : lacks,
  };
}
