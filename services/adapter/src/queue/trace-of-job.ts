import { parseTraceparent } from '@baton/telemetry';
import type { Job } from 'bullmq';

/** Longer ones are nobody's trace context. */
const MOST_CHARS = 8_192;

/**
 * The trace context that whoever added the job left in its telemetry metadata (`opts.telemetry.metadata`): what BullMQ's OpenTelemetry package
 * writes, a JSON carrier of W3C headers, or a bare traceparent. Undefined: none.
 */
export function traceparentOf(job: Job): string | undefined {
  const metadata = job.opts.telemetry?.metadata;
  if (typeof metadata !== 'string' || metadata.length > MOST_CHARS) return undefined;
  const text = metadata.startsWith('{') ? fromCarrier(metadata) : metadata;
  return text !== undefined && parseTraceparent(text) ? text : undefined;
}

function fromCarrier(metadata: string): string | undefined {
  try {
    const { traceparent } = JSON.parse(metadata) as { traceparent?: unknown };
    return typeof traceparent === 'string' ? traceparent : undefined;
  } catch {
    return undefined;
  }
}
