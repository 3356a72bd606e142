import type { SpanKind } from './spans.ts';
import type { TraceContext } from './trace-context.ts';

export type AttributeValue = string | number | boolean;

/** A span when it is over: what happened is known, so that it is written once and whole. Times are Unix times in ms, fractions allowed. */
export interface FinishedSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly context: TraceContext;
  /** '' = the trace begins with it. */
  readonly parentSpanId: string;
  /** The parent is in another process. */
  readonly isParentRemote: boolean;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, AttributeValue | undefined>>;
  /** What went wrong; undefined: nothing. */
  readonly error?: string | undefined;
  readonly links?: readonly TraceContext[];
}

/**
 * Where finished spans go: the SDK in a service that exports, nowhere else.
 *
 * - Ids are made before (trace-context.ts) and passed on while the work runs; the span is written by whoever sees its end, even by another
 *   process than the one that began it.
 */
export interface SpanWriter {
  write(span: FinishedSpan): void;
}

/** Writes nothing. */
export const NO_SPANS: SpanWriter = Object.freeze({ write: () => {} });
