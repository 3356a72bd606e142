import type { JobDocument } from '@baton/channel';
import type { Hold } from './bull/hold.ts';

/** A held job as its worker gets it. */
export function jobDocument({ job, token }: Hold, prefix: string): JobDocument {
  return {
    id: job.id ?? '',
    name: job.name,
    data: job.data,
    opts: job.opts as Readonly<Record<string, unknown>>,
    attemptsMade: job.attemptsMade,
    attemptsStarted: job.attemptsStarted,
    stalledCounter: job.stalledCounter,
    timestamp: job.timestamp,
    processedOn: job.processedOn ?? 0,
    priority: job.priority,
    delay: job.delay ?? 0,
    progress: job.progress,
    parent: job.parent,
    parentKey: job.parentKey,
    repeatJobKey: job.repeatJobKey,
    deduplicationId: job.deduplicationId,
    failedReason: job.failedReason,
    stacktrace: job.stacktrace ?? [],
    queueName: job.queueName,
    queueQualifiedName: job.queueQualifiedName,
    prefix,
    token,
  };
}
