import type { Flaw } from './flaws/flaw.ts';
import { ASSIGNMENT_FLAWS } from './flaws/of-assignments.ts';
import { RECYCLE_FLAWS } from './flaws/of-recycles.ts';
import { WORKER_FLAWS } from './flaws/of-workers.ts';

/** At least one for each rule. */
export const FLAWS: readonly Flaw[] = [...ASSIGNMENT_FLAWS, ...RECYCLE_FLAWS, ...WORKER_FLAWS];
