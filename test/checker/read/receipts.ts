import type { ReceiptRecord } from '../history.ts';
import { count, type Json, text, time } from './fields.ts';

/** A receipt of `baton recycle show --json`, of the array of `baton pool recycle --wait --json`, or of /api/v1/recycles. */
export function readReceipt(json: Json): ReceiptRecord {
  return {
    id: text(json, 'id'),
    pool: text(json, 'pool'),
    slot: text(json, 'slot'),
    cause: text(json, 'cause'),
    outcome: text(json, 'outcome'),
    oldWorker: text(json, 'oldWorker'),
    newWorker: text(json, 'newWorker'),
    oldGeneration: count(json, 'oldGeneration'),
    newGeneration: count(json, 'newGeneration'),
    startedAtMs: time(json, 'startedAt'),
    endedAtMs: time(json, 'endedAt'),
    inFlightAtHandover: count(json, 'inFlightAtHandover'),
    finished: count(json, 'finished'),
    moved: count(json, 'moved'),
    replayed: count(json, 'replayed'),
    failed: count(json, 'failed'),
    isIncomplete: json.incomplete === true,
  };
}
