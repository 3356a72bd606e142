import type { Store } from '@baton/store';
import type { Redis } from 'ioredis';
import type { Engine } from '../reconcile/engine.ts';
import { Rollouts } from '../rollout/rollouts.ts';
import { PeriodicRestart } from './periodic-restart.ts';
import { Schedules } from './schedules.ts';

export interface TriggersOptions {
  readonly engine: Engine;
  readonly store: Pick<Store, 'rollouts'>;
  readonly redis: Redis;
}

/** Everything that asks for recycles by itself: changed settings, limits of workers, and times of day. */
export interface Triggers {
  readonly rollouts: Rollouts;
  /** An operator has applied a configuration. */
  applied(): void;
  /** Redis is back, and may have lost what was kept there. */
  redisIsBack(): void;
  close(): Promise<void>;
}

/** How often limits of workers are looked at, ms: as often as their hosts report. */
const LIMITS_MS = 1_000;
/** How often rollouts are looked at although no recycle has ended, ms. */
const ROLLOUTS_MS = 250;

/** Opens them for a leader that has taken over, with what the one before has left. */
export async function openTriggers({ engine, store, redis }: TriggersOptions): Promise<Triggers> {
  const { time } = engine;
  const saved = await store.rollouts();
  const receipts = await Promise.all(saved.map(({ recycleId }) => (recycleId === '' ? undefined : engine.receipts.find(recycleId))));
  const rollouts = new Rollouts({ engine, saved, receipts: receipts.filter((receipt) => receipt !== undefined) });
  const periodicRestart = new PeriodicRestart(engine);
  const schedules = new Schedules({ engine, redis });
  void schedules.settle();
  const ends = [
    time.every(LIMITS_MS, () => periodicRestart.check()),
    time.every(ROLLOUTS_MS, () => rollouts.check()),
    engine.receipts.follow(() => queueMicrotask(() => rollouts.check())),
    engine.events.follow(({ type }) => type === 'worker.failed' && rollouts.check()),
  ];
  return {
    rollouts,
    applied() {
      rollouts.retry();
      void schedules.settle();
    },
    redisIsBack() {
      rollouts.saveAll();
      void schedules.settle();
    },
    async close() {
      for (const end of ends) end();
      await schedules.close();
    },
  };
}
