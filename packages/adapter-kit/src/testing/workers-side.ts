import type { JWK } from 'jose';
import type { Pool } from '../pool.ts';

/** What a worker of a test needs of the adapter that it connects to. */
export interface WorkersSide {
  readonly id: string;
  readonly pools: ReadonlyMap<string, Pool>;
  setWorkerKey(jwk: JWK): void;
}
