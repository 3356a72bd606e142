import { isRequired } from '../../cluster/cluster.ts';
import { LIMITS } from '../../limits.ts';
import { isGivenUp, isRunning } from '../../worker/record.ts';
import type { Action } from '../actions.ts';
import { crashDelayMs } from '../backoff.ts';
import { isOpen, type SlotFacts } from '../facts.ts';

/** A stopped pool and a retired slot are served by nobody; their workers leave through Handover like every other. */
export function retire(facts: SlotFacts): Action | undefined {
  const { slot } = facts;
  return !isOpen(facts) && (slot.serving !== '' || slot.start) ? { do: 'release', start: undefined } : undefined;
}

/**
 * A worker that runs in a slot nobody serves is taken on instead of starting another; so is one that Redis does not know and whose
 * generation is higher than the serving one's: what a host reports is newer than what Redis kept.
 */
export function adopt(facts: SlotFacts): Action | undefined {
  const { slot, workers, serving } = facts;
  if (!isOpen(facts) || (slot.change && slot.change.phase !== 'finishing')) return undefined;
  const isServed = serving !== undefined && !facts.isGone(slot.serving);
  const candidates = workers
    .filter(({ record }) => record.id !== slot.change?.stored.from && record.id !== slot.serving)
    .filter(({ record }) => slot.draining.every(({ from }) => from !== record.id))
    .filter(({ record }) => isRunning(record) && !record.isRejected)
    .filter(({ record, isAdopted }) => !isServed || (isAdopted && record.generation > serving.record.generation))
    .sort((a, b) => b.record.generation - a.record.generation);
  return candidates[0] ? { do: 'adopt', workerId: candidates[0].record.id } : undefined;
}

/**
 * The serving worker is gone: the slot is free, and another one is wanted when there is work, when the pool always runs, or when
 * the process was serving and only its host is lost. Otherwise adapters get permission. Never both.
 */
export function replace(facts: SlotFacts): Action | undefined {
  const { slot, serving, isNeeded, isGone } = facts;
  const isEnding = isLeftEnding(facts);
  if (slot.serving === '' || !(isGone(slot.serving) || isEnding)) return undefined;
  if (slot.change && slot.change.phase !== 'finishing') return undefined;
  const isLeftBehind = isEnding || serving?.record.state === 'orphaned';
  const reason = isLeftBehind ? 'host-lost' : slot.failures > 0 ? 'retry' : 'crash';
  const start = isNeeded || isLeftBehind ? { reason, delayMs: crashDelayMs(slot.failures, LIMITS, facts.random) } : undefined;
  return { do: 'release', start };
}

/**
 * Its host ends the serving worker without having been asked. It still serves, so another one is started beside it, for as long as any adapter
 * could turn to that one; where no two may overlap, its end is waited for.
 */
function isLeftEnding({ serving, pool, channels }: SlotFacts): boolean {
  if (!serving || !isGivenUp(serving.record) || pool.config.recycling.disallowOverlappingRotation) return false;
  return channels.some(isRequired);
}
