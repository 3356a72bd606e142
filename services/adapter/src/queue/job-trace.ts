import type { Timings, WorkerIdentity } from '@baton/channel';
import { SPANS } from '@baton/telemetry';
import { WorkTrace } from '../telemetry/work-trace.ts';
import type { JobWork } from './job-work.ts';

/** What a traced job leaves behind: a span of its own, and one for each worker that had it. */
export class JobTrace extends WorkTrace {
  /** It goes to a worker. Returns the traceparent of what the app does for it. */
  deliver(worker: WorkerIdentity, atMs: number): string {
    return this.begin(worker, atMs);
  }

  /** Its worker has it no longer; `error` says why, when it has not answered. */
  leave(timings: Timings | undefined, error: string | undefined, nowMs: number): void {
    const { attempt } = this;
    if (attempt) this.writeAttempt(attempt, attempt.atMs, nowMs, { attributes: { 'baton.app.queued_ms': timings?.queuedMs }, error });
  }

  end({ app, hold, queueName, errorCode, outcome, arrivedAtMs }: JobWork, nowMs: number): void {
    this.leave(undefined, errorCode, nowMs);
    const error = errorCode ?? (outcome === 'failed' ? 'failed' : undefined);
    const attributes = {
      'messaging.system': 'bullmq',
      'messaging.operation.type': 'process',
      'messaging.destination.name': queueName,
      'messaging.message.id': hold.id,
      'baton.pool': app!.pool,
      'baton.app': app!.appKey,
      'baton.outcome': outcome,
      'error.type': error,
    };
    this.write('job', `${SPANS.job.name} ${queueName}`, this.context.spanId, arrivedAtMs, nowMs, { attributes, error });
  }
}
