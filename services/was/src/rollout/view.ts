import { admin, create, timestampFromMs } from '@baton/proto';
import type { Pool } from '../cluster/pool.ts';
import type { Engine } from '../reconcile/engine.ts';
import type { Rollouts } from './rollouts.ts';
import { settingsOf } from './settings.ts';
import { slotsOf } from './slots.ts';

/** How far changed settings have come in a pool; undefined when every worker has those that hold. */
export function viewRollout(engine: Pick<Engine, 'cluster' | 'time'>, rollouts: Rollouts, pool: Pool): admin.Rollout | undefined {
  const served = slotsOf(engine, pool, settingsOf(pool)).filter(({ worker }) => worker !== 'none');
  const done = served.filter(({ worker }) => worker === 'current').length;
  const rollout = rollouts.of(pool.name);
  if (done === served.length && !rollout) return undefined;
  const { slot = '', cause = '', recycleId = '', beganAtMs } = rollout ?? {};
  return create(admin.RolloutSchema, {
    state: pool.config.recycling.disallowRotationOnConfigChange ? 'kept' : (rollout?.state ?? 'running'),
    done,
    workers: served.length,
    slot,
    cause,
    recycleId,
    ...(beganAtMs === undefined ? {} : { begunAt: timestampFromMs(beganAtMs) }),
  });
}
