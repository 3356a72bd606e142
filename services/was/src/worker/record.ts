import type { StoredWorker } from '@baton/store';
import type { WorkerState } from './states.ts';

/** The record of a worker as the leader decides on it. Replaced, never changed. */
export type WorkerRecord = StoredWorker & { readonly state: WorkerState };

/** Its process may exist and no end of it is known. */
export function isLive({ state }: WorkerRecord): boolean {
  return state !== 'gone' && state !== 'failed';
}

/** A host answers for its process and it may be given work, now or once it is ready. */
export function isRunning({ state }: WorkerRecord): boolean {
  return state === 'starting' || state === 'connecting' || state === 'ready';
}

/** Its end was decided. */
export function isEnding({ state }: WorkerRecord): boolean {
  return state === 'draining' || state === 'stopping';
}

/** Its host ends it of its own accord: the host shuts down, or its former life was killed and left the process behind. Nobody here decided that. */
export function isGivenUp({ state, stopDecidedAtMs }: WorkerRecord): boolean {
  return state === 'stopping' && stopDecidedAtMs === undefined;
}

/** A start was decided and it cannot be given work yet. */
export function isPending({ state }: WorkerRecord): boolean {
  return state === 'placing' || state === 'starting' || state === 'connecting';
}

/** Ended, or as good as: work needs another one. */
export function isLost({ state }: WorkerRecord): boolean {
  return state === 'gone' || state === 'failed' || state === 'orphaned';
}
