import type { Action } from './actions.ts';
import type { SlotFacts } from './facts.ts';
import { moveChange } from './rules/change.ts';
import { correctChannels, stopSurplus } from './rules/handover.ts';
import { keepLimits } from './rules/limits.ts';
import { giveOrders } from './rules/orders.ts';
import { becomeReady } from './rules/ready.ts';
import { adopt, replace, retire } from './rules/serve.ts';
import { keepRunning, place, start } from './rules/start.ts';
import { considerWish } from './rules/wish.ts';

/** The rules of a slot, in the order in which they are asked. */
const RULES: readonly ((facts: SlotFacts) => Action | undefined)[] = [
  moveChange,
  retire,
  adopt,
  replace,
  keepRunning,
  start,
  place,
  becomeReady,
  considerWish,
  correctChannels,
  stopSurplus,
  keepLimits,
  giveOrders,
];

/** What to do next in a slot; `wakeAtMs`: when to look again although nothing happened. */
export interface Decision {
  readonly action: Action | undefined;
  readonly wakeAtMs: number;
}

/**
 * Decides the next action of a slot from what is wanted and what is known. Level-triggered: it holds no memory, so a new leader that knows
 * the same facts decides the same.
 *
 * - A new leader decides nothing before the hosts of the slot's workers have reported or are lost (handover.md, Hand-over 5).
 */
export function decide(facts: SlotFacts): Decision {
  let wakeAtMs = Number.POSITIVE_INFINITY;
  if (facts.slot.awaiting.size > 0) return { action: undefined, wakeAtMs };
  for (const rule of RULES) {
    const action = rule(facts);
    if (action?.do === 'wait') wakeAtMs = Math.min(wakeAtMs, action.untilMs);
    else if (action) return { action, wakeAtMs };
  }
  return { action: undefined, wakeAtMs };
}
