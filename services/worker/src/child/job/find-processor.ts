import type { ProcessJob } from '@baton/sdk';
import { findExport } from '../exports.ts';
import type { WorkerJob } from './worker-job.ts';

/** Runs a job; what it returns is the job's return value, and what it throws fails the job. */
export type Processor = (job: WorkerJob, token: string, signal: AbortSignal) => unknown;

/**
 * Finds what runs the jobs of an app: an exported `processJob(job, signal)`, else the function that the module is (`export default`,
 * `module.exports`), called as BullMQ calls the function of a processor file: `(job, token, signal)`.
 *
 * - `takesFunction` false: a bare function of this app is something else, the listener of its http binding.
 */
export function findProcessor(exported: unknown, takesFunction: boolean): Processor | undefined {
  const named = findExport<ProcessJob>(exported, 'processJob');
  if (named) return (job, _token, signal) => named(job, signal);
  if (!takesFunction) return undefined;
  let place = exported;
  for (let level = 0; level < 3; level++) {
    if (typeof place === 'function') return place as Processor;
    if (place === null || typeof place !== 'object') return undefined;
    place = (place as { default?: unknown }).default;
  }
  return undefined;
}
