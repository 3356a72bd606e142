const UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

type Unit = keyof typeof UNITS_MS;

const PARTS = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;
const CLOCK = /^(?:(\d+)\.)?(\d+):([0-5]\d):([0-5]\d)$/;

/** Words that people write for our units. */
const MEANT: Readonly<Record<string, Unit>> = {
  ms: 'ms',
  msec: 'ms',
  millis: 'ms',
  milliseconds: 'ms',
  s: 's',
  sec: 's',
  secs: 's',
  second: 's',
  seconds: 's',
  m: 'm',
  min: 'm',
  mins: 'm',
  minute: 'm',
  minutes: 'm',
  h: 'h',
  hr: 'h',
  hrs: 'h',
  hour: 'h',
  hours: 'h',
  d: 'd',
  day: 'd',
  days: 'd',
};

/**
 * Reads `90s`, `29h`, `1h30m`, `0`, and the spellings of IIS `00:01:30` and `1.05:00:00` (days first) as whole milliseconds.
 *
 * - A number without a unit is refused, except 0: seconds and milliseconds are equally likely to be meant.
 */
export function parseDuration(value: unknown): { ms: number } | { nearest: string | undefined } {
  if (value === 0 || value === '0') return { ms: 0 };
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return { nearest: `${value}s` };
  if (typeof value !== 'string' || value.length > 40) return { nearest: undefined };
  const clock = CLOCK.exec(value);
  if (clock) {
    const [days, hours, minutes, seconds] = clock.slice(1).map((part) => Number(part ?? 0));
    return { ms: (((days! * 24 + hours!) * 60 + minutes!) * 60 + seconds!) * 1000 };
  }
  if (PARTS.test(value)) {
    let ms = 0;
    for (const [, amount, unit] of value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) ms += Number(amount) * UNITS_MS[unit as Unit];
    return { ms: Math.round(ms) };
  }
  const loose = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*$/i.exec(value);
  const unit = loose ? MEANT[loose[2]!.toLowerCase()] : undefined;
  return { nearest: loose && unit ? `${loose[1]}${unit}` : undefined };
}

/** Milliseconds in the shortest exact form that `parseDuration` reads. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0';
  for (const unit of ['d', 'h', 'm', 's'] as const) if (ms % UNITS_MS[unit] === 0) return `${ms / UNITS_MS[unit]}${unit}`;
  return `${ms}ms`;
}
