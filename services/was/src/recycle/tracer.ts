import type { StoredReceipt } from '@baton/store';
import type { Worker } from '../cluster/worker.ts';

/** Spans of recycles and starts. Whoever has an OpenTelemetry SDK supplies it; without one nothing is traced. */
export interface Tracer {
  /** The W3C traceparent of a recycle that was asked for; '' = it is not traced. It goes to hosts and adapters. */
  begin(receipt: StoredReceipt): string;
  /** A recycle has ended. Its phases say when each began, so that spans can be written now; also by a leader that did not begin it. */
  end(receipt: StoredReceipt): void;
  /** The same of a start that is not part of a recycle. */
  beginStart(): string;
  /** The worker is ready, or `error` says why it never will be. */
  endStart(worker: Worker, error: string | undefined, nowMs: number): void;
}

export const noTracer: Tracer = { begin: () => '', end: () => {}, beginStart: () => '', endStart: () => {} };
