/** One counter or sum, by its labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  count: number;
  sumMs: number;
}

/** What the leader counts since it took over, for metrics. Labels are pools of the configuration, codes and "cold" or "spare". */
export class Figures {
  readonly activations = new Map<string, Sample>();
  readonly failures = new Map<string, Sample>();

  /** A worker became ready `tookMs` after its start was decided. */
  activated(pool: string, isFromSpare: boolean, tookMs: number): void {
    add(this.activations, { pool, start: isFromSpare ? 'spare' : 'cold' }, tookMs);
  }

  /** A start failed or a worker crashed. */
  failed(pool: string, cause: string): void {
    add(this.failures, { pool, cause }, 0);
  }
}

function add(samples: Map<string, Sample>, labels: Record<string, string>, ms: number): void {
  const key = Object.values(labels).join('\n');
  const sample = samples.get(key) ?? { labels, count: 0, sumMs: 0 };
  sample.count += 1;
  sample.sumMs += ms;
  samples.set(key, sample);
}
