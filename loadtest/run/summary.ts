/** One metric of k6's summary. */
export interface Metric {
  readonly type: string;
  readonly values: Readonly<Record<string, number>>;
  readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>;
}

/** The summary file that a scenario writes (loadtest/lib/summary.js). */
export interface Summary {
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly setup_data?: { readonly startedAtMs: number; readonly generations: Readonly<Record<string, number>> };
}

/** A value of a metric; undefined when the metric or the value is not there, or nothing was counted. */
export function readValue(summary: Summary, metric: string, value: string): number | undefined {
  const found = summary.metrics[metric]?.values;
  return found === undefined || found.count === 0 ? undefined : found[value];
}

/** When requests that a generation answered began and ended, ms since the run began. */
export interface GenerationTimes {
  readonly slot: string;
  readonly generation: number;
  readonly firstBeginMs: number;
  readonly lastEndMs: number;
}

/** Every generation that answered at least once, from the submetrics that the tags `slot` and `nth` make. */
export function readGenerations(summary: Summary): readonly GenerationTimes[] {
  return Object.keys(summary.metrics).flatMap((name) => {
    const [, tags, slot, nth] = /^begun_at_ms\{(slot:(\d+),nth:(\d+))\}$/.exec(name) ?? [];
    if (tags === undefined || slot === undefined) return [];
    const firstBeginMs = readValue(summary, name, 'min');
    const lastEndMs = readValue(summary, `ended_at_ms{${tags}}`, 'max');
    if (firstBeginMs === undefined || lastEndMs === undefined) return [];
    const generation = (summary.setup_data?.generations[slot] ?? 0) + Number(nth);
    return [{ slot, generation, firstBeginMs, lastEndMs }];
  });
}
