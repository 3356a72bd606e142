import { HostError } from '../errors/host-error.ts';
import type { OperationSpan, TraceContext } from '../server/server-host.ts';
import type { Operation } from './operation.ts';

/** Who traces: only operations of a sampled request get a span. */
export interface OperationTracer {
  activeTrace(): TraceContext | undefined;
  recordSpan(span: OperationSpan): void;
}

/** The overlapped operations of a pool that are under way, counted and traced. */
export class Operations {
  tracer: OperationTracer | undefined = undefined;
  /** How many there are. */
  size = 0;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Throws HostError ERROR_NOT_ENOUGH_QUOTA when there are as many as there may be. */
  checkRoom(kind: string): void {
    if (this.size < this.#limit) return;
    throw new HostError(
      'ERROR_NOT_ENOUGH_QUOTA',
      `${kind}: ${this.#limit} operations are under way already. Wait for completions before asking for more`,
    );
  }

  trace(operation: Operation, tracer: OperationTracer): void {
    const trace = tracer.activeTrace();
    if (!trace?.isSampled) return;
    operation.traceparent = trace.traceparent;
    operation.startedAtMs = Date.now();
  }

  record(operation: Operation, traceparent: string): void {
    operation.traceparent = undefined;
    this.tracer?.recordSpan({
      name: `overlapped ${operation.isRead ? 'read' : 'write'}`,
      traceparent,
      startedAtMs: operation.startedAtMs,
      endedAtMs: Date.now(),
      bytes: operation.bytes,
      error: operation.error,
    });
  }
}
