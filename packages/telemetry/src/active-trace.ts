import type { TraceContext } from './trace-context.ts';

let active: TraceContext | undefined;

/** Runs a synchronous step in a trace: log lines written in it carry trace_id and span_id. It ends with the step, not with what the step leaves running. */
export function inTrace<T>(context: TraceContext | undefined, step: () => T): T {
  const before = active;
  active = context;
  try {
    return step();
  } finally {
    active = before;
  }
}

/** Fields of a log line that say where it belongs; empty outside a trace. */
export function traceFields(context: TraceContext | undefined = active): { trace_id?: string; span_id?: string } {
  return context ? { trace_id: context.traceId, span_id: context.spanId } : {};
}
