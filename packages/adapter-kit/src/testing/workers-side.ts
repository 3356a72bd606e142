import type { KeySet } from '@baton/channel';
import type { Pool } from '../pool.ts';

/** What a worker of a test needs of the adapter that it connects to. */
export interface WorkersSide {
  readonly id: string;
  readonly pools: ReadonlyMap<string, Pool>;
  setWorkerKeys(keys: KeySet): void;
}
