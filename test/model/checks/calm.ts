import type { Adapter } from '../adapter/adapter.ts';
import { Mark, NOBODY, Phase, Stop } from '../state/words.ts';
import type { System } from '../system.ts';

/**
 * The state that must stay reachable from everywhere: a leader that wants nothing more, everything answered, and either one worker,
 * eligible and connected everywhere, or none and permission to open everywhere.
 */
export function isCalm({ world, rules }: System): boolean {
  const { leader, leaders, redis, host } = world;
  const hasFormer = leaders.length > 1 && leaders[1]!.epoch !== 0;
  if (leader.epoch === 0 || leader.phase !== Phase.calm || hasFormer) return false;
  if (redis.kind !== Stop.none || redis.isChangeWaiting !== 0 || host.firstOrder !== 0 || host.late !== 0) return false;
  const { serving } = redis;
  if (world.requests.some((request) => request.isUnanswered)) return false;
  if (world.workers.some((worker) => worker.isAlive !== (worker.generation === serving))) return false;
  return world.adapters.every((adapter) => {
    if (adapter.isDead !== 0) return true;

    if (adapter.stream !== leader.epoch || adapter.fromWas.first !== 0 || adapter.toWas.first !== 0 || adapter.openNumber !== 0)
      return false;
    if (serving !== NOBODY) return isServedBy(adapter, serving);
    const maySeemServed = !rules.openUnlessConnected && adapter.eligible !== 0;
    return !adapter.hasConnectedEligible && !maySeemServed && adapter.permission === leader.permission;
  });
}

function isServedBy(adapter: Adapter, generation: number): boolean {
  const link = adapter.link(generation);
  if (adapter.hasTwoEligible || adapter.eligibleGeneration !== generation) return false;
  return link.isUp && link.mark === Mark.none && link.hasReadDrain === 0 && link.frames.first === 0;
}
