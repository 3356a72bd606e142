import { randomFillSync } from 'node:crypto';

/** Where a span is in a trace; ids in lower-case hex (W3C Trace Context). */
export interface TraceContext {
  /** 32 digits. */
  readonly traceId: string;
  /** 16 digits. */
  readonly spanId: string;
  readonly isSampled: boolean;
}

const FORM = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);

/** Reads a traceparent header; undefined: it is none, and a new trace begins. Later versions are read as far as we know them. */
export function parseTraceparent(text: string): TraceContext | undefined {
  const [, version, traceId, spanId, flags, rest] = FORM.exec(text) ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  if (traceId === NO_TRACE || spanId === NO_SPAN) return undefined;
  return { traceId: traceId!, spanId: spanId!, isSampled: (Number.parseInt(flags!, 16) & 1) === 1 };
}

/** "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" */
export function formatTraceparent({ traceId, spanId, isSampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;
}

/** A new sampled trace, to be the parent of everything that follows. */
export function newTrace(): TraceContext {
  return { traceId: newTraceId(), spanId: newSpanId(), isSampled: true };
}

export const newTraceId = (): string => nonZero(16);

export const newSpanId = (): string => nonZero(8);

const POOL = Buffer.allocUnsafe(1024);
let used = POOL.length;

/** Random bytes in hex, not all zero. Random bytes are fetched by the kilobyte: one by one they cost more than the rest of a span. */
function nonZero(bytes: number): string {
  if (used + bytes > POOL.length) {
    randomFillSync(POOL);
    used = 0;
  }
  const id = POOL.toString('hex', used, used + bytes);
  used += bytes;
  return /[^0]/.test(id) ? id : nonZero(bytes);
}
