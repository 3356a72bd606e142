import type { JobLine } from '@baton/channel';
import { UnrecoverableError } from 'bullmq';
import type { BullQueue } from './bull/bull-queue.ts';
import type { Hold } from './bull/hold.ts';
import type { JobCalls } from './job-calls.ts';

export type LastLine = Extract<JobLine, { type: 'completed' | 'failed' }>;

/** What became of a job, as its log line tells it. */
export type JobEnd = 'completed' | 'failed' | 'moved' | 'requeued' | 'lost';

/** BullMQ's own text of RateLimitError, by which its worker knows it. */
const RATE_LIMITED = 'bullmq:rateLimitExceeded';

/** Ends a job as BullMQ's worker would have: retries, backoff and the errors by which a processor says that it has moved its job are BullMQ's. */
export async function settle(queue: BullQueue, hold: Hold, calls: JobCalls, line: LastLine): Promise<JobEnd> {
  const { fault, hasMoved } = calls;
  if (hasMoved) {
    await queue.dismiss(hold);
    return 'moved';
  }
  if (fault) return (await queue.fail(hold, fault)) ? 'failed' : 'lost';
  if (line.type === 'completed') return (await queue.complete(hold, line.value)) ? 'completed' : 'lost';
  if (line.name === 'RateLimitError' || line.message === RATE_LIMITED) return (await queue.requeue(hold)) ? 'requeued' : 'lost';
  return (await queue.fail(hold, errorOf(line))) ? 'failed' : 'lost';
}

function errorOf({ name, message, stack, unrecoverable }: Extract<LastLine, { type: 'failed' }>): Error {
  const isUnmoved = /^(Delayed|Waiting|WaitingChildren)Error$/.test(name);
  const text = isUnmoved ? `the processor threw ${name} and had not moved its job: ${message}` : message;
  const error = unrecoverable ? new UnrecoverableError(text) : new Error(text);
  if (!unrecoverable) error.name = name;
  error.stack = stack;
  return error;
}
