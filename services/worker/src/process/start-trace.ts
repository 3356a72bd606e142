import { type FinishedSpan, newSpanId, parseTraceparent, SPANS, type SpanWriter, type TraceContext } from '@baton/telemetry';
import type { Order, StartVerb } from '../slots/order.ts';

/** The span of one start on this host, from its order until the worker is connected or has ended. Does nothing when the order is not traced. */
export class StartTrace {
  /** Where the start is in the trace of its recycle or activation; undefined: nowhere. */
  readonly context: TraceContext | undefined;
  readonly #parentSpanId: string;
  readonly #spans: SpanWriter;
  readonly #startMs = Date.now();
  readonly #attributes: Record<string, string | number>;
  #isOver = false;

  constructor(order: Order & { readonly verb: StartVerb }, spans: SpanWriter) {
    const parent = parseTraceparent(order.verb.traceparent);
    this.context = parent && { ...parent, spanId: newSpanId() };
    this.#parentSpanId = parent?.spanId ?? '';
    this.#spans = spans;
    this.#attributes = {
      'baton.pool': order.pool,
      'baton.slot': order.slot,
      'baton.worker': order.workerId,
      'baton.generation': order.generation,
    };
  }

  spawned(pid: number, fromSpare: boolean): void {
    this.#attributes['process.pid'] = pid;
    this.#attributes['baton.start'] = fromSpare ? 'spare' : 'cold';
  }

  /** It is connected, or `error` says why it never was. Once. */
  end(error?: string): void {
    if (!this.context || this.#isOver) return;
    this.#isOver = true;
    const span: FinishedSpan = {
      name: SPANS.start.name,
      kind: SPANS.start.kind,
      context: this.context,
      parentSpanId: this.#parentSpanId,
      isParentRemote: true,
      startMs: this.#startMs,
      endMs: Date.now(),
      attributes: { ...this.#attributes, 'error.type': error },
      error,
    };
    this.#spans.write(span);
  }
}
