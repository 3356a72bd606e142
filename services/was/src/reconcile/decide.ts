import type { Action } from './actions.ts';
import type { SlotFacts } from './facts.ts';
import { moveChange } from './rules/change.ts';
import { endDrains } from './rules/drain.ts';
import { correctChannels, stopSurplus } from './rules/handover.ts';
import { keepLimits } from './rules/limits.ts';
import { giveOrders } from './rules/orders.ts';
import { becomeReady } from './rules/ready.ts';
import { beginRecycle, completeConnections } from './rules/recycle.ts';
import { adopt, replace, retire } from './rules/serve.ts';
import { keepRunning, place, start } from './rules/start.ts';
import { considerWish } from './rules/wish.ts';

interface Rule {
  readonly name: string;
  /** Printed into docs/lifecycle.md. */
  readonly says: string;
  readonly ask: (facts: SlotFacts) => Action | undefined;
}

/** The rules of a slot, in the order in which they are asked; the first that names an action decides. */
export const RULES: readonly Rule[] = [
  {
    name: 'change',
    says: 'a running recycle or idle-out goes on: await the replacement, ask adapters, commit, or roll back',
    ask: moveChange,
  },
  { name: 'drains', says: 'a recycle whose old worker drains beside its successors ends with that worker', ask: endDrains },
  { name: 'retire', says: 'nobody serves a slot of a stopped or removed pool, or one beyond maxProcesses', ask: retire },
  { name: 'adopt', says: 'a worker that runs in a slot nobody serves is taken on; so is one newer than what Redis knew', ask: adopt },
  {
    name: 'replace',
    says: 'a serving worker that is gone is replaced if work was reported, the pool always runs, or only its host is lost; otherwise adapters get permission to Open, never both. One that its host ends unasked is replaced beside it',
    ask: replace,
  },
  {
    name: 'recycle',
    says: 'a recycle that was asked for begins when no change runs, fewer than maxDraining of the slot drain, a channel is attached, the serving worker is ready and every attached adapter knows the identity of the pool; without a worker it is dropped',
    ask: beginRecycle,
  },
  {
    name: 'keep running',
    says: 'an alwaysRunning pool wants a worker in each slot once an adapter has opened a channel',
    ask: keepRunning,
  },
  {
    name: 'start',
    says: 'a wanted start is decided when its delay is over (failed starts: 0.2 s growing to 30 s), and dropped when the work has gone; while an attached adapter has yet to learn a new identity of the pool, up to 5 s, it waits',
    ask: start,
  },
  {
    name: 'place',
    says: 'a decided worker goes to the host with the most free places; a replacement to another host than the old worker, where there is one',
    ask: place,
  },
  { name: 'ready', says: 'a worker that listens and is connected on every attached channel is ready', ask: becomeReady },
  { name: 'wish', says: 'an idle worker that serves begins an idle-out if every channel it names is attached', ask: considerWish },
  { name: 'correct', says: 'an adapter that has another worker eligible than the serving one gets a Handover', ask: correctChannels },
  {
    name: 'surplus',
    says: 'a worker that neither serves nor changes is stopped, once no attached adapter has it eligible',
    ask: stopSurplus,
  },
  {
    name: 'connect everywhere',
    says: 'a serving worker that lacks an attached channel for startupTimeLimit is recycled',
    ask: completeConnections,
  },
  { name: 'limits', says: 'startupTimeLimit and shutdownTimeLimit pass, where the host has not acted on them', ask: keepLimits },
  { name: 'orders', says: 'what a host has yet to be told is ordered, and again each second until it confirms', ask: giveOrders },
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
    const action = rule.ask(facts);
    if (action?.do === 'wait') wakeAtMs = Math.min(wakeAtMs, action.untilMs);
    else if (action) return { action, wakeAtMs };
  }
  return { action: undefined, wakeAtMs };
}
