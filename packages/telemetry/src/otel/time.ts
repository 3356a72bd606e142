import type { HrTime } from '@opentelemetry/api';

/** A Unix time in ms, fractions allowed, as seconds and nanoseconds. */
export function toHrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.round((ms - seconds * 1_000) * 1e6)];
}
