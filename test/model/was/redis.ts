import { cells } from '../state/cells.ts';

/**
 * What Redis holds of the slot; only the leader of the current epoch can write it.
 *
 * - `kind`, `from`, `to`, `isCommitted`: the running planned stop; kind 0: none.
 * - `isChangeWaiting`: the configuration changed during a recycle and follows it.
 */
export class Redis extends cells('epoch', 'nextGeneration', 'serving', 'kind', 'from', 'to', 'isCommitted', 'isChangeWaiting') {}
