import type { StoredReceipt } from '@baton/store';

/** Spans of recycles. Whoever has an OpenTelemetry SDK supplies it; without one nothing is traced. */
export interface RecycleTracer {
  /** The W3C traceparent of a recycle that was asked for; '' = it is not traced. It goes to hosts and adapters. */
  begin(receipt: StoredReceipt): string;
  /** A recycle has ended. Its phases say when each began, so that spans can be written now; also by a leader that did not begin it. */
  end(receipt: StoredReceipt): void;
}

export const noTracer: RecycleTracer = { begin: () => '', end: () => {} };
