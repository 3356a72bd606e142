import { channelsOf } from '../cluster/cluster.ts';
import type { Slot } from '../cluster/slot.ts';
import type { Action } from './actions.ts';
import type { Engine } from './engine.ts';

export type ActionOf<D extends Action['do']> = Extract<Action, { do: D }>;
/** Carries out one kind of action. */
export type Performer<D extends Action['do']> = (engine: Engine, slot: Slot, action: ActionOf<D>) => Promise<void> | void;

/** Nobody serves any more: every channel gets a new permission. An Open that is still on its way with the former one asks for work long done. */
export function untellPermissions(engine: Engine, slot: Slot): void {
  for (const channel of channelsOf(engine.cluster, slot.pool)) {
    channel.isPermissionTold = false;
    channel.permission = 0;
  }
}
