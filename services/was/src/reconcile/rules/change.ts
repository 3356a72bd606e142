import { nextHandoverStep } from '../../handover/coordinate.ts';
import { LIMITS } from '../../limits.ts';
import type { Action } from '../actions.ts';
import { isOpen, type SlotFacts } from '../facts.ts';

/** Moves the running change on. One that has not been committed is overtaken when nobody shall serve the slot at all. */
export function moveChange(facts: SlotFacts): Action | undefined {
  const { now, slot, seats, isGone } = facts;
  if (!slot.change) return undefined;
  if (!isOpen(facts) && slot.change.phase !== 'finishing') {
    return { do: 'endChange', outcome: 'failed', cause: 'the pool was stopped' };
  }
  const limits = { limitMs: LIMITS.idleOutLimitMs, repeatMs: LIMITS.handoverRepeatMs };
  const step = nextHandoverStep({ now, change: slot.change, channels: seats, isGone, ...limits });
  switch (step?.do) {
    case undefined:
      return undefined;
    case 'send':
      return { do: 'handover', step };
    case 'end':
      return { do: 'endChange', outcome: step.outcome, cause: step.cause };
    default:
      return step;
  }
}
