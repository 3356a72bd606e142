import type { Job } from 'bullmq';
import { traceparentOf } from '../trace-of-job.ts';

/** A job that this adapter has taken: its lock is renewed until it is settled. */
export class Hold {
  readonly job: Job;
  readonly id: string;
  readonly token: string;
  /** Trace context of whoever added the job. */
  readonly traceparent: string | undefined;
  /** Aborted when somebody else has the job, or it is gone: what its run brings counts no more. */
  readonly lost = new AbortController();

  constructor(job: Job, token: string) {
    this.job = job;
    this.id = job.id ?? '';
    this.token = token;
    this.traceparent = traceparentOf(job);
  }
}
