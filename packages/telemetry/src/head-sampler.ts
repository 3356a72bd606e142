import { parseTraceparent, type TraceContext } from './trace-context.ts';

/** Which traces begin to be recorded: OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG in our words. */
export interface SamplingPolicy {
  /** Share of the traces that begin here, 0 to 1. */
  readonly ratio: number;
  /** What the caller decided counts, where it sent a traceparent. */
  readonly isParentBased: boolean;
}

/** What a service does that says nothing: 1 % of what begins here, and what the caller sampled. */
export const DEFAULT_SAMPLING: SamplingPolicy = Object.freeze({ ratio: 0.01, isParentBased: true });

/** A sampled trace that a request joins. */
export interface SampledStart {
  readonly traceId: string | undefined;
  /** Span of the caller; undefined: the trace begins here. */
  readonly parentSpanId: string | undefined;
}

const ROOT: SampledStart = Object.freeze({ traceId: undefined, parentSpanId: undefined });

/**
 * Decides at the head of a request whether it is traced.
 *
 * - A request that is not costs a comparison and a decrement: how many are skipped until the next is drawn once for each that is sampled, from
 *   the geometric distribution, so that each request has the same chance.
 */
export class HeadSampler {
  readonly policy: SamplingPolicy;
  private readonly random: () => number;
  private untilNext: number;

  constructor(policy: SamplingPolicy = DEFAULT_SAMPLING, random: () => number = Math.random) {
    this.policy = policy;
    this.random = random;
    this.untilNext = this.draw();
  }

  /** `traceparent`: what the caller sent. Undefined: not traced. */
  sample(traceparent: string | undefined): SampledStart | undefined {
    const parent = traceparent === undefined ? undefined : parseTraceparent(traceparent);
    if (parent === undefined) return --this.untilNext > 0 ? undefined : this.root();
    if (!(this.policy.isParentBased ? parent.isSampled : isInRatio(parent, this.policy.ratio))) return undefined;
    return { traceId: parent.traceId, parentSpanId: parent.spanId };
  }

  private root(): SampledStart {
    this.untilNext = this.draw();
    return ROOT;
  }

  /** Requests from here to the next that is sampled, that one included. */
  private draw(): number {
    const { ratio } = this.policy;
    if (ratio >= 1) return 1;
    if (ratio <= 0) return Number.POSITIVE_INFINITY;
    return 1 + Math.floor(Math.log(1 - this.random()) / Math.log(1 - ratio));
  }
}

/** The same trace gets the same answer everywhere: its id is compared, as every OpenTelemetry SDK does. */
function isInRatio({ traceId }: TraceContext, ratio: number): boolean {
  if (ratio >= 1) return true;
  let folded = 0;
  for (let i = 0; i < 32; i += 8) folded = (folded ^ Number.parseInt(traceId.slice(i, i + 8), 16)) >>> 0;
  return folded < Math.floor(ratio * 0xffff_ffff);
}
