import type { AppConfig, PoolConfig } from '@baton/config';
import { newSlot, type Slot } from './slot.ts';

/** Why work of a pool waits although a start was tried. */
export interface Failing {
  readonly code: string;
  readonly cause: string;
}

/** An application pool of the applied configuration, or one that was removed and whose workers still end. */
export interface Pool {
  readonly name: string;
  config: PoolConfig;
  apps: readonly AppConfig[];
  state: 'started' | 'stopped';
  cause: string;
  failing: Failing | undefined;
  isRemoved: boolean;
  readonly slots: Map<string, Slot>;
  /** Requests of adapters that are gone, so that totals do not shrink. */
  requestsBefore: number;
}

export function newPool(config: PoolConfig, apps: readonly AppConfig[], state: Pool['state'], cause: string): Pool {
  const pool: Pool = {
    name: config.name,
    config,
    apps,
    state,
    cause,
    failing: undefined,
    isRemoved: false,
    slots: new Map(),
    requestsBefore: 0,
  };
  resizePool(pool);
  return pool;
}

/** The entries of its apps, as hosts are asked for them: a worker runs all of them, so one that lacks any lacks them all. */
export function entriesOf({ apps }: Pick<Pool, 'apps'>): string {
  return apps.map(({ entry }) => entry).join('\n');
}

/** Makes the slots of maxProcesses; those beyond are retired, not dropped: their workers have to end first. */
export function resizePool(pool: Pool): void {
  const count = pool.isRemoved ? 0 : pool.config.processModel.maxProcesses;
  for (let index = 1; index <= count; index++) slotNamed(pool, `${pool.name}/${index}`);
  for (const slot of pool.slots.values()) slot.isRetired = slot.index > count;
}

/** The slot of that name; one that the configuration does not have is made as a retired one, to hold a worker that was reported there. */
export function slotNamed(pool: Pool, name: string): Slot {
  let slot = pool.slots.get(name);
  if (!slot) {
    const index = Number(name.slice(name.lastIndexOf('/') + 1));
    slot = newSlot(pool.name, index);
    slot.isRetired = pool.isRemoved || !(index >= 1 && index <= pool.config.processModel.maxProcesses);
    pool.slots.set(name, slot);
  }
  return slot;
}
