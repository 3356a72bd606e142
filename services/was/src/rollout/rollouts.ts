import type { Config } from '@baton/config';
import type { StoredReceipt, StoredRollout } from '@baton/store';
import { findSlot } from '../cluster/cluster.ts';
import type { Pool } from '../cluster/pool.ts';
import type { Crash } from '../cluster/slot.ts';
import { LIMITS } from '../limits.ts';
import type { Engine } from '../reconcile/engine.ts';
import { requestRecycle } from '../recycle/request.ts';
import { isThrough, nextRolloutStep } from './decide.ts';
import { isForgiven } from './forgive.ts';
import { settingsOf } from './settings.ts';
import { slotsOf } from './slots.ts';

export interface RolloutsOptions {
  readonly engine: Engine;
  /** What the leader before this one has written. */
  readonly saved: readonly StoredRollout[];
  /** The receipts that these name, where they are kept. */
  readonly receipts: readonly StoredReceipt[];
}

/**
 * Brings changed settings to the workers of their pools: slot by slot, each by an overlapped recycle, the next when the former has completed.
 *
 * - The first replacement that fails stops it, and so does the unplanned death of one that serves already: the other workers keep what they
 *   have. Applying other settings, the old ones too, begins another rollout; applying the same once more tries again.
 * - What is to be done follows from the workers (nextRolloutStep). Redis keeps which settings are under way, the recycle that runs for
 *   them, and that they were stopped.
 */
export class Rollouts {
  readonly #engine: Engine;
  readonly #rollouts = new Map<string, StoredRollout>();
  readonly #receipts = new Map<string, StoredReceipt>();
  #writes: Promise<unknown> = Promise.resolve();
  /** Pools whose rollout Redis has refused to take as it is. */
  readonly #unwritten = new Set<string>();

  constructor({ engine, saved, receipts }: RolloutsOptions) {
    this.#engine = engine;
    for (const rollout of saved) this.#rollouts.set(rollout.pool, rollout);
    for (const receipt of receipts) this.#receipts.set(receipt.id, receipt);
  }

  /** The one of a pool that is under way or was stopped. */
  of(pool: string): StoredRollout | undefined {
    return this.#rollouts.get(pool);
  }

  /** Looks at every pool. Called after whatever may have moved one, and again and again. */
  check(): void {
    if (this.#engine.isStopped) return;
    for (const pool of [...this.#unwritten]) this.#write(pool);
    for (const pool of this.#engine.cluster.pools.values()) this.#checkPool(pool);
    for (const { pool } of this.#rollouts.values()) {
      const found = this.#engine.cluster.pools.get(pool);
      if (this.#engine.cluster.config && (!found || found.isRemoved)) this.#forget(pool);
    }
  }

  /** An operator has applied a configuration: what was stopped is tried again. */
  retry(): void {
    for (const rollout of this.#rollouts.values()) if (rollout.state === 'stopped') this.#forget(rollout.pool);
    this.check();
  }

  /** Pools whose workers would be recycled if this configuration were applied. */
  poolsToRecycle({ pools, apps }: Config): string[] {
    return pools.flatMap((config) => {
      const pool = this.#engine.cluster.pools.get(config.name);
      if (!pool || pool.isRemoved || pool.state === 'stopped' || config.recycling.disallowRotationOnConfigChange) return [];
      const settings = settingsOf({ config, apps: apps.filter((app) => app.pool === config.name) });
      return slotsOf(this.#engine, pool, settings).some(({ worker }) => worker === 'outdated') ? [config.name] : [];
    });
  }

  /** Writes again what Redis may have lost. */
  saveAll(): void {
    for (const pool of this.#rollouts.keys()) this.#write(pool);
  }

  #checkPool(pool: Pool): void {
    const settings = settingsOf(pool);
    if (this.#rollouts.get(pool.name) && this.#rollouts.get(pool.name)?.settings !== settings) this.#forget(pool.name);
    const rollout = this.#judge(pool, this.#rollouts.get(pool.name));
    const slots = slotsOf(this.#engine, pool, settings);
    const isKept = pool.config.recycling.disallowRotationOnConfigChange || pool.state === 'stopped' || pool.isRemoved;
    const { beganAtMs, state } = rollout ?? {};
    const step = nextRolloutStep({ slots, settings, beganAtMs, isKept, isStopped: state === 'stopped' }, LIMITS);
    if (step.do === 'done') {
      if (rollout && (isKept || isThrough(slots))) this.#complete(rollout);
      return;
    }
    if (isKept) return;
    const running = rollout ?? this.#begin(pool, settings, slots.filter(({ worker }) => worker === 'outdated').length);
    if (step.do === 'recycle') this.#recycle(running, step.slot);
    if (step.do === 'stop') this.#stopFor(step.crash, step.slot, running);
  }

  /** What has not been committed in another slot is taken back. */
  #stopFor({ workerId, cause }: Crash, slot: string, running: StoredRollout): void {
    const moving = findSlot(this.#engine.cluster, running.slot);
    if (moving) {
      moving.calledOff = running.recycleId;
      this.#engine.touch(moving.name);
    }
    const why = `worker ${workerId} of ${slot}, which has the new settings, died (${cause})`;
    this.#stop({ ...running, slot, recycleId: '', cause: `worker ${workerId} died: ${cause}` }, why);
  }

  /** What the recycle that ran for it has become. */
  #judge(pool: Pool, rollout: StoredRollout | undefined): StoredRollout | undefined {
    if (!rollout || rollout.state === 'stopped' || rollout.recycleId === '') return rollout;
    const receipt = this.#engine.receipts.get(rollout.recycleId) ?? this.#receipts.get(rollout.recycleId);
    if (receipt?.outcome === 'running') return rollout;
    if (receipt?.outcome !== 'failed' || isForgiven(pool, receipt)) return this.#put({ ...rollout, slot: '', recycleId: '' });
    const cause = receipt.failure ?? 'the recycle failed';
    return this.#stop({ ...rollout, cause }, `the replacement of ${rollout.slot} failed (${cause})`);
  }

  #stop(rollout: StoredRollout, why: string): StoredRollout {
    const { pool, slot, recycleId, cause } = rollout;
    this.#engine.events.tell({
      type: 'rollout.stopped',
      message: `the rollout of pool ${pool} is stopped: ${why}; the other workers keep their settings`,
      pool,
      slot,
      ...(recycleId === '' ? {} : { recycle: recycleId }),
      cause,
    });
    return this.#put({ ...rollout, state: 'stopped' });
  }

  #begin(pool: Pool, settings: string, count: number): StoredRollout {
    this.#engine.events.tell({
      type: 'rollout.begun',
      message: `pool ${pool.name} has new settings for its workers; ${count} of them ${count === 1 ? 'is' : 'are'} recycled slot by slot`,
      pool: pool.name,
    });
    const beganAtMs = this.#engine.time.now();
    return this.#put({ pool: pool.name, settings, state: 'running', beganAtMs, slot: '', recycleId: '', cause: '' });
  }

  #recycle(rollout: StoredRollout, slot: string): void {
    const file = this.#engine.cluster.config?.file;
    const decision = requestRecycle(this.#engine, slot, {
      cause: 'configChange',
      reason: file ? `${file} was applied` : 'a configuration was applied',
      requestedBy: 'apply',
    });
    if ('recycleId' in decision) this.#put({ ...rollout, slot, recycleId: decision.recycleId });
    else if (decision.outcome === 'refused') this.#engine.log.debug({ slot }, `the rollout waits: ${decision.message}`);
  }

  #complete({ pool }: StoredRollout): void {
    this.#forget(pool);
    this.#engine.events.tell({ type: 'rollout.completed', message: `every worker of pool ${pool} has the settings that hold`, pool });
  }

  #put(rollout: StoredRollout): StoredRollout {
    this.#rollouts.set(rollout.pool, rollout);
    this.#write(rollout.pool);
    return rollout;
  }

  #forget(pool: string): void {
    this.#rollouts.delete(pool);
    this.#write(pool);
  }

  /** In order, each as it is when its turn comes. One that Redis refuses is written again with the next check. */
  #write(pool: string): void {
    this.#unwritten.delete(pool);
    const write = () => {
      const rollout = this.#rollouts.get(pool);
      return this.#engine.fenced((store) => (rollout ? store.saveRollout(rollout) : store.forgetRollout(pool)));
    };
    this.#writes = this.#writes.then(write).catch(() => this.#unwritten.add(pool));
  }
}
