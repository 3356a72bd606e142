import type { System } from '../system.ts';
import { OVERLAP, TWO_ELIGIBLE, VIOLATIONS } from './violations.ts';

/** The invariant that is broken in this state, or was by the step that led to it; empty: none. */
export function findBroken({ world, configuration }: System): string {
  if (world.outlook.violation !== 0) return VIOLATIONS[world.outlook.violation]!;
  if (world.adapters.some((adapter) => adapter.hasTwoEligible)) return TWO_ELIGIBLE;
  if (configuration.isWithoutOverlap && world.workers.filter((worker) => worker.isAlive).length > 1) return OVERLAP;
  return '';
}
